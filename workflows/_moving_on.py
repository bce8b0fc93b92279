"""A run that is open for months goes on as a new one before its history grows too long, with all that it knows.

Temporal keeps every step of a run in one history, and ends one that has become too long. So a run that waits, and owes
nobody an answer, continues as new: the same id, the same answer, the same commands; nobody outside sees a difference.
"""

from datetime import datetime
from typing import TYPE_CHECKING, Any, TypeVar

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from activities.house import Hold
    from connectors.effects import WriteRef
    from domain.answers import Answer, Effect
    from domain.assurance import Assurance
    from domain.calls import Actor, Known, ToolCall
    from domain.inquiries import Inquiry
    from domain.packet import PacketNote, PacketStep, ReturnPacket, Slot, SlotSource
    from domain.rejections import Rejection
    from domain.values import Value

from workflows._hands import Handed, lease_goes_on
from workflows._record import Kept
from workflows._steps import Saga, Taken

if TYPE_CHECKING:
    from workflows._process import Process

LONGEST_HISTORY = 4_000
"""Events; Temporal itself suggests it at about as many, and ends a run at 51,200."""
Undo = tuple[type[Value], Any]


class BegunStep(Value):
    """A step that may have to be undone yet; `n`: which of `Luggage.steps` it is."""

    n: int
    payload: dict[str, Any]
    ref: WriteRef
    first_label: str = ""


class Luggage(Value):
    """What every process takes along, by the names that `Process` has for it. A subclass adds what is its own."""

    call: ToolCall
    answer: Answer
    title: str
    assurance: Assurance | None
    held_assurance: Assurance | None
    rejections: list[Rejection]
    effect: Effect | None
    confirmed: list[str]
    approved: list[str]
    gates_opened: int
    inquiries: list[Inquiry]
    repair_counts: dict[str, int]
    steps: list[PacketStep]
    notes: list[PacketNote]
    promises: list[str]
    owner: Actor | None
    owner_until: datetime | None
    corrections: dict[str, str]
    held: bool
    goes_on: bool
    word_of: Actor | None = None
    held_because: str
    handed: Handed | None
    returned: ReturnPacket | None
    taken_over_with: dict[str, Any]
    level_needed: int
    known: dict[str, Known] = {}
    brought: list[Slot]
    brought_by: dict[str, SlotSource]
    decided: bool
    generation: int
    earlier_digests: list[str]
    looks: int
    switches_heard: int
    seen_messages: set[str]
    record: Kept
    begun: list[BegunStep]


L = TypeVar("L", bound=Luggage)
_BY_NAME = tuple(name for name in Luggage.model_fields if name not in ("record", "begun"))


def is_due() -> bool:
    info = workflow.info()
    return info.is_continue_as_new_suggested() or info.get_current_history_length() >= LONGEST_HISTORY


def pack(process: "Process[Any]", shape: type[L], **own: Any) -> L:
    known = {name: getattr(process, name) for name in _BY_NAME}
    saga = process.saga
    begun = [_begun(process, taken) for taken in (saga.taken if saga else []) if taken.undo or _is_hold(taken)]
    return shape(**known, record=process.record.kept(), begun=begun, **own)


def unpack(process: "Process[Any]", luggage: Luggage, undos: dict[str, Undo]) -> Saga:
    """The saga with the steps that may have to be undone yet. `undos`: of each step, its input and what undoes it."""
    for name in _BY_NAME:
        setattr(process, name, getattr(luggage, name))
    lease_goes_on(process)
    process.record.go_on(luggage.record)
    process.policy = process.record.policy
    saga = Saga(process)
    for begun in luggage.begun:
        view = process.steps[begun.n]
        shape, undo = undos.get(view.name, (Hold, None))
        saga.taken.append(Taken(view, undo, shape.model_validate(begun.payload), begun.ref, begun.first_label))
    return saga


async def move_on(process: "Process[Any]", luggage: Any) -> None:
    """Returns when somebody said something meanwhile: that comes first. `luggage()`: everything, as it is then."""
    process.moving_on = True
    before = _said_so_far(process)
    await process.written()
    if _said_so_far(process) != before:
        process.moving_on = False
        return
    workflow.continue_as_new(args=[luggage()])


def _said_so_far(process: "Process[Any]") -> tuple[Any, ...]:
    ended = process.withdrawn_by, process.cancel_requested
    return process.answer.revision, len(process.events), process.looked_again, *ended


def _begun(process: "Process[Any]", taken: Taken) -> BegunStep:
    return BegunStep(
        n=process.steps.index(taken.view), payload=taken.payload.model_dump(mode="json"), ref=taken.ref,
        first_label=taken.first_label,
    )  # fmt: skip


def _is_hold(taken: Taken) -> bool:
    return isinstance(taken.payload, Hold)
