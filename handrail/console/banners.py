"""What a page says about a command that was given."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Banner:
    """The result of a command. `kind`: `good`, `bad` (nothing was done) or `ask` (somebody was faster, look again)."""

    kind: str
    title: str
    text: str = ""


DONE = {
    "begun": Banner("good", "Begun.", "You see below what it does, and what it waits for."),
    "approve": Banner("good", "Approved.", "Your decision is recorded; the run goes on by itself."),
    "reject": Banner("good", "Rejected.", "Your decision is final for this effect."),
    "request_info": Banner("good", "Information requested.", "The item stays pending until it comes."),
    "claim": Banner("good", "Claimed.", "This item is yours until you release it or the lease ends."),
    "release": Banner("good", "Released.", "Anyone in the queue may take it now."),
    "note": Banner("good", "Note added."),
    "confirm": Banner("good", "The caller's yes is recorded."),
    "withdraw": Banner("good", "Withdrawn."),
    "verify": Banner("good", "Passed on.", "You see below what it changes."),
    "provide": Banner("good", "Passed on."),
    "amend": Banner("good", "The request is changed.", "The rules judge it anew."),
    "take_over": Banner("good", "It is yours.", "The agent's next step does not happen until you hand it back."),
    "hand_back": Banner("good", "Handed back.", "The agent is told what you said."),
    "hand_off": Banner("good", "Handed off.", "It waits for a colleague."),
    "resolve": Banner("good", "Resolved."),
    "reassign": Banner("good", "Reassigned."),
    "retry": Banner("good", "It goes on."),
    "edit": Banner("good", "Correction recorded."),
    "skip": Banner("good", "Skip recorded."),
    "undo_all": Banner("good", "Undoing everything that was done."),
}
"""What to say after a command went through, by the word in the address. An address cannot make us say anything else."""
