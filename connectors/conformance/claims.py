"""R: what is particular to the ports of a claims system and of whatever pays out."""

from typing import ClassVar

from connectors.conformance.ports import Reads
from connectors.conformance.world import World


class ClaimConformance(Reads):
    system: ClassVar[str] = "claims"

    async def test_r2_claims_an_unknown_claim_is_not_found(self, world: World) -> None:
        await self.missing_is_not_found(world, "get_claim")
        await self.nothing_is_an_empty_list(world, "find_claims")
        await self.nothing_is_an_empty_list(world, "find_coverages")

    async def test_r5_claims_another_shape_is_contract_drift(self, world: World) -> None:
        await self.another_shape_is_drift(world, "get_claim")


class PayoutConformance(Reads):
    system: ClassVar[str] = "payouts"

    async def test_r2_payouts_an_unknown_payout_is_not_found(self, world: World) -> None:
        await self.missing_is_not_found(world, "get_payout")

    async def test_r5_payouts_another_shape_is_contract_drift(self, world: World) -> None:
        await self.another_shape_is_drift(world, "get_payout")
