"""Fixtures of the claim tests: a covered order, and its buyer on the line."""

import pytest

from tests.claim.claimant import Claimant, claimant
from tests.claim.covered import Covered, Files
from tests.desk.desk import Desk
from tests.desk.goods import Sold
from tests.desk.shop import Shop


@pytest.fixture
def files(shop: Shop) -> Files:
    return Files(shop)


@pytest.fixture
async def covered(files: Files, order: Sold) -> Covered:
    """A warranty with a limit of 2,000.00 EUR and no deductible."""
    return await files.cover(order)


@pytest.fixture
async def caller(desk: Desk, covered: Covered) -> Claimant:
    return await claimant(desk, covered)
