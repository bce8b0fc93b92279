"""Vendors without keys, with keys in the body, with 200s that refuse: the same guard makes all their writes safe."""

from collections.abc import AsyncIterator
from typing import ClassVar

import pytest

from connectors.conformance import Conformance
from tests.connectors.acme import (
    BodyKeyAcme,
    ConditionalAcme,
    KeyedAcme,
    LaggingAcme,
    LookUpAcme,
    NothingAcme,
    UnfoundAcme,
    UpsertAcme,
)
from tests.connectors.vendor import Traits, Vendor, open_vendor

NO_KEYS = Traits(remembers_keys=False)


class Awkward(Conformance):
    traits: ClassVar[Traits]

    @pytest.fixture
    async def world(self) -> AsyncIterator[Vendor]:
        async with open_vendor(self.connector_type, self.traits) as vendor:
            yield vendor


class TestKeyInHeader(Awkward):
    connector_type, traits = KeyedAcme, Traits()


class TestKeyInBody(Awkward):
    connector_type, traits = BodyKeyAcme, Traits(ignores_filters=True)


class TestKeyWithoutFinderThatSettlesLater(Awkward):
    connector_type, traits = UnfoundAcme, Traits(state="received")


class TestNoKey(Awkward):
    connector_type, traits = LookUpAcme, NO_KEYS


class TestNoKeyAndA500ForACallersMistake(Awkward):
    connector_type, traits = LookUpAcme, Traits(remembers_keys=False, refusal_status=500)


class TestNoKeyAndA200ThatRefuses(Awkward):
    connector_type, traits = LookUpAcme, Traits(remembers_keys=False, refusal_status=200, ignores_filters=True)


class TestNoKeyAndALaggingFinder(Awkward):
    connector_type, traits = LaggingAcme, Traits(remembers_keys=False, finder_lag_s=60)


class TestUpsert(Awkward):
    connector_type, traits = UpsertAcme, NO_KEYS


class TestConditional(Awkward):
    connector_type, traits = ConditionalAcme, NO_KEYS


class TestNeitherKeyNorFinder(Awkward):
    connector_type, traits = NothingAcme, NO_KEYS
