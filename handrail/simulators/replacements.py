"""Replacement orders: goods that a coverage pays for, in the place of what was lost or broke."""

import json
from typing import Annotated, Any

from pydantic import Field

from handrail.simulators.calls import Answered, Body, Call, operation, read, refused
from handrail.simulators.claim_bodies import ClaimAmount
from handrail.simulators.dataset import PostalAddress
from handrail.simulators.orders import shown

Named = Annotated[str, Field(min_length=1, max_length=200)]


class CoverBody(Body):
    claim_id: Named
    amount: ClaimAmount
    deductible: ClaimAmount


class ReplacedBody(Body):
    order_id: Named
    line_id: Named


class ReplacementBody(Body):
    customer_id: Named
    product_id: Named
    variant_id: Named
    address: PostalAddress
    covered: CoverBody
    replaces: ReplacedBody | None = None
    reference: Annotated[str, Field(max_length=500)] = ""


@operation("POST", "/orders")
def place_replacement(call: Call) -> Answered:
    """One unit at its full price: what the coverage pays of it is in `covered`, the rest is charged by billing."""
    body = read(ReplacementBody, call)
    if call.tables.get("customers", body.customer_id) is None:
        raise refused("unknown_customer", f"There is no customer {body.customer_id}.", "customer_id")
    product, variant = _variant(call, body)
    id = call.tables.next_id("replacement")
    line = {
        "id": f"{id}-1", "product_id": body.product_id, "variant_id": variant["id"], "name": product["name"],
        "price": variant["price"],
    }  # fmt: skip
    doc = {
        "id": id, "customer_id": body.customer_id, "status": "open", "currency": variant["price"]["currency"],
        "placed_at": call.now, "delivered_at": None, "address": body.address.model_dump(), "lines": [line],
        "shipments": [], "marks": [], "requests": [], "changes": [], "covered": body.covered.model_dump(),
        "replaces": body.replaces.model_dump() if body.replaces else None, "reference": body.reference,
    }  # fmt: skip
    row = call.tables.insert(
        "orders", id=id, customer_id=body.customer_id, placed_at=call.now, reference=body.reference,
        doc=json.dumps(doc, ensure_ascii=False),
    )  # fmt: skip
    return 201, shown(call, row)


def _variant(call: Call, body: ReplacementBody) -> tuple[dict[str, Any], dict[str, Any]]:
    """Product and variant. Raises the 422 that applies."""
    row = call.tables.get("products", body.product_id)
    product: dict[str, Any] = json.loads(row["doc"]) if row else {"variants": []}
    variant = next((v for v in product["variants"] if v["id"] == body.variant_id), None)
    if variant is None:
        raise refused("unknown_variant", f"There is no variant {body.variant_id} of {body.product_id}.", "variant_id")
    if not variant["available"]:
        raise refused("variant_unavailable", f"Variant {body.variant_id} is not available.", "variant_id")
    return product, variant
