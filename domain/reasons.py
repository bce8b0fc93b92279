"""Why a person is brought in: every handoff carries one of these codes."""

from enum import StrEnum


class ReasonCode(StrEnum):
    NONE = ""
    """Nobody but the caller is waited for."""
    POLICY_BOUNDARY = "policy_boundary"
    """A rule or a kill switch leaves it to a person."""
    JUDGMENT = "judgment"
    """A person took it, or the agent says that it needs one's judgment."""
    MISSING_DEPENDENCY = "missing_dependency"
    """A system that is needed does not answer, or refuses."""
    CUSTOMER_REQUEST = "customer_request"
    """The caller wants a person."""
    LOW_CONFIDENCE = "low_confidence"
    """The agent is not sure what the caller wants."""
    LOOP = "loop"
    """The same call, or the same question, again and again."""
    TIMEOUT = "timeout"
    """The conversation with the agent took too long, or too many attempts."""
    RISK = "risk"
    """It looks like fraud, or somebody may come to harm."""
