"""The scenes that `handrail demo` plays, each on the same real stack. One file per scene."""

from handrail.demo.playing import UnknownScene, play

__all__ = ["UnknownScene", "play"]
