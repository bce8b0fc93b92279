"""The record of what was seen, said, decided and done: append-only, chained, signed, erasable per customer."""

from handrail.evidence._writer import EvidenceNotWritten
from handrail.evidence.book import EvidenceBook
from handrail.evidence.bundle import verify_bundle
from handrail.evidence.checkpoints import Checkpoint, checkpoints
from handrail.evidence.redaction import redact

__all__ = ["Checkpoint", "EvidenceBook", "EvidenceNotWritten", "checkpoints", "redact", "verify_bundle"]
