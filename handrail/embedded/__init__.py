"""Everything on one machine, in one folder: the stack that `handrail up` starts."""

from handrail.embedded.home import HomeInUse, NoHome
from handrail.embedded.ports import Ports, PortTaken
from handrail.embedded.stack import Interrupted, NotReady, Stack
from handrail.embedded.temporal import NoTemporal

__all__ = ["HomeInUse", "Interrupted", "NoHome", "NoTemporal", "NotReady", "PortTaken", "Ports", "Stack"]
