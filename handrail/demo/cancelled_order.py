"""An order change: a whole order is cancelled, and each tender gets its money back."""

from handrail.demo.stage import Stage

TITLE = "An order change: cancelled, and paid back to what paid"
PLACE = 50
CALL = "call-mia-5"


def play(stage: Stage) -> None:
    stage.say("Mia changed her mind about order 4823, which has not been shipped. Every change is confirmed exactly.")
    stage.call("ai", CALL, "verify_caller", email="mia.novak@example.com")
    asked = stage.call("ai", CALL, "cancel_order", order_id="4823", reason="no_longer_needed")
    stage.expect(asked["status"] == "needs_confirmation", "the caller hears the exact effect first")
    answer = stage.call("ai", CALL, "cancel_order", confirm=asked["digest"], order_id="4823", reason="no_longer_needed")
    if not answer["terminal"]:
        answer = stage.finished("ai", answer["reference"])

    stage.expect(answer["status"] == "done", "done, read back")
    stage.expect(stage.order("4823")["status"] == "cancelled", "the order is cancelled")
    paid_back = [refund["amount"]["minor"] for refund in stage.refunds("4823")]
    stage.expect(paid_back == [5_200], "billing has paid 52.00 EUR back to the card")

    stage.say("\nCancelled is cancelled: nothing else can be changed on it.")
    again = stage.call(
        "ai", CALL, "change_items", order_id="4823", items=[{"line_id": "4823-1", "variant_id": "P-14-2"}]
    )
    stage.expect(again["status"] in ("denied", "needs_input"), "a change of a cancelled order is refused")
    stage.expect(stage.books_balance(), "the books balance")
