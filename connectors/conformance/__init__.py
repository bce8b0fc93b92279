"""The kit that every connector passes. A vendor's test names its world; it cannot change the checks."""

from connectors.conformance.claims import ClaimConformance, PayoutConformance
from connectors.conformance.messaging import MessagingConformance
from connectors.conformance.ports import (
    CaseConformance,
    CrmConformance,
    EventConformance,
    OrderConformance,
    RefundConformance,
)
from connectors.conformance.stage import Clock, Stage
from connectors.conformance.suite import Conformance
from connectors.conformance.verdicts import Verdict, verdicts
from connectors.conformance.world import Fault, Sent, World

__all__ = [
    "CaseConformance",
    "ClaimConformance",
    "Clock",
    "Conformance",
    "CrmConformance",
    "EventConformance",
    "Fault",
    "MessagingConformance",
    "OrderConformance",
    "PayoutConformance",
    "RefundConformance",
    "Sent",
    "Stage",
    "Verdict",
    "World",
    "verdicts",
]
