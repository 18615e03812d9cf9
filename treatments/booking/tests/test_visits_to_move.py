"""The list of visits to move follows the law of booking: it names a visit exactly when the same visit
would be refused if it were booked anew where it stands.
"""

from datetime import time, timedelta
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from clinic.hours import outside
from clinic.hours.actions import add_device
from clinic.hours.models import BlockedTime, ClosedDay, OpeningHours, WorkingHours
from clinic.hours.terms import Blocking
from clinic.tests import builders as clinic
from treatments.booking.models import Appointment
from treatments.booking.rules import NotBookable
from treatments.booking.tests.world import NOW, TUESDAY, World, at
from treatments.booking.visits import check_bookable, visit_of

pytestmark = pytest.mark.django_db

DAYS = (TUESDAY, TUESDAY + timedelta(days=1))
# The clinic of the test stands for every example; what one changes is taken back.
REUSED = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
SOMEBODY = ("physician", "other", "nurse")

clocks = st.integers(0, 40).map(lambda quarter: time(8 + quarter // 4, quarter % 4 * 15))
stretches = (
    st.lists(clocks, min_size=2, max_size=4)
    .map(sorted)
    .map(lambda points: list(zip(points[::2], points[1::2], strict=False)))
    .map(lambda spans: [span for span in spans if span[0] < span[1]])
)
weeks = st.fixed_dictionaries({day.weekday(): stretches for day in DAYS})
absences = st.tuples(
    st.sampled_from([*SOMEBODY, "room", "device"]), st.sampled_from(DAYS), clocks, clocks
).filter(lambda each: each[2] < each[3])
changes = st.fixed_dictionaries(
    {
        "openings": st.none() | weeks,
        "work": st.dictionaries(st.sampled_from(SOMEBODY), weeks, max_size=2),
        "absences": st.lists(absences, max_size=3),
        "gone": st.sets(st.sampled_from([*SOMEBODY, "room", "device"]), max_size=2),
        "closed": st.dictionaries(st.sampled_from(DAYS), st.none() | clocks, max_size=2),
    }
)


class Clinic(World):
    """Six visits on two days: for two physicians, some with numbing, a nurse and a device."""

    def __init__(self):
        super().__init__()
        self.other = clinic.physician()
        self.nurse = clinic.nurse()
        self.device = add_device(name="Laser", by=self.desk, now=NOW)
        for day in DAYS:
            self.book("09:00", day)
            self.book("10:00", day, minutes=50, physician_from=at("10:20", day), **self.equipped)
            self.book("10:00", day, physician=self.other, room=self.other_room, patient=self.second)

    @property
    def equipped(self):
        return {"nurse": self.nurse, "device": self.device}

    second = property(lambda self: self.__dict__.setdefault("_second", self.a_patient()))

    def change(self, *, openings, work, absences, gone, closed):
        for each in (getattr(self, who) for who in gone):
            type(each).objects.filter(pk=each.pk).update(is_active=False)
        if openings is not None:
            OpeningHours.objects.all().delete()
            OpeningHours.objects.bulk_create(
                OpeningHours(weekday=weekday, opens=opens, closes=closes)
                for weekday, spans in openings.items()
                for opens, closes in spans
            )
        WorkingHours.objects.bulk_create(
            WorkingHours(
                member=getattr(self, who), weekday=weekday, starts=starts, ends=ends,
                valid_from=TUESDAY,
            )
            for who, week in work.items()
            for weekday, spans in week.items()
            for starts, ends in spans
        )  # fmt: skip
        BlockedTime.objects.bulk_create(
            BlockedTime(
                **{who if who in ("room", "device") else "member": getattr(self, who)},
                kind=Blocking.ABSENCE, starts_at=at(f"{begin:%H:%M}", day),
                ends_at=at(f"{end:%H:%M}", day), entered_by=self.desk, entered_at=NOW,
            )
            for who, day, begin, end in absences
        )  # fmt: skip
        ClosedDay.objects.bulk_create(
            ClosedDay(on=day, why="Bakim", closed_from=closed_from)
            for day, closed_from in closed.items()
        )


def refused_anew():
    refused = set()
    for visit in Appointment.objects.select_related(
        "patient", "physician", "room", "nurse", "device"
    ):
        try:
            check_bookable([visit_of(visit)], now=NOW)
        except NotBookable:
            refused.add(visit.pk)
    return refused


def named():
    return {each.visit.visit_id for each in outside.visits_to_move(NOW)}


def disagree(here, change):
    """The visits that the two laws judge differently after this change, which is taken back."""
    with transaction.atomic():
        here.change(**change)
        different = named() ^ refused_anew()
        transaction.set_rollback(True)
    return different


@pytest.fixture
def here():
    return Clinic()


@settings(max_examples=25, suppress_health_check=REUSED)
@given(change=changes)
def test_what_is_named_is_what_would_be_refused(here, change):
    assert disagree(here, change) == set()


@pytest.mark.slow
@settings(max_examples=400, suppress_health_check=REUSED)
@given(change=changes)
def test_what_is_named_is_what_would_be_refused_after_any_change(here, change):
    assert disagree(here, change) == set()


NOTHING: dict[str, Any] = {"openings": None, "work": {}, "absences": [], "gone": (), "closed": {}}
EACH = [
    {"openings": {TUESDAY.weekday(): [(time(9), time(10, 30))]}},
    {"work": {"physician": {TUESDAY.weekday(): [(time(9), time(10))]}}},
    {"absences": [("room", TUESDAY, time(9), time(10))]},
    {"absences": [("device", TUESDAY, time(10, 30), time(11))]},
    {"absences": [("nurse", TUESDAY, time(10), time(10, 15))]},
    {"gone": ["other"]},
    {"gone": ["device"]},
    {"closed": {TUESDAY: None}},
    {"closed": {TUESDAY: time(10, 15)}},
]


@pytest.mark.parametrize("change", EACH)
def test_the_law_is_not_kept_by_naming_nobody(here, change):
    with transaction.atomic():
        here.change(**(NOTHING | change))
        assert 0 < len(named()) < 6
        transaction.set_rollback(True)


@pytest.mark.parametrize("change", EACH)
def test_a_list_that_forgets_a_reason_is_found_out(here, change, monkeypatch):
    monkeypatch.setattr(outside, "_reasons", lambda *whatever: iter(()))

    assert disagree(here, NOTHING | change)


def test_a_list_that_needs_the_physician_while_the_skin_goes_numb_is_found_out(here, monkeypatch):
    change = NOTHING | {"absences": [("physician", TUESDAY, time(9, 45), time(10, 15))]}
    assert not disagree(here, change)
    monkeypatch.setattr(outside, "_needs", lambda visit: [(visit.physician_id, visit.starts_at)])

    assert disagree(here, change)
