"""Free times computed by the database: what they are, and what finding them costs."""

import random
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from clinic.hours.models import BlockedTime, ClosedDay, Device, OpeningHours, WorkingHours
from clinic.hours.queries import clinic_zone, days_between
from clinic.tests import builders as clinic
from treatments.booking import queries
from treatments.booking.free_slots import Wish, explained, free_starts
from treatments.booking.models import Appointment, SlotHold
from treatments.booking.rules import STEP
from treatments.booking.tests.world import NOW, TUESDAY, World, at

HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)


def a_visit(world, starts_at, minutes=30, **fields):
    values = {
        "patient": world.patient,
        "physician": world.physician,
        "room": world.room,
        "kind": "session",
        "starts_at": starts_at,
        "physician_from": starts_at,
        "ends_at": starts_at + minutes * MINUTE,
        "booked_by": world.desk,
        "booked_at": NOW,
    }
    return Appointment(**(values | fields))


def wish(world, **fields):
    values = {
        "physician": world.physician.pk,
        "rooms": [world.room.pk],
        "first": TUESDAY,
        "last": TUESDAY,
        "length": 30 * MINUTE,
    }
    return Wish(**(values | fields))


def clocks(found):
    return [f"{start.astimezone(clinic_zone()):%H:%M}" for start, _place in found]


def test_a_free_day_is_offered_in_steps_up_to_the_last_visit_that_ends_in_time(world):
    found = clocks(free_starts(wish(world), now=NOW))

    assert found[0] == "09:00"
    assert found[-1] == "17:30"
    assert len(found) == 35


def test_visits_may_touch_and_never_meet(world):
    a_visit(world, at("10:00"), 30).save()

    found = clocks(free_starts(wish(world), now=NOW))

    assert "09:30" in found
    assert "10:30" in found
    assert not {"09:45", "10:00", "10:15"} & set(found)


def test_while_one_patient_goes_numb_the_physician_treats_another(world):
    a_visit(world, at("10:00"), 60, physician_from=at("10:30"), room=world.other_room).save()

    found = clocks(free_starts(wish(world, numbing=30 * MINUTE), now=NOW))

    assert "09:30" in found  # treated from 10:00 to 10:30, while the other one goes numb
    assert "09:45" not in found
    assert "10:30" in found  # goes numb while the other one is treated
    assert "10:15" not in found


def test_a_kept_time_is_taken_until_it_expires(world):
    SlotHold.objects.create(
        patient=world.a_patient(),
        physician=world.physician,
        room=world.room,
        kind="session",
        starts_at=at("11:00"),
        physician_from=at("11:00"),
        ends_at=at("11:30"),
        made_at=NOW,
        expires_at=NOW + 10 * MINUTE,
    )

    assert "11:00" not in clocks(free_starts(wish(world), now=NOW))
    assert "11:00" in clocks(free_starts(wish(world), now=NOW + 10 * MINUTE))


def test_the_first_room_that_is_free_is_named(world):
    a_visit(world, at("09:00"), 60, physician=clinic.physician()).save()
    rooms = [world.room.pk, world.other_room.pk]

    found = dict(free_starts(wish(world, rooms=rooms), now=NOW))

    assert found[at("09:00")] == 1
    assert found[at("10:00")] == 0


def test_half_a_holiday_ends_the_day_and_a_worked_one_does_not(world):
    closed = ClosedDay.objects.create(on=TUESDAY, why="Arife", closed_from=time(13))
    assert clocks(free_starts(wish(world), now=NOW))[-1] == "12:30"

    closed.is_worked = True
    closed.save()
    assert clocks(free_starts(wish(world), now=NOW))[-1] == "17:30"


def test_a_visit_that_is_longer_than_nothing_is_asked_for(world):
    with pytest.raises(ValueError, match="longer than nothing"):
        free_starts(wish(world, length=timedelta(0)), now=NOW)


# --- the same answer as minute by minute -----------------------------------------------------------


@st.composite
def windows(draw):
    """A small clinic week in which everything that can be in the way is in the way somewhere."""
    quarter = st.integers(0, 9 * 4 - 1)
    return {
        "seed": draw(st.integers(0, 2**32 - 1)),
        "visits": draw(st.integers(0, 14)),
        "numbing": draw(st.sampled_from([0, 20, 30])),
        "length": draw(st.sampled_from([15, 30, 45, 70])),
        "days": draw(st.integers(1, 3)),
        "now": draw(quarter),
        "breaks": draw(st.booleans()),
        "works": draw(st.booleans()),
        "closed": draw(st.sampled_from([None, "whole", "half", "worked"])),
        "with_nurse": draw(st.booleans()),
        "with_device": draw(st.booleans()),
    }


def lay_out(world, others, window):
    """Fill the clinic; returns what the oracle needs to know."""
    shuffler = random.Random(window["seed"])
    OpeningHours.objects.all().delete()
    spans = [(time(9), time(12)), (time(13, 10), time(18))] if window["breaks"] else [
        (time(9), time(18))
    ]  # fmt: skip
    for weekday in range(5):
        for opens, closes in spans:
            OpeningHours.objects.create(weekday=weekday, opens=opens, closes=closes)
    if window["works"]:
        for member, starts, ends in (
            (world.physician, time(10), time(15)),
            (others["nurse"], time(8), time(14, 30)),
        ):
            for weekday in range(0, 5, 2):
                WorkingHours.objects.create(
                    member=member,
                    weekday=weekday,
                    starts=starts,
                    ends=ends,
                    valid_from=TUESDAY - timedelta(days=9),
                    valid_until=shuffler.choice([None, TUESDAY, TUESDAY + timedelta(days=1)]),
                )
    if window["closed"]:
        ClosedDay.objects.create(
            on=TUESDAY,
            why="Bayram",
            closed_from=time(13) if window["closed"] == "half" else None,
            is_worked=window["closed"] == "worked",
        )
    for _visit in range(window["visits"]):
        day = TUESDAY + timedelta(days=shuffler.randrange(window["days"]))
        begins = at("09:00", day) + shuffler.randrange(9 * 12) * 5 * MINUTE
        minutes = shuffler.choice([20, 30, 45, 60])
        later = shuffler.choice([0, 0, 10])
        row: dict[str, Any] = {
            "patient": shuffler.choice([world.patient, *others["patients"]]),
            "physician": shuffler.choice([world.physician, others["physician"]]),
            "room": shuffler.choice([world.room, world.other_room, others["room"]]),
        }
        times: dict[str, Any] = {
            "starts_at": begins,
            "physician_from": begins + later * MINUTE,
            "ends_at": begins + minutes * MINUTE,
        }
        what = shuffler.choice(["visit", "visit", "hold", "blocked", "away"])
        if what == "visit":
            # Overbooked, so that no constraint stands in the way of an odd calendar; only the
            # patient can never be in two places.
            busy = Appointment.objects.filter(
                patient=row["patient"], starts_at__lt=times["ends_at"], ends_at__gt=begins
            )
            if busy.exists():
                continue
            a_visit(
                world, begins, minutes, **row, physician_from=times["physician_from"],
                nurse=shuffler.choice([None, others["nurse"]]),
                device=shuffler.choice([None, others["device"]]),
                state=shuffler.choice(["booked", "done", "missed", "cancelled"]),
                overbooked_because="Deneme",
            ).save()  # fmt: skip
        elif what == "hold":
            SlotHold.objects.create(
                **row, **times, kind="session", made_at=NOW - HOUR,
                expires_at=NOW + shuffler.choice([-1, 30 * 24]) * HOUR,
            )  # fmt: skip
        else:
            BlockedTime.objects.create(
                member=shuffler.choice([world.physician, others["nurse"]])
                if what == "away"
                else None,
                room=row["room"] if what == "blocked" else None,
                kind="absence" if what == "away" else "blocked",
                starts_at=begins,
                ends_at=times["ends_at"],
                entered_by=world.desk,
                entered_at=NOW,
                lifted_at=shuffler.choice([None, None, NOW]),
            )


def minute_by_minute(world, others, asked, rooms, now):
    """The slow oracle: each start of the grid, each minute of the visit, each thing in the way."""
    found = []
    for day in days_between(asked.first, asked.last):
        openings = opening_of(day)
        for opens, closes in openings:
            start = opens
            while start + asked.numbing + asked.length <= closes:
                if start >= now:
                    place = first_free(world, others, asked, rooms, day, start)
                    if place is not None:
                        found.append((start.astimezone(UTC), place))
                start += STEP
    return found


def by_arithmetic(world, others, asked, rooms, now):
    """What the page that says why a time is not free works out by itself."""
    window = queries.availability(
        physician=world.physician,
        rooms=rooms,
        patient=world.patient,
        first=asked.first,
        last=asked.last,
        now=now,
        nurse=others["nurse"] if asked.nurse else None,
        device=others["device"] if asked.device else None,
    )
    return [
        (offer.span.starts_at, rooms.index(offer.room))
        for day in days_between(asked.first, asked.last)
        for offer in window.offers(day, rooms, asked.length, asked.numbing)
    ]


def opening_of(day):
    closed = ClosedDay.objects.filter(on=day, is_worked=False).first()
    spans = []
    for hours in OpeningHours.objects.filter(weekday=day.weekday()).order_by("opens"):
        ends = hours.closes
        if closed is not None:
            if closed.closed_from is None or closed.closed_from <= hours.opens:
                continue
            ends = min(ends, closed.closed_from)
        spans.append(
            (datetime.combine(day, hours.opens, clinic_zone()),
             datetime.combine(day, ends, clinic_zone()))
        )  # fmt: skip
    return spans


def first_free(world, others, asked, rooms, day, start):
    treated, end = start + asked.numbing, start + asked.numbing + asked.length
    if not at_work(world.physician, day, treated, end):
        return None
    if asked.nurse and not at_work(others["nurse"], day, start, end):
        return None
    for place, room in enumerate(rooms):
        if not any(
            in_the_way(each, asked, room, world, start, treated, end) for each in everything()
        ):
            return place
    return None


def at_work(member, day, starts, ends):
    rows = WorkingHours.objects.filter(member=member)
    if not rows.exists():
        return True
    return any(
        row.weekday == day.weekday()
        and row.valid_from <= day <= (row.valid_until or date.max)
        and datetime.combine(day, row.starts, clinic_zone()) <= starts
        and ends <= datetime.combine(day, row.ends, clinic_zone())
        for row in rows
    )


def everything():
    yield from Appointment.objects.exclude(state__in=["missed", "cancelled"])
    yield from SlotHold.objects.filter(ended_at__isnull=True, expires_at__gt=NOW_OF_WINDOW[0])
    yield from BlockedTime.objects.filter(lifted_at__isnull=True)


NOW_OF_WINDOW = [NOW]


def in_the_way(each, asked, room, world, start, treated, end):
    if isinstance(each, BlockedTime):
        whole = each.room_id == room.pk or (asked.nurse and each.member_id == asked.nurse)
        later = each.member_id == world.physician.pk
        begins = each.starts_at
    else:
        nurse = getattr(each, "nurse_id", None)
        device = getattr(each, "device_id", None)
        whole = (
            each.room_id == room.pk
            or each.patient_id == asked.patient
            or (asked.nurse and nurse == asked.nurse)
        )
        later = each.physician_id == world.physician.pk or (asked.device and device == asked.device)
        begins = each.physician_from
    if whole and each.starts_at < end and start < each.ends_at:
        return True
    return bool(later and begins < end and treated < each.ends_at)


@pytest.mark.slow
@pytest.mark.django_db
@settings(max_examples=40, suppress_health_check=[*HealthCheck], deadline=None)
@given(window=windows())
def test_the_answers_are_those_of_looking_at_every_minute(window):
    with transaction.atomic():
        world = World()
        others: dict[str, Any] = {
            "physician": clinic.physician(),
            "room": clinic.room(),
            "nurse": clinic.nurse(),
            "device": Device.objects.create(name="Lazer"),
            "patients": [world.a_patient() for _each in range(3)],
        }
        lay_out(world, others, window)
        now = at("09:00") + window["now"] * 15 * MINUTE
        NOW_OF_WINDOW[0] = now
        rooms = [world.room, world.other_room]
        asked = wish(
            world,
            rooms=[each.pk for each in rooms],
            last=TUESDAY + timedelta(days=window["days"] - 1),
            length=window["length"] * MINUTE,
            numbing=window["numbing"] * MINUTE,
            patient=world.patient.pk,
            nurse=others["nurse"].pk if window["with_nurse"] else None,
            device=others["device"].pk if window["with_device"] else None,
        )

        found = free_starts(asked, now=now)

        assert found == minute_by_minute(world, others, asked, rooms, now)
        assert found == by_arithmetic(world, others, asked, rooms, now)
        transaction.set_rollback(True)


# --- what it costs ---------------------------------------------------------------------------------


def years_of_visits(world, *, days_back):
    """A physician whose window is half full, after `days_back` days of the same."""
    zone = clinic_zone()
    rows = []
    for day in days_between(TUESDAY - timedelta(days=days_back), TUESDAY + timedelta(days=89)):
        if day.weekday() < 5:
            rows += [
                a_visit(world, datetime.combine(day, time(hour), zone)) for hour in range(9, 18)
            ]
    Appointment.objects.bulk_create(rows, batch_size=2000)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE treatments_appointment")
    return sum(row.starts_at >= at("00:00") for row in rows)


def rows_read(node):
    """What the scans of tables took up, kept and thrown away; a bitmap names its rows itself."""
    here = 0
    if "Relation Name" in node:
        dropped = node.get("Rows Removed by Filter", 0) + node.get(
            "Rows Removed by Index Recheck", 0
        )
        if node["Relation Name"] == "treatments_appointment":
            here = (node["Actual Rows"] + dropped) * node["Actual Loops"]
    return here + sum(rows_read(each) for each in node.get("Plans", ()))


@pytest.mark.django_db
@pytest.mark.slow
def test_the_window_is_read_and_not_the_years_behind_it(world):
    last = TUESDAY + timedelta(days=89)
    with connection.cursor() as cursor:
        # Laying out the years is one transaction, which a busy machine may leave alone for long.
        cursor.execute("SET LOCAL idle_in_transaction_session_timeout = 0")
    busy = years_of_visits(world, days_back=4 * 365)

    (explanation,) = explained(wish(world, last=last, patient=world.a_patient().pk), now=NOW)

    assert busy > 500
    assert 0 < rows_read(explanation["Plan"]) <= 2 * busy


@pytest.mark.django_db
def test_ninety_days_take_as_many_statements_as_one(world):
    counts = []
    for days in (1, 90):
        with CaptureQueriesContext(connection) as asked:
            free_starts(wish(world, last=TUESDAY + timedelta(days=days - 1)), now=NOW)
        counts.append(len(asked))

    assert counts == [1, 1]


@pytest.mark.django_db
def test_the_free_times_of_a_page_take_one_statement_however_many_days(world):
    counts = []
    for days in (1, 90):
        with CaptureQueriesContext(connection) as asked:
            queries.free_slots_for(
                physician=world.physician,
                rooms=[world.room, world.other_room],
                patient=world.patient,
                first=TUESDAY,
                last=TUESDAY + timedelta(days=days - 1),
                length=30 * MINUTE,
                now=NOW,
            )
        counts.append(len(asked))

    assert counts == [1, 1]
