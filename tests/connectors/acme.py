"""Sound connectors to the small vendor, one for each way in which a write can be safe."""

from datetime import timedelta

from pydantic import BaseModel, Field, SecretStr

from connectors.auth import ApiKey, Auth
from connectors.connector import Config, Connector, Manifest
from connectors.effects import Safety, Settles, Undo, WriteRef, WriteSpec
from connectors.errors import ConnectorError, KeyInFlight, KeyReused, Rejected
from connectors.failures import code_of, describe
from connectors.guard import writes
from connectors.paging import walk
from connectors.paths import seg
from connectors.replies import Reply
from connectors.secrets import Secret
from connectors.writes import Write
from domain.values import Value

KEY = "acme-credential-0815"
FACTS = "tests/connectors/vendor.py"


class Thing(Value):
    what: str


class Made(BaseModel):
    id: str
    reference: str
    state: str


class Page(BaseModel):
    data: list[Made]
    next: str


class Sheet(BaseModel):
    version: str
    references: list[str]


class AcmeConfig(Config):
    api_key: Secret = Field(default=SecretStr(KEY), description="Acme dashboard, Developers, Keys.")


class Acme(Connector[AcmeConfig]):
    """What all variants share."""

    def auth(self) -> Auth:
        return ApiKey(self.config.api_key)

    def classify(self, reply: Reply) -> ConnectorError | None:
        codes: dict[str, type[ConnectorError]] = {
            "already_done": Rejected,
            "cannot_cancel": Rejected,
            "bad_item": Rejected,
            "key_in_flight": KeyInFlight,
            "key_reused": KeyReused,
        }
        body = reply.json_or_none()
        code = code_of(reply)
        if reply.status == 207 and isinstance(body, dict):
            code = next((item["error"]["code"] for item in body["results"] if "error" in item), "")
        return describe(codes[code], reply, system=self.name, code=code) if code in codes else None

    async def ping(self) -> None:
        await self.http.read("GET", "/ping")

    async def find_thing(self, thing: Thing, ref: WriteRef) -> Made | None:
        async def page(cursor: str) -> tuple[list[Made], str]:
            params = {"reference": ref.value, "cursor": cursor}
            found = await self.http.read("GET", "/things", params=params, into=Page)
            return found.data, found.next

        async for made in walk(page):
            if made.reference == ref.value:  # never trust the filter
                return made
        return None

    async def cancel(self, thing: Thing, w: Write) -> Made | None:
        made = await self.find_thing(thing, w.target)
        if made is None or made.state == "cancelled":
            return made
        return await self.http.write("POST", f"/things/{seg(made.id)}/cancel", w, into=Made)

    async def post(self, thing: Thing, w: Write) -> Made:
        body = {"what": thing.what, "reference": w.ref.value}
        return await self.http.write("POST", "/things", w, json=body, into=Made)


KEYED = WriteSpec(
    safety=Safety.NATIVE_KEY,
    key_header="Acme-Key",
    key_ttl=timedelta(hours=2),
    replay_header=("Acme-Replayed", "true"),
    finder="find_thing",
    undo=Undo.EXACT,
    undo_by="cancel_thing",
    facts=FACTS,
)
CANCEL = WriteSpec(safety=Safety.NATURAL, undo_of="make_thing", facts=FACTS)
LOOK_UP = WriteSpec(safety=Safety.LOOK_UP, finder="find_thing", undo=Undo.EXACT, undo_by="cancel_thing", facts=FACTS)


def manifest() -> Manifest:
    return Manifest(id="acme", version="1.0.0", api_version="2026-01")


class KeyedAcme(Acme):
    """Stripe: a key in a header, refusals kept under it."""

    manifest = manifest()

    @writes(KEYED)
    async def make_thing(self, thing: Thing, w: Write) -> Made:
        return await self.post(thing, w)

    @writes(CANCEL)
    async def cancel_thing(self, thing: Thing, w: Write) -> Made | None:
        return await self.cancel(thing, w)


class BodyKeyAcme(Acme):
    """Square, Amazon Connect Cases: the key is in the body."""

    manifest = manifest()

    @writes(KEYED.model_copy(update={"key_header": "", "key_field": "token"}))
    async def make_thing(self, thing: Thing, w: Write) -> Made:
        return await self.post(thing, w)

    @writes(CANCEL)
    async def cancel_thing(self, thing: Thing, w: Write) -> Made | None:
        return await self.cancel(thing, w)


class UnfoundAcme(Acme):
    """Adyen: a key that lives long, no finder; the answer is always `received`, the end comes later."""

    manifest = manifest()

    @writes(
        WriteSpec(
            safety=Safety.NATIVE_KEY,
            key_header="Acme-Key",
            key_ttl=timedelta(hours=2),
            replay_header=("Acme-Replayed", "true"),
            settles=Settles.LATER,
            facts=FACTS,
        )
    )
    async def make_thing(self, thing: Thing, w: Write) -> Made:
        return await self.post(thing, w)


class LookUpAcme(Acme):
    """Medusa, Odoo, Request Tracker: no key; found by our reference on the object."""

    manifest = manifest()

    @writes(LOOK_UP)
    async def make_thing(self, thing: Thing, w: Write) -> Made:
        return await self.post(thing, w)

    @writes(CANCEL)
    async def cancel_thing(self, thing: Thing, w: Write) -> Made | None:
        return await self.cancel(thing, w)


class LaggingAcme(Acme):
    """ServiceNow, Zendesk after the key: a finder that sees late."""

    manifest = manifest()

    @writes(LOOK_UP.model_copy(update={"finder_lag": timedelta(seconds=60)}))
    async def make_thing(self, thing: Thing, w: Write) -> Made:
        return await self.post(thing, w)

    @writes(CANCEL)
    async def cancel_thing(self, thing: Thing, w: Write) -> Made | None:
        return await self.cancel(thing, w)


class UpsertAcme(Acme):
    """Salesforce, HubSpot: our reference is the object's address."""

    manifest = manifest()

    @writes(WriteSpec(safety=Safety.UPSERT, finder="find_thing", facts=FACTS))
    async def make_thing(self, thing: Thing, w: Write) -> Made:
        body = {"what": thing.what}
        return await self.http.write("PUT", f"/things/by/{seg(w.ref.value)}", w, json=body, into=Made)


class ConditionalAcme(Acme):
    """Request Tracker's updates, Zendesk's safe_update: the version is named, and a second write gets a 412."""

    manifest = manifest()

    @writes(WriteSpec(safety=Safety.CONDITIONAL, finder="find_line", facts=FACTS))
    async def make_thing(self, thing: Thing, w: Write) -> Sheet:
        sheet = await self.http.read("GET", "/sheet", into=Sheet)
        body, headers = {"reference": w.ref.value}, {"If-Match": sheet.version}
        return await self.http.write("PATCH", "/sheet", w, json=body, headers=headers, into=Sheet)

    async def find_line(self, thing: Thing, ref: WriteRef) -> Sheet | None:
        sheet = await self.http.read("GET", "/sheet", into=Sheet)
        return sheet if ref.value in sheet.references else None


class NothingAcme(Acme):
    """A vendor with neither key nor finder: an unknown outcome goes to a person."""

    manifest = manifest()

    @writes(WriteSpec(safety=Safety.NONE, facts=FACTS))
    async def make_thing(self, thing: Thing, w: Write) -> Made:
        return await self.post(thing, w)
