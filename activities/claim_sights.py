"""What a claim is judged by: the customer as every process sees him, his coverages, and all his claims."""

import asyncio
from datetime import UTC, datetime
from typing import Any

from temporalio import activity

from activities.sights import OrderSight, Question, SightActivities
from connectors.claims import ReadsClaims
from domain.claims import Claim, Coverage
from domain.facts import Fact


class ClaimSight(OrderSight):
    coverages: Fact[list[Coverage]] | None = None
    claims: Fact[list[Claim]] | None = None


class ClaimSightActivities:
    def __init__(self, sights: SightActivities, claims: ReadsClaims) -> None:
        self._sights = sights
        self._claims = claims

    @activity.defn
    async def see_claims(self, ask: Question) -> ClaimSight:
        return await self._see(ask)

    @activity.defn
    async def see_claims_again(self, ask: Question) -> ClaimSight:
        """The same without the short time limit of the voice path: for when a system is slow or down."""
        return await self._see(ask)

    async def _see(self, ask: Question) -> ClaimSight:
        house = await self._sights.see_house(ask)
        caller = house.assurance.customer_id if house.assurance else ""
        if not caller:
            return ClaimSight.model_validate(dict(house))
        customer, coverages, claims = await asyncio.gather(
            self._sights.see_customer(ask), self._claims.find_coverages(caller), self._claims.find_claims(caller)
        )
        seen = {
            "coverages": _fact(f"coverages of {caller}", coverages), "claims": _fact(f"claims of {caller}", claims),
        }  # fmt: skip
        return ClaimSight.model_validate(dict(customer) | seen)


def _fact(name: str, value: list[Any]) -> Fact[Any]:
    return Fact[Any](name=name, value=value, source="claims", read_at=datetime.now(UTC))
