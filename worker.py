"""The composition root: settings -> connectors -> activities -> Temporal worker. The only place that wires all."""

import asyncio
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

from temporalio.client import Client
from temporalio.worker import Worker

import workflows
from activities._execution import RecordedActivities
from activities._turn import Holders
from activities.billing import BillingActivities
from activities.case_sights import CaseSightActivities
from activities.cases import CaseActivities
from activities.casework import CaseworkActivities
from activities.change_sights import ChangeSightActivities
from activities.claim_sights import ClaimSightActivities
from activities.claims import ClaimActivities
from activities.conversations import ConversationActivities
from activities.crm import CrmActivities
from activities.house import HouseActivities
from activities.messaging import MessagingActivities
from activities.orders import OrderActivities
from activities.payouts import PayoutActivities
from activities.rejections import RejectionActivities
from activities.replacements import ReplacementActivities
from activities.sights import SightActivities
from activities.vouchers import VoucherActivities
from activities.work import WorkActivities
from connectors.catalogue import Systems, connect_all
from handrail import temporal
from handrail.assurance import AssuranceBook
from handrail.codes import OneTimeCodes
from handrail.determinism import check_workflows
from handrail.evidence import EvidenceBook, checkpoints
from handrail.interactions import InteractionBook
from handrail.limits import LimitBook
from handrail.policies import Shelf
from handrail.rejections import RejectionBook
from handrail.settings import Settings
from handrail.switches import SwitchBoard, SwitchedShelf
from workflows._catalog import processes

CHECKPOINT_EVERY_S = 60


async def run(settings: Settings) -> None:
    """Work until cancelled; then finish the steps that are under way. Raises NotReplayable."""
    check_workflows(Path(workflows.__file__).parent)
    client = await temporal.connect(settings, part="worker")
    evidence = EvidenceBook(settings.database, settings.home / "evidence.key")
    systems = connect_all(settings.connectors, settings.connector_configs)
    sealing = asyncio.create_task(checkpoints(evidence, CHECKPOINT_EVERY_S))
    try:
        async with build(client, settings, systems, evidence):
            await asyncio.Event().wait()
    finally:
        sealing.cancel()
        await systems.aclose()
        await evidence.close()


def build(client: Client, settings: Settings, systems: Systems, evidence: EvidenceBook) -> Worker:
    switches = SwitchBoard(settings.database)
    recorded = RecordedActivities(evidence, client.data_converter.payload_converter, switches, Holders(client))
    return Worker(
        client,
        task_queue=settings.task_queue,
        workflows=processes(),
        activities=steps(client, settings, systems, evidence, switches),
        interceptors=[recorded],
        max_cached_workflows=settings.cached_runs,
        max_concurrent_activities=64,
        max_concurrent_local_activities=64,
        # A step in flight is given time to end: the default of 0 cancels it at every deploy.
        graceful_shutdown_timeout=timedelta(seconds=20),
        # After a kill the next worker gets this one's runs within half a second.
        sticky_queue_schedule_to_start_timeout=timedelta(milliseconds=500),
    )


def steps(
    client: Client, settings: Settings, systems: Systems, evidence: EvidenceBook, switches: SwitchBoard
) -> list[Callable[..., Any]]:
    """Every activity, with what it needs."""
    crm, orders, billing, cases = systems.crm, systems.orders, systems.billing, systems.cases
    assurances = AssuranceBook(settings.database)
    shelf = SwitchedShelf(Shelf(settings.policies), switches)
    rejections, interactions = RejectionBook(settings.database), InteractionBook(settings.database)
    limits = LimitBook(settings.database)
    sights = SightActivities(crm, orders, billing, cases, systems.claims, assurances, shelf, rejections, limits)
    homes: list[object] = [
        CrmActivities(crm),
        OrderActivities(orders),
        BillingActivities(billing),
        CaseActivities(cases),
        CaseworkActivities(cases),
        CaseSightActivities(sights, crm, orders, cases),
        HouseActivities(limits, assurances, evidence),
        sights,
        ChangeSightActivities(sights, orders),
        ClaimSightActivities(sights, systems.claims, orders, billing, limits),
        ClaimActivities(systems.claims),
        PayoutActivities(systems.payouts),
        ReplacementActivities(orders),
        VoucherActivities(systems.claims),
        MessagingActivities(systems.messaging, crm, sights, OneTimeCodes(settings)),
        WorkActivities(client, interactions),
        RejectionActivities(rejections),
        ConversationActivities(interactions),
    ]
    return [step for home in homes for step in _steps_of(home)]


def _steps_of(home: object) -> list[Callable[..., Any]]:
    methods = (getattr(home, name) for name in dir(home) if not name.startswith("_"))
    return [method for method in methods if hasattr(method, "__temporal_activity_definition")]
