"""Forms that were sent to us: read with limits, and only from our own pages."""

from dataclasses import dataclass, field
from urllib.parse import urlsplit

from starlette.requests import Request

from handrail.console.desk import Session

LARGEST = 32 * 1024
MOST_FIELDS = 600


class ForeignForm(Exception):
    """The form did not come from a page of this session."""


class TooLarge(Exception):
    """The form is larger than any page of ours sends."""


@dataclass(frozen=True)
class Form:
    fields: dict[str, str]
    many: dict[str, list[str]] = field(default_factory=dict)
    """Every value of each name, where several were sent."""

    def get(self, name: str) -> str:
        return self.fields.get(name, "").strip()

    def every(self, name: str) -> list[str]:
        return self.many.get(name, [])

    def must_belong_to(self, session: Session) -> None:
        """Raises ForeignForm when the form's key is not this session's."""
        if not session.owns_form(self.get("form_key")):
            raise ForeignForm


async def read_form(request: Request) -> Form:
    """Raises ForeignForm when the browser says that another site sent it, TooLarge above 32 KiB."""
    origin = request.headers.get("origin", "")
    if origin and urlsplit(origin).netloc != request.headers.get("host", ""):
        raise ForeignForm
    if int(request.headers.get("content-length") or LARGEST + 1) > LARGEST:
        raise TooLarge
    async with request.form(max_files=0, max_fields=MOST_FIELDS) as sent:
        texts = [(name, value) for name, value in sent.multi_items() if isinstance(value, str)]
    many: dict[str, list[str]] = {}
    for name, value in texts:
        many.setdefault(name, []).append(value)
    return Form(dict(texts), many)
