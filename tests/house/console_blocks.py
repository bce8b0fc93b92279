"""The `console` blocks of a document: what a reader types, and what he is shown.

```console
$ make demo
...
```
"""

import re
import shlex
from dataclasses import dataclass

_BLOCK = re.compile(r"^```console\n(.*?)^```", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True)
class Typed:
    """One command line (continuations joined) and the lines shown below it."""

    command: str
    shown: str


def typed(document: str) -> list[Typed]:
    """Every command of every block, in order."""
    found: list[Typed] = []
    for block in _BLOCK.findall(document):
        for piece in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
            line, _, shown = piece.replace("\\\n", "\v").partition("\n")
            found.append(Typed(re.sub(r"\v\s*", "", line).strip(), shown.replace("\v", "\\\n")))
    return found


def commands(document: str) -> list[list[str]]:
    """The commands as words, a comment at the end dropped."""
    return [shlex.split(entry.command, comments=True) for entry in typed(document)]
