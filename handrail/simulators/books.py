"""The money invariants, read from the tables and not from the code that keeps them."""

import sqlite3
from collections.abc import Iterator
from datetime import date
from typing import Any

from handrail.simulators import claim_books, cost


def judge(db: sqlite3.Connection, today: date) -> dict[str, Any]:
    """`captured` and `refunded` are minor units by currency; `problems` is empty when `balanced`.

    `differences` names changed orders whose lines cost something else than was paid net: empty at every end state.
    `doubled` names refunds that went twice under one reference: the books balance, the customer has too much.
    """
    checks = (_refunds, _sales, _transit, _stored_value)
    problems = [problem for check in checks for problem in check(db)] + list(claim_books.problems(db, today))
    return {
        "balanced": not problems,
        "problems": problems,
        "differences": list(cost.differences(db)),
        "doubled": list(_doubled(db)),
        "captured": _sums(db, "SELECT currency, SUM(minor) AS minor FROM captures GROUP BY currency"),
        "refunded": _sums(
            db, "SELECT currency, SUM(minor) AS minor FROM refunds WHERE state <> 'failed' GROUP BY currency"
        ),
    }


_LEGS = """(
    SELECT credit AS account, minor FROM movements UNION ALL SELECT debit AS account, -minor FROM movements
)"""


def _sums(db: sqlite3.Connection, sql: str) -> dict[str, int]:
    return {row["currency"]: row["minor"] for row in db.execute(sql)}


def _refunds(db: sqlite3.Connection) -> Iterator[str]:
    sql = """SELECT c.id, c.minor AS captured, SUM(r.minor) AS refunded FROM captures c
             JOIN refunds r ON r.payment_id = c.id WHERE r.state <> 'failed' GROUP BY c.id
             HAVING refunded > captured"""
    for row in db.execute(sql):
        yield f"Payment {row['id']}: {row['refunded']} refunded of {row['captured']} captured."


def _sales(db: sqlite3.Connection) -> Iterator[str]:
    """What the ledger says that an order earned is what was captured and not refunded."""
    sql = f"""SELECT account, SUM(minor) AS minor FROM (
                SELECT account, minor FROM {_LEGS} WHERE account LIKE 'sales/%'
                UNION ALL SELECT 'sales/' || order_id, -minor FROM captures
                UNION ALL SELECT 'sales/' || order_id, minor FROM refunds WHERE state <> 'failed'
              ) GROUP BY account HAVING SUM(minor) <> 0"""
    for row in db.execute(sql):
        yield f"Ledger account {row['account']} is {row['minor']} minor units off its captures and refunds."


def _transit(db: sqlite3.Connection) -> Iterator[str]:
    """Money is in transit for pending refunds and for nothing else."""
    sql = f"""SELECT account, SUM(minor) AS minor FROM (
                SELECT account, minor FROM {_LEGS} WHERE account LIKE 'in_transit/%'
                UNION ALL SELECT 'in_transit/' || id, -minor FROM refunds WHERE state = 'pending'
              ) GROUP BY account HAVING SUM(minor) <> 0"""
    for row in db.execute(sql):
        yield f"Ledger account {row['account']} is {row['minor']} minor units off its pending refund."


def _stored_value(db: sqlite3.Connection) -> Iterator[str]:
    sql = f"""SELECT account, SUM(minor) AS minor FROM (
                SELECT account, minor FROM {_LEGS} WHERE account LIKE 'stored_value/%'
                UNION ALL SELECT 'stored_value/' || id, -balance FROM instruments WHERE kind = 'stored_value'
              ) GROUP BY account HAVING SUM(minor) <> 0"""
    for row in db.execute(sql):
        yield f"Ledger account {row['account']} is {row['minor']} minor units off the instrument's balance."


def _doubled(db: sqlite3.Connection) -> Iterator[str]:
    sql = """SELECT reference, payment_id, instrument_id, COUNT(*) AS times FROM refunds
             WHERE reference <> '' AND state <> 'failed'
             GROUP BY reference, payment_id, instrument_id HAVING times > 1"""
    for row in db.execute(sql):
        yield f"Payment {row['payment_id']}: {row['times']} refunds carry the reference {row['reference']}."
    sql = """SELECT reference, subject, COUNT(*) AS times FROM payouts WHERE reference <> ''
             GROUP BY reference, subject HAVING times > 1"""
    for row in db.execute(sql):
        yield f"{row['subject']}: {row['times']} payouts carry the reference {row['reference']}."
