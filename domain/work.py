"""The work of one interaction, as a model that lost its memory, or a person who picks it up, must know it."""

from domain.answers import Answer, Missing, Status
from domain.values import Value


def reference_of(process: str, key: str) -> str:
    """A run's reference: the process, and what tells its runs apart."""
    return f"{process.replace('_', '-')}-{key}"


def process_of(reference: str) -> str:
    """The process that a run with this reference is of."""
    return reference.rpartition("-")[0].replace("-", "_")


class WorkView(Value):
    """A run of the interaction."""

    reference: str
    process: str = ""
    tool: str = ""
    title: str = ""
    status: str = ""
    say: str = ""
    """What was answered last."""
    terminal: bool = False
    waits_for: str = ""
    """Whom or what it waits for; empty when it has ended."""
    next: list[str] = []
    """The commands that are legal now."""
    digest: str = ""
    missing: list[Missing] = []
    methods: list[str] = []
    promises: list[str] = []
    """Sentences that were said to the caller, oldest first."""


def waits_for(answer: Answer) -> str:
    """Who must do what, so that it goes on."""
    if answer.terminal:
        return ""
    fields = ", ".join(item.field for item in answer.missing)
    match answer.status:
        case Status.NEEDS_INPUT:
            return f"the caller: {fields}"
        case Status.NEEDS_CONFIRMATION:
            return "the caller's yes"
        case Status.NEEDS_VERIFICATION:
            return f"verification of the caller: {' or '.join(answer.methods)}"
        case Status.NEEDS_APPROVAL:
            return f"a person's decision, who asks for {fields}" if fields else "a person's decision"
        case Status.HANDED_OFF:
            return "a person"
        case Status.RECONCILING:
            return "a system, whose outcome is being found out"
        case _:
            return "nobody: it is being done"


def told(work: list[WorkView]) -> str:
    """All of it in a few sentences: what is done, what is pending and for whom, what was not done."""
    done = [item.say for item in work if item.status == Status.DONE]
    failed = [item.say for item in work if item.terminal and item.status != Status.DONE]
    pending = [f"{item.title or item.say} (waits for {item.waits_for})" for item in work if not item.terminal]
    parts = [("Done", done), ("Pending", pending), ("Not done", failed)]
    return " ".join(f"{name}: {'; '.join(lines)}" for name, lines in parts if lines)
