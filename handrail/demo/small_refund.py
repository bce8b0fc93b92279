"""A small refund: allowed by policy, done and read back before the model has finished its sentence."""

from handrail.demo.stage import Stage

TITLE = "A small refund, within one tool call"
PLACE = 10
CALL = "call-mia-1"


def play(stage: Stage) -> None:
    stage.say(
        "Mia Novak calls: the socks of order 4821 came damaged. The AI agent verifies her, then refunds one line."
    )
    stage.call("ai", CALL, "verify_caller", email="mia.novak@example.com")
    answer = stage.call("ai", CALL, "refund_order", order_id="4821", lines=["4821-1"], reason="damaged")

    stage.expect(answer["status"] == "done", "done within the call, read back from billing")
    amounts = [refund["amount"]["minor"] for refund in stage.refunds("4821")]
    stage.expect(amounts == [1200], "billing has one refund of 12.00 EUR")

    stage.say(
        "\nThe line drops and the model repeats itself. The same request gives the same answer, and no second refund."
    )
    again = stage.call("ai", CALL, "refund_order", order_id="4821", lines=["4821-1"], reason="damaged")
    stage.expect(again["reference"] == answer["reference"] and again["status"] == "done", "the same answer")
    stage.expect(len(stage.refunds("4821")) == 1, "still one refund")
