"""Business time against a count of minutes, and across weekends, holidays and changes of the clock."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from domain.business_time import ALWAYS, DAYS, Calendar, NeverOpen, Window, add, between, is_open

BERLIN = ZoneInfo("Europe/Berlin")
NINE_TO_SIX = [Window(opens="09:00", closes="18:00")]
OFFICE = Calendar(
    zone="Europe/Berlin", week=dict.fromkeys(DAYS[:5], NINE_TO_SIX), holidays=[date(2026, 12, 25), date(2027, 1, 1)]
)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=BERLIN)


@pytest.mark.parametrize(
    ("start", "hours", "end"),
    [
        ("2026-11-23T10:00", 2, "2026-11-23T12:00"),
        ("2026-11-23T07:00", 2, "2026-11-23T11:00"),
        ("2026-11-23T17:00", 2, "2026-11-24T10:00"),
        ("2026-11-20T17:30", 1, "2026-11-23T09:30"),
        ("2026-11-21T12:00", 9, "2026-11-23T18:00"),
        ("2026-12-24T17:00", 2, "2026-12-28T10:00"),
        ("2026-11-23T09:00", 45, "2026-11-27T18:00"),
        ("2026-11-21T12:00", 0, "2026-11-23T09:00"),
    ],
    ids=["within", "before opening", "over night", "over a weekend", "to the closing", "over Christmas", "a week", "0"],
)
def test_a_target_is_reached_after_so_much_open_time(start: str, hours: float, end: str) -> None:
    assert add(at(start), timedelta(hours=hours), OFFICE) == at(end)


def test_a_day_on_which_the_clock_changes_has_an_hour_less_or_more() -> None:
    nights = Calendar(zone="Europe/Berlin")

    assert between(at("2026-03-29T00:00"), at("2026-03-30T00:00"), nights) == timedelta(hours=23)
    assert between(at("2026-10-25T00:00"), at("2026-10-26T00:00"), nights) == timedelta(hours=25)
    assert add(at("2026-03-29T00:00"), timedelta(hours=4), nights) == at("2026-03-29T05:00")


def test_the_tenants_zone_decides_what_is_open() -> None:
    new_york = OFFICE.model_copy(update={"zone": "America/New_York"})
    noon = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)

    assert (is_open(noon, OFFICE), is_open(noon, new_york)) == (True, False)
    assert add(noon, timedelta(hours=1), new_york) == datetime(2026, 11, 23, 15, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("calendar", "words"),
    [
        ({"zone": "Europe/Berln"}, "no time zone"),
        ({"week": {"mon": []}}, "no day has hours"),
        ({"week": {"monday": [{"opens": "09:00", "closes": "10:00"}]}}, "monday is no day"),
        ({"week": {"mon": [{"opens": "18:00", "closes": "09:00"}]}}, "closes later"),
        ({"week": {"mon": [{"opens": "25:00", "closes": "26:00"}]}}, "pattern"),
        (
            {"week": {"mon": [{"opens": "09:00", "closes": "12:00"}, {"opens": "11:00", "closes": "13:00"}]}},
            "without overlap",
        ),
        ({"hours": "9-5"}, "Extra inputs"),
    ],
)
def test_a_calendar_that_cannot_be_kept_is_refused_with_the_reason(calendar: dict[str, object], words: str) -> None:
    with pytest.raises(ValidationError, match=words):
        Calendar.model_validate(calendar)


def test_a_calendar_of_holidays_only_is_told_and_not_searched_for_ever() -> None:
    first = date(2026, 1, 1)
    closed = OFFICE.model_copy(update={"holidays": [first + timedelta(days=n) for n in range(800)]})

    with pytest.raises(NeverOpen, match="Europe/Berlin"):
        add(at("2026-01-01T00:00"), timedelta(hours=1), closed)


HOURS = st.sampled_from([f"{hour:02}:{minute}" for hour in range(24) for minute in ("00", "30")])
ZONES = st.sampled_from(["Europe/Berlin", "America/New_York", "Asia/Kathmandu", "Australia/Lord_Howe", "UTC"])
# Around changes of the clock of each of the zones too.
INSTANTS = st.datetimes(datetime(2026, 3, 1), datetime(2026, 11, 30)).map(
    lambda moment: moment.replace(second=0, microsecond=0, tzinfo=UTC)
)
LENGTHS = st.integers(0, 60 * 60).map(lambda minutes: timedelta(minutes=minutes))


@st.composite
def calendars(draw: st.DrawFn) -> Calendar:
    week = {}
    for day in DAYS:
        edges = sorted(draw(st.sets(HOURS, max_size=4)))
        pairs = zip(edges[::2], edges[1::2], strict=False)
        week[day] = [Window(opens=opens, closes=closes) for opens, closes in pairs]
    week["wed"] = week["wed"] or NINE_TO_SIX
    holidays = draw(st.lists(st.dates(date(2026, 2, 1), date(2026, 12, 31)), max_size=3))
    return Calendar(zone=draw(ZONES), week=week, holidays=holidays)


@given(INSTANTS, LENGTHS, calendars())
def test_what_is_added_is_what_passes(start: datetime, length: timedelta, calendar: Calendar) -> None:
    assert between(start, add(start, length, calendar), calendar) == length


@given(INSTANTS, LENGTHS, LENGTHS, calendars())
def test_more_time_is_never_due_earlier(start: datetime, one: timedelta, more: timedelta, calendar: Calendar) -> None:
    assert start <= add(start, one, calendar) <= add(start, one + more, calendar)


@given(INSTANTS, LENGTHS, LENGTHS, calendars())
def test_time_between_adds_up(start: datetime, one: timedelta, more: timedelta, calendar: Calendar) -> None:
    middle, end = start + one, start + one + more

    whole = between(start, end, calendar)

    assert whole == between(start, middle, calendar) + between(middle, end, calendar)


@settings(max_examples=40)
@given(INSTANTS, st.integers(0, 72 * 60), calendars())
def test_it_is_the_count_of_open_minutes(start: datetime, minutes: int, calendar: Calendar) -> None:
    counted = sum(is_open(start + timedelta(minutes=n), calendar) for n in range(minutes))

    assert between(start, start + timedelta(minutes=minutes), calendar) == timedelta(minutes=counted)


@given(INSTANTS, LENGTHS)
def test_around_the_clock_is_plain_time(start: datetime, length: timedelta) -> None:
    assert add(start, length, ALWAYS) == start + length
