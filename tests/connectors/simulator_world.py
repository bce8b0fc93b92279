"""The simulators as a world of the conformance kit: real servers, steered over /admin."""

import hashlib
import hmac
import json
from collections.abc import Callable
from typing import Any

import httpx

from connectors.conformance import Fault, Sent
from connectors.effects import WriteRef
from connectors.simulator.connector import SimulatorConnector
from domain.cases import (
    CaseChange,
    CaseComment,
    CaseDraft,
    CaseLink,
    CaseMerge,
    CaseReopening,
    CaseResolution,
    CaseState,
    CustomerNote,
)
from domain.customers import Address, AddressDraft
from domain.messages import Channel, Message
from domain.money import Money
from domain.orders import ChangeDraft, MarkDraft, RequestDraft
from domain.payments import ChargeOrder, RefundOrder
from tests.connectors import claims_world
from tests.running import API_KEY

SECRET = "sim-webhook-secret"
_KINDS = {
    Fault.LOST_AFTER: "lost_answer",
    Fault.ERROR_AFTER: "error_after",
    Fault.GARBAGE_AFTER: "garbage",
    Fault.HTML_AFTER: "html",
    Fault.SHAPE_AFTER: "wrong_shape",
    Fault.CUT: "cut",
    Fault.ERROR: "error_before",
    Fault.SLOW: "slow",
    Fault.LIMITED: "rate_limited",
    Fault.REFUSED: "refuse",
    Fault.REFUSED_200: "refuse_200",
    Fault.SHAPE: "wrong_shape",
    Fault.BLIND: "stale",
}
_CALLS = {
    "refund_payment": "refund", "find_refund": "find_refunds", "find_note": "find_notes", "find_mark": "get_order",
    "find_case": "find_cases", "find_resolution": "get_case", "resolve_case": "update_case",
    "find_said": "get_case", "change_case": "update_case", "reopen_case": "update_case", "close_again": "update_case",
    "withdraw_case": "update_case", "find_open_cases": "find_cases",
    "change_order": "put_change", "find_change": "get_order", "open_request": "put_request",
    "find_request": "get_order", "find_charge": "get_payments", "update_address": "update_customer",
    "restore_address": "update_customer", "find_address": "get_customer", "find_message": "find_messages",
    **claims_world.CALLS,
}  # fmt: skip
_BERLIN = Address(line1="Gartenstrasse 1", city="Berlin", postal_code="10117", country="DE")
_HAMBURG = Address(line1="Marktplatz 7", city="Hamburg", postal_code="20095", country="DE")
_AT = "2026-11-01T10:00:00Z"
_EUR = {"minor": 10_000, "currency": "EUR"}
_DATASET: dict[str, Any] = {
    "format": "handrail.dataset/1",
    "customers": [
        {
            "id": "c1",
            "first_name": "Mia",
            "last_name": "Novak",
            "email": "mia@example.com",
            "address": _BERLIN.model_dump(),
        }
    ],
    "instruments": [{"id": "i1", "customer_id": "c1", "kind": "card", "label": "card ending 4242"}],
    "products": [{"id": "p1", "name": "Lamp", "variants": [{"id": "v1", "price": _EUR}]}],
    "orders": [
        {
            "id": "o1",
            "customer_id": "c1",
            "status": "delivered",
            "currency": "EUR",
            "placed_at": _AT,
            "delivered_at": _AT,
            "lines": [{"id": "l1", "product_id": "p1", "variant_id": "v1", "name": "Lamp", "price": _EUR}],
        },
        {"id": "o2", "customer_id": "c1", "status": "open", "currency": "EUR", "placed_at": _AT},
    ],
    "captures": [{"id": "pay1", "order_id": "o1", "instrument_id": "i1", "amount": _EUR, "captured_at": _AT}],
    "refunds": [],
    "notes": [],
    "cases": [
        {"id": "k1", "subject": "Lamp late", "state": "resolved", "customer_id": "c1", "created_at": _AT},
        {"id": "k2", "subject": "Lamp dark", "customer_id": "c1", "created_at": _AT},
    ],
    **claims_world.PARTS,
}
_CASEWORK: dict[str, Callable[[str], Any]] = {
    "comment_case": lambda case: CaseComment(case_id=case, text="The caller has a photo."),
    "change_case": lambda case: CaseChange(case_id=case, queue="returns", comment="It is for returns."),
    "link_case": lambda case: CaseLink(case_id=case, related_id="k2"),
    "merge_case": lambda case: CaseMerge(case_id=case, into_id="k2", comment="The same."),
    "reopen_case": lambda case: CaseReopening(case_id="k1", comment="It is late again."),
}
"""Drafts of what is done to a case."""


class SimulatorWorld:
    connector_type = SimulatorConnector
    faults = frozenset(_KINDS)
    finder_lag_s = {"refund_payment": 5.0, "add_note": 5.0}
    secret = API_KEY
    key_ttl_s = 86_400.0
    says_replayed = True

    def __init__(self, base_url: str) -> None:
        self.base_url = base_url
        self._admin = httpx.AsyncClient(base_url=f"{base_url}/admin", timeout=10)

    async def reset(self) -> None:
        await self._put("/dataset", _DATASET)
        await self._put("/settings", {"key_ttl_s": 86_400, "finder_lag_s": 0})
        await self._admin.delete("/faults")
        await self._admin.delete("/log")

    async def close(self) -> None:
        await self._admin.aclose()

    def connect(self, clock: Callable[[], float], **config: Any) -> SimulatorConnector:
        given = {"base_url": self.base_url, "api_key": API_KEY, **config}
        return SimulatorConnector(SimulatorConnector.config_type().model_validate(given), clock=clock)  # type: ignore[arg-type]

    async def draft(self, operation: str) -> Any:
        if operation in claims_world.DRAFTS:
            return claims_world.DRAFTS[operation]
        if operation == "resolve_case":
            case = await self._post("/cases", {"subject": "Lamp", "customer_id": "c1", "reference": "another"})
            return CaseResolution(case_id=case["id"], state=CaseState.RESOLVED, comment="Refunded.")
        if operation in _CASEWORK:
            case = await self._post("/cases", {"subject": "Lamp", "customer_id": "c1", "reference": "another"})
            return _CASEWORK[operation](case["id"])
        if operation == "update_address":
            connector = self.connect(lambda: 0.0)
            version = (await connector.get_customer("c1")).version
            await connector.aclose()
            return AddressDraft(customer_id="c1", address=_HAMBURG, before=_BERLIN, version=version)
        money = Money(minor=100, currency="EUR")
        return {
            "refund_payment": RefundOrder(
                payment_id="pay1", order_id="o1", amount=money, instrument_id="i1", reason="broken"
            ),
            "add_note": CustomerNote(customer_id="c1", text="Called about the lamp."),
            "set_mark": MarkDraft(order_id="o1", kind="refund_pending", note="by conformance"),
            "change_order": ChangeDraft(order_id="o2", kind="payment", instrument_id="i1"),
            "open_request": RequestDraft(order_id="o1", kind="return", line_ids=["l1"], instrument_id="i1"),
            "charge": ChargeOrder(order_id="o2", instrument_id="i1", amount=money, change="another"),
            "send_message": Message(channel=Channel.EMAIL, to="mia@example.com", text="Your lamp is on its way."),
            "open_case": CaseDraft(subject="Lamp broken", customer_id="c1", order_id="o1", body="It does not shine."),
        }[operation]

    async def play(
        self, operation: str, fault: Fault, *, times: int = 1, seconds: float = 0, as_date: bool = False
    ) -> None:
        body = {"operation": _CALLS.get(operation, operation), "kind": _KINDS[fault], "times": times}
        body |= {"delay_ms": seconds * 1_000, "retry_after_s": seconds}
        (await self._admin.post("/faults", json=body)).raise_for_status()

    async def applied(self, operation: str, ref: WriteRef) -> int:
        data = (await self._admin.get("/dataset")).json()
        if operation in claims_world.DRAFTS:
            found = claims_world.there(operation, data)
            return len([thing for thing in found if thing["reference"] == ref.value])
        comments = [comment for case in data["cases"] for comment in case.get("comments", [])]
        there = {
            "refund_payment": data["refunds"],
            "add_note": data["notes"],
            "send_message": (await self._admin.get("/outbox")).json()["data"],
            "set_mark": [mark for order in data["orders"] for mark in order["marks"]],
            "open_case": [case for case in data["cases"] if case["state"] != "withdrawn"],
            "resolve_case": comments,
            "change_order": [c for o in data["orders"] for c in o["changes"] if c["status"] == "applied"],
            "open_request": [r for o in data["orders"] for r in o["requests"] if r["status"] == "open"],
            "charge": [c for c in data["captures"] if c["id"] not in {r["payment_id"] for r in data["refunds"]}],
            # The CRM keeps no reference of who set an address.
            "update_address": [
                {"reference": ref.value} for c in data["customers"] if c["address"]["city"] == "Hamburg"
            ],
            **dict.fromkeys(_CASEWORK, comments),
        }[operation]
        return len([thing for thing in there if thing.get("reference") == ref.value])

    async def sent(self, operation: str) -> list[Sent]:
        log = (await self._admin.get("/log")).json()
        entries = log["data"] if isinstance(log, dict) else log
        name = _CALLS.get(operation, operation)
        return [Sent(name, e["key"], e["path"], json.dumps(e["body"])) for e in entries if e["operation"] == name]

    async def forget_keys(self) -> None:
        await self._put("/settings", {"key_ttl_s": 0})

    async def lag(self, seconds: float) -> None:
        await self._put("/settings", {"finder_lag_s": seconds * 1_000})

    async def crowd(self, operation: str) -> None:
        """The simulators' finders filter and have no pages; strangers are other references."""
        connector = self.connect(lambda: 0.0)
        for n in range(3):
            await getattr(connector, operation)(
                await self.draft(operation), WriteRef(run=f"stranger/{id(connector)}", step=operation, n=n + 1)
            )
        await connector.aclose()

    async def moved_to(self) -> int:
        raise NotImplementedError("The simulators never point elsewhere.")

    async def event(self, now_s: float) -> tuple[bytes, dict[str, str]]:
        refund = {"id": "refund-1", "reference": "t/w/refund/1", "state": "settled"}
        body = json.dumps({"id": "evt-1", "type": "refund.settled", "created_at": _AT, "data": refund}).encode()
        sign = hmac.new(SECRET.encode(), f"{int(now_s)}.".encode() + body, hashlib.sha256).hexdigest()
        return body, {"Simulator-Signature": f"t={int(now_s)},v1={sign}"}

    async def _put(self, path: str, body: Any) -> None:
        answer = await self._admin.put(path, json=body)
        assert answer.is_success, answer.text

    async def _post(self, path: str, body: Any) -> Any:
        headers = {"Authorization": f"Bearer {API_KEY}", "Idempotency-Key": f"draft-{id(body)}"}
        answer = await self._admin.post(f"{self.base_url}{path}", json=body, headers=headers)
        assert answer.is_success, answer.text
        return answer.json()
