"""Orders whose products come in variants, and changes that the caller confirms."""

from typing import Any

from domain.answers import Answer
from tests.desk.goods import Sold
from tests.desk.people import Conversation
from tests.desk.shop import Shop

CANCELLED = ["open_case", "put_change", "refund", "add_note", "update_case"]
"""What the systems see of a cancellation of an order with one tender."""
ELSEWHERE = {"line1": "Marktplatz 7", "city": "Hamburg", "postal_code": "20095", "country": "DE"}
_WRITES = {
    "open_case", "update_case", "put_change", "revert_change", "put_request", "withdraw_request", "charge",
    "void_charge", "refund", "add_note", "update_customer",
}  # fmt: skip


def dearer(line: str) -> str:
    """The variant of this line's product that costs 5.00 more."""
    return f"V-{line}-dearer"


def cheaper(line: str) -> str:
    """... 5.00 less."""
    return f"V-{line}-cheaper"


def alike(line: str) -> str:
    """... the same."""
    return f"V-{line}-alike"


def sold_out(line: str) -> str:
    return f"V-{line}-sold-out"


async def sell(shop: Shop, *prices: int, gift: int = 500, **how: Any) -> Sold:
    """An open order unless `status` says otherwise; each product has four more variants. `gift`: what the customer's
    gift card holds."""
    sold = await shop.sell(*(prices or (4_000, 2_000)), **({"status": "open"} | how))
    document = await shop.state()
    for product in document["products"]:
        line = product["id"].removeprefix("P-")
        if line in sold.lines:
            product["variants"] += _variants(line, product["variants"][0]["price"]["minor"])
    for instrument in document["instruments"]:
        if instrument["id"] == sold.gift_card:
            instrument["balance"]["minor"] = gift
    await shop.admin("PUT", "dataset", document)
    await shop.admin("DELETE", "log")
    return sold


def _variants(line: str, minor: int) -> list[dict[str, Any]]:
    prices = {dearer(line): minor + 500, cheaper(line): minor - 500, alike(line): minor, sold_out(line): minor}
    return [
        {
            "id": id,
            "options": {"kind": id},
            "price": {"minor": price, "currency": "EUR"},
            "available": id != sold_out(line),
        }
        for id, price in prices.items()
    ]


async def changed(caller: Conversation, tool: str, **arguments: Any) -> Answer:
    """Asked for, and said yes to."""
    asked = await caller.call(tool, arguments)
    if asked.status != "needs_confirmation":
        return asked
    return await caller.call(tool, arguments, confirm=asked.digest)


async def order(shop: Shop, sold: Sold) -> dict[str, Any]:
    return next(o for o in (await shop.state())["orders"] if o["id"] == sold.id)


async def prices(shop: Shop, sold: Sold) -> list[int]:
    return [line["price"]["minor"] for line in (await order(shop, sold))["lines"]]


async def paid(shop: Shop, sold: Sold) -> list[tuple[str, int]]:
    """Every capture and charge of the order: instrument and minor units."""
    captures = [c for c in (await shop.state())["captures"] if c["order_id"] == sold.id]
    return [(c["instrument_id"], c["amount"]["minor"]) for c in captures]


async def back(shop: Shop, sold: Sold) -> list[tuple[str, int]]:
    """Every refund of the order's captures and charges."""
    state = await shop.state()
    mine = {c["id"] for c in state["captures"] if c["order_id"] == sold.id}
    return [(r["instrument_id"], r["amount"]["minor"]) for r in state["refunds"] if r["payment_id"] in mine]


async def books_agree(shop: Shop) -> bool:
    """Money is conserved, nothing went twice, and the lines of every order cost what was paid for it."""
    books = await shop.admin("GET", "books")
    return bool(books["balanced"]) and not books["doubled"] and not books["differences"]


async def writes(shop: Shop) -> list[str]:
    """The writes that the systems saw, in order; note and case closing go out together: the note is told first."""
    names = [seen["operation"] for seen in await shop.log() if seen["operation"] in _WRITES]
    for n in range(len(names) - 1):
        if names[n : n + 2] == ["update_case", "add_note"]:
            names[n : n + 2] = ["add_note", "update_case"]
    return names
