"""Connectors with one defect each, as people write them. The kit must catch every one, by a check that has a name."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from uuid import uuid4

from connectors.auth import Auth, FetchToken, NoAuth
from connectors.connector import Config, Connector, Manifest
from connectors.effects import Receipt, Safety, Undo, WriteRef, WriteSpec
from connectors.errors import ConnectorError, InvalidRequest, NotFound, OutcomeUnknown, Rejected, Transient
from connectors.guard import writes
from connectors.http import Http
from connectors.replies import Reply
from connectors.writes import Write
from domain.cases import CustomerNote
from tests.connectors.acme import CANCEL, FACTS, KEY, KEYED, LOOK_UP, KeyedAcme, LookUpAcme, Made, Page, Thing, manifest


class RandomKeyPerAttempt(KeyedAcme):
    @writes(KEYED)
    async def make_thing(self, thing: Thing, w: Write) -> Made:
        w.key = str(uuid4())
        return await self.post(thing, w)


class NewKeyOnUnknownOutcome(KeyedAcme):
    tries: dict[str, int] = {}

    @writes(KEYED)
    async def make_thing(self, thing: Thing, w: Write) -> Made:
        n = self.tries[w.key] = self.tries.get(w.key, 0) + 1
        w.key = w.key if n == 1 else w.part(str(n)).key
        return await self.post(thing, w)


class SameKeyOnDefiniteFailure(KeyedAcme):
    @writes(KEYED)
    async def make_thing(self, thing: Thing, w: Write) -> Made:
        body = {"what": thing.what, "reference": w.ref.value}
        w.key = WriteRef(run=w.ref.run, step=w.ref.step).key  # forgets n
        return await self.http.write("POST", "/things", w, json=body, into=Made)


class IgnoresReplay(KeyedAcme):
    @writes(KEYED.model_copy(update={"replay_header": None}))
    async def make_thing(self, thing: Thing, w: Write) -> Made:
        return await self.post(thing, w)


class RetriesBlindly(LookUpAcme):
    @writes(LOOK_UP)
    async def make_thing(self, thing: Thing, w: Write) -> Made:
        for n in range(3):
            try:
                return await self.post(thing, w.part(str(n)))
            except OutcomeUnknown:
                continue
        raise Transient("acme is down")


class RetriesRefusals(KeyedAcme):
    @writes(KEYED)
    async def make_thing(self, thing: Thing, w: Write) -> Made:
        try:
            return await self.post(thing, w.part("1"))
        except Rejected:
            return await self.post(thing, w.part("2"))


class GarbageIsFailure(LookUpAcme):
    def classify(self, reply: Reply) -> ConnectorError | None:
        if reply.status == 200 and not isinstance(reply.json_or_none(), dict):
            return InvalidRequest("acme did not understand us")
        return super().classify(reply)


class ServerErrorIsRefusal(KeyedAcme):
    def classify(self, reply: Reply) -> ConnectorError | None:
        return Rejected("acme refused") if reply.status >= 500 else super().classify(reply)


class Believes200(KeyedAcme):
    def classify(self, reply: Reply) -> ConnectorError | None:
        return None if reply.status == 200 else super().classify(reply)

    @writes(KEYED)
    async def make_thing(self, thing: Thing, w: Write) -> Made:
        body = {"what": thing.what, "reference": w.ref.value}
        said = await self.http.write("POST", "/things", w, json=body)
        return Made(id=said.get("id", ""), reference=w.ref.value, state=said.get("state", "made"))


class IgnoresPartialFailure(Believes200):
    def classify(self, reply: Reply) -> ConnectorError | None:
        return None if reply.status == 207 else super().classify(reply)


class SwallowsLostAnswers(KeyedAcme):
    @writes(KEYED)
    async def make_thing(self, thing: Thing, w: Write) -> Made:
        try:
            return await self.post(thing, w)
        except OutcomeUnknown:
            return Made(id="", reference=w.ref.value, state="probably made")


class FinderMatchesStrangers(LookUpAcme):
    async def find_thing(self, thing: Thing, ref: WriteRef) -> Made | None:
        found = await self.http.read("GET", "/things", params={"reference": ref.value}, into=Page)
        return found.data[0] if found.data else None


class FinderDoesNotPage(LookUpAcme):
    async def find_thing(self, thing: Thing, ref: WriteRef) -> Made | None:
        found = await self.http.read("GET", "/things", params={"reference": ref.value}, into=Page)
        return next((made for made in found.data if made.reference == ref.value), None)


class ConcludesAbsenceEarly(LookUpAcme):
    """Its vendor's finder lags by a minute; it declares no lag."""


class BelievesItsKeyForEver(KeyedAcme):
    @writes(WriteSpec(safety=Safety.NATIVE_KEY, key_header="Acme-Key", key_ttl=timedelta(days=365), facts=FACTS))
    async def make_thing(self, thing: Thing, w: Write) -> Made:
        return await self.post(thing, w)


class FollowsRedirects(KeyedAcme):
    def __init__(self, config: Any, **how: Any) -> None:
        super().__init__(config, **how)
        self.http._client.follow_redirects = True


class OpenConfig(Config):
    api_key: str = KEY
    """Neither secret nor described."""


class _Leaky(NoAuth):
    async def headers(self, fetch: FetchToken) -> dict[str, str]:
        return {"Authorization": f"Bearer {KEY}"}


class LeaksItsSecret(KeyedAcme):
    def __init__(self, config: Any, **how: Any) -> None:
        super().__init__(config, **how)
        self.http = Http(config.base_url, system="acme", auth=_Leaky(), classify=self.classify)


class HasOpenConfig(Connector[OpenConfig]):
    manifest = Manifest(id="acme", version="1", api_version="latest")

    def auth(self) -> Auth:
        return _Leaky()

    @writes(LOOK_UP.model_copy(update={"facts": "", "undo": Undo.NEVER, "undo_by": ""}))
    async def make_thing(self, thing: Thing, w: Write) -> Made:
        raise Transient("never")

    async def find_thing(self, thing: Thing, ref: WriteRef) -> Made | None:
        return None


class UndoOfNothingRaises(KeyedAcme):
    @writes(CANCEL)
    async def cancel_thing(self, thing: Thing, w: Write) -> Made | None:
        if await self.find_thing(thing, w.target) is None:
            raise NotFound("acme: there is nothing to cancel")
        return await self.cancel(thing, w)


class UndoDoesNothing(KeyedAcme):
    @writes(CANCEL)
    async def cancel_thing(self, thing: Thing, w: Write) -> Made | None:
        return await self.find_thing(thing, w.target)


class UndoIsAWriteLikeAnyOther(KeyedAcme):
    @writes(WriteSpec(safety=Safety.NATURAL, facts=FACTS))
    async def cancel_thing(self, thing: Thing, w: Write) -> Made | None:
        return await self.cancel(thing, w)


class TakesItsTime(KeyedAcme):
    @property
    def budget_s(self) -> float:
        return 60.0

    def __init__(self, config: Any, **how: Any) -> None:
        super().__init__(config, **how)
        self.http.total_s = 60.0
        self.http._client.timeout = 60.0


class WritesUnguarded(KeyedAcme):
    manifest = manifest()

    async def find_customers(self, query: Any) -> list[Any]:
        return []

    async def get_customer(self, customer_id: str) -> Any:
        raise NotFound(customer_id)

    async def find_note(self, note: CustomerNote, ref: WriteRef) -> str | None:
        return None

    async def add_note(
        self, note: CustomerNote, ref: WriteRef, /, *, attempt: int = 1, age_s: float = 0
    ) -> Receipt[str]:
        raise Transient("acme: sends it by a client of its own")


class MisreadsThePort(KeyedAcme):
    async def find_customers(self, query: Any) -> list[Any]:
        return []

    async def get_customer(self, name: str, surname: str) -> Mapping[str, str]:
        return {}

    async def find_note(self, note: CustomerNote, ref: WriteRef) -> str | None:
        return None

    @writes(CANCEL.model_copy(update={"undo_of": "", "finder": "find_note"}))
    async def add_note(self, note: CustomerNote, w: Write) -> str:
        return ""
