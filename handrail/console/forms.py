"""Forms that were sent to us: read with limits, and only from our own pages."""

from dataclasses import dataclass
from urllib.parse import urlsplit

from starlette.requests import Request

from handrail.console.desk import Session

LARGEST = 32 * 1024


class ForeignForm(Exception):
    """The form did not come from a page of this session."""


class TooLarge(Exception):
    """The form is larger than any page of ours sends."""


@dataclass(frozen=True)
class Form:
    fields: dict[str, str]

    def get(self, name: str) -> str:
        return self.fields.get(name, "").strip()

    def under(self, prefix: str) -> dict[str, str]:
        """The fields whose names begin so, without it."""
        return {
            name.removeprefix(prefix): value.strip() for name, value in self.fields.items() if name.startswith(prefix)
        }

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
    async with request.form(max_files=0, max_fields=20) as sent:
        return Form({name: value for name, value in sent.items() if isinstance(value, str)})
