"""Two phases of a visit, hours of people, absences: what may stand beside what, and the words of a no."""

from datetime import date, datetime, time, timedelta

import pytest
from django.db import IntegrityError, connection, transaction

from clinic.hours import actions as hours
from clinic.hours.queries import clinic_zone, day_bounds
from clinic.hours.terms import Blocking
from clinic.tests import builders as clinic
from treatments.booking import actions, queries, rules
from treatments.booking.models import Appointment
from treatments.booking.terms import HOLDING, AppointmentKind, Resource
from treatments.booking.tests.world import NOW, TUESDAY, at, holding

ALL_DAY = day_bounds(TUESDAY)


@pytest.fixture
def laser(db):
    return hours.add_device(name="Lazer", by="test", now=NOW)


def numb(world, clock, *, numbing=30, treated=30, **fields):
    """A visit whose skin goes numb first."""
    starts_at = at(clock)
    fields = {
        "starts_at": starts_at,
        "physician_from": starts_at + timedelta(minutes=numbing),
        "ends_at": starts_at + timedelta(minutes=numbing + treated),
    } | fields
    return actions.book(**(world.wish() | fields), by=world.desk, now=NOW)


class TestPhases:
    def test_two_patients_overlap_while_one_goes_numb(self, world):
        numb(world, "10:00")
        numb(world, "09:30", patient=world.a_patient(), room=world.other_room)
        numb(world, "10:30", patient=world.a_patient(), room=world.other_room)

        assert len(holding()) == 3

    @pytest.mark.parametrize(
        ("fields", "resource"),
        [
            ({"room": "same"}, Resource.ROOM),
            ({"patient": "same"}, Resource.PATIENT),
        ],
    )
    def test_room_and_patient_are_needed_while_the_skin_goes_numb(self, world, fields, resource):
        numb(world, "10:00")
        others = {"patient": world.a_patient(), "room": world.other_room}
        others = {name: value for name, value in others.items() if name not in fields}

        with pytest.raises(rules.SlotTaken) as refusal:
            numb(world, "09:45", physician=clinic.physician(), **others)

        assert refusal.value.resource == resource

    def test_the_physician_is_needed_from_the_treatment_on(self, world):
        numb(world, "10:00")

        with pytest.raises(rules.SlotTaken) as refusal:
            numb(world, "10:15", patient=world.a_patient(), room=world.other_room)

        assert refusal.value.resource == Resource.PHYSICIAN

    def test_a_nurse_is_needed_throughout_and_a_device_for_the_treatment(self, world, laser):
        nurse = clinic.nurse()
        numb(world, "10:00", nurse=nurse, device=laser)

        def beside(clock, **fields):
            others = {
                "physician": clinic.physician(),
                "room": clinic.room(),
                "patient": world.a_patient(),
            }
            return numb(world, clock, **(others | fields))

        for clock, fields, resource in (
            ("09:15", {"nurse": nurse}, Resource.NURSE),
            ("10:15", {"device": laser}, Resource.DEVICE),
        ):
            with pytest.raises(rules.SlotTaken) as refusal:
                beside(clock, **fields)
            assert refusal.value.resource == resource
        assert beside("10:30", device=laser)
        assert beside("09:00", nurse=nurse)

    def test_a_moved_visit_keeps_its_phases_and_its_people(self, world, laser):
        nurse = clinic.nurse()
        booked = numb(world, "10:00", nurse=nurse, device=laser)

        moved = actions.move_appointment(
            appointment_id=booked.pk,
            starts_at=at("14:00"),
            seen_version=1,
            by=world.desk,
            now=NOW,
        )

        assert (moved.physician_from, moved.ends_at) == (at("14:30"), at("15:00"))
        assert (moved.nurse, moved.device) == (nurse, laser)

    @pytest.mark.parametrize("clock", ["09:45", "11:00"])
    def test_the_physician_comes_within_the_visit(self, world, clock):
        with pytest.raises(rules.NotBookable):
            numb(world, "10:00", physician_from=at(clock))

    def test_what_is_offered_with_numbing_can_be_booked_and_the_rest_cannot(self, world, laser):
        numb(world, "10:00", device=laser, nurse=clinic.nurse())
        other = world.a_patient()
        wish = {
            "physician": world.physician,
            "rooms": [world.room, world.other_room],
            "patient": other,
            "device": laser,
            "length": timedelta(minutes=20),
            "numbing": timedelta(minutes=30),
            "now": NOW,
        }

        offers = queries.free_slots_for(**wish, first=TUESDAY, last=TUESDAY)[TUESDAY]
        starts = {offer.span.starts_at for offer in offers}

        grid = [at("09:00") + timedelta(minutes=15) * number for number in range(36)]
        for start in grid:
            room = next(
                (each.room for each in offers if each.span.starts_at == start), world.other_room
            )
            visit = {
                "patient": other,
                "room": room,
                "device": laser,
                "starts_at": start,
                "physician_from": start + timedelta(minutes=30),
                "ends_at": start + timedelta(minutes=50),
            }
            try:
                booked = actions.book(**(world.wish() | visit), by=world.desk, now=NOW)
            except (rules.SlotTaken, rules.NotBookable):
                assert start not in starts
            else:
                assert start in starts
                Appointment.objects.filter(pk=booked.pk).delete()
        assert starts


GUARDS = {
    "physician_is_never_in_two_places": {"physician"},
    "room_never_holds_two_visits": {"room"},
    "nurse_is_never_in_two_places": {"nurse"},
    "device_is_never_used_twice": {"device"},
    "patient_is_never_in_two_places": {"patient"},
}


class TestTheTable:
    """What no action checked, the database refuses; and without its constraint it does not."""

    def rows(self, world, laser, shared):
        nurse = clinic.nurse()
        one = world.wish("10:00") | {"nurse": nurse, "device": laser}
        other = {
            "patient": world.a_patient(),
            "physician": clinic.physician(),
            "room": world.other_room,
            "nurse": clinic.nurse(),
            "device": hours.add_device(name="Kalem", by="test", now=NOW),
        }
        other = world.wish("10:15") | one | other | {name: one[name] for name in shared}
        other |= {"starts_at": at("10:15"), "ends_at": at("10:45")}
        for row in (one, other):
            Appointment.objects.create(
                **row, physician_from=row["starts_at"], booked_by=world.desk, booked_at=NOW
            )

    @pytest.mark.parametrize(("name", "shared"), GUARDS.items())
    def test_it_refuses_two_visits_of_one_resource(self, world, laser, name, shared):
        with pytest.raises(IntegrityError) as violation, transaction.atomic():
            self.rows(world, laser, shared)

        assert name in str(violation.value)

    @pytest.mark.parametrize(("name", "shared"), GUARDS.items())
    def test_without_the_constraint_it_takes_both(self, world, laser, name, shared):
        (guard,) = [each for each in Appointment._meta.constraints if each.name == name]
        with connection.schema_editor() as editor:
            editor.remove_constraint(Appointment, guard)

        self.rows(world, laser, shared)

        assert Appointment.objects.filter(state__in=HOLDING).count() == 2

    def test_every_resource_has_its_constraint(self):
        names = {each.name for each in Appointment._meta.constraints}

        assert set(GUARDS) <= names
        assert {next(iter(each)) for each in GUARDS.values()} == {each.value for each in Resource}


class TestWhoIsThere:
    def away(self, starts, ends, **of):
        return hours.block_time(
            **({"kind": Blocking.ABSENCE, "why": "Kongre"} | of),
            starts_at=starts,
            ends_at=ends,
            by=clinic.manager(),
            now=NOW,
        )

    def says(self, world, clock="10:00", **fields):
        with pytest.raises(rules.NotBookable) as refusal:
            numb(world, clock, **fields)
        return str(refusal.value)

    def test_an_absence_says_who_is_away_until_when(self, world):
        self.away(ALL_DAY[0] - timedelta(days=3), ALL_DAY[1] + timedelta(days=2),
                  member=world.physician)  # fmt: skip

        assert self.says(world) == f"{world.physician.display_name} is away until 26 Nov 2026."

    def test_an_hour_away_says_which(self, world):
        self.away(at("10:00"), at("11:00"), member=world.physician)

        assert "is away on 24 Nov 2026 from 10:00 to 11:00" in self.says(world)
        assert numb(world, "10:30")  # the skin goes numb meanwhile

    def test_time_kept_free_of_a_room_or_device_says_why(self, world, laser):
        self.away(at("09:00"), at("12:00"), room=world.room, kind=Blocking.BLOCKED, why="Boya")
        self.away(at("13:00"), at("14:00"), device=laser, kind=Blocking.BLOCKED, why="")

        words = self.says(world)
        assert world.room.name in words
        assert "09:00 to 12:00 (Boya)" in words
        assert "Lazer is kept free" in self.says(
            world, "13:00", room=world.other_room, device=laser
        )

    def test_an_absence_of_the_nurse_counts_while_the_skin_goes_numb(self, world):
        nurse = clinic.nurse()
        self.away(at("10:00"), at("10:30"), member=nurse)

        assert nurse.display_name in self.says(world, nurse=nurse)

    def test_what_was_taken_back_is_free_again(self, world):
        blocked = self.away(*ALL_DAY, member=world.physician)
        hours.lift_block(blocked_id=blocked.time.pk, by=world.physician, now=NOW)

        assert numb(world, "10:00")

    def test_hours_of_the_physician_are_named(self, world):
        hours.set_working_hours(
            member=world.physician,
            week={1: [(time(10), time(12))], 2: [(time(9), time(18))]},
            valid_from=TUESDAY,
            by="test",
            now=NOW,
        )

        assert "works 10:00–12:00" in self.says(world, "11:15")
        assert numb(world, "09:30")  # numb before the physician comes
        with pytest.raises(rules.NotBookable) as refusal:
            world.book("10:00", TUESDAY + timedelta(days=2))
        assert "does not work on 26 Nov 2026" in str(refusal.value)

    def test_a_half_day_says_from_when_and_why(self, world):
        hours.close_day(on=TUESDAY, why="Arife", closed_from=time(13), by="test", now=NOW)

        words = self.says(world, "12:30")

        assert "closes at 13:00 (Arife)" in words
        assert numb(world, "12:00")

    def test_who_is_no_nurse_assists_nobody(self, world):
        assert "does not assist" in self.says(world, nurse=clinic.receptionist())

    def test_a_device_out_of_use_is_not_booked(self, world, laser):
        laser = hours.use_resource(resource=laser, is_used=False, by="test", now=NOW)

        assert "not in use" in self.says(world, device=laser)

    def test_no_time_is_offered_that_would_be_refused(self, world, laser):
        nurse = clinic.nurse()
        self.away(at("11:00"), at("12:00"), member=world.physician)
        self.away(at("12:00"), at("12:30"), member=nurse)
        self.away(at("14:00"), at("15:00"), room=world.room)
        self.away(at("16:00"), at("16:30"), device=laser)
        hours.close_day(on=TUESDAY, why="Arife", closed_from=time(17), by="test", now=NOW)
        hours.set_working_hours(
            member=world.physician,
            week={1: [(time(9, 30), time(13)), (time(13, 45), time(18))]},
            valid_from=TUESDAY,
            by="test",
            now=NOW,
        )
        hours.set_working_hours(
            member=nurse,
            week={1: [(time(9), time(16, 30))]},
            valid_from=TUESDAY,
            by="test",
            now=NOW,
        )
        wish = world.wish() | {"nurse": nurse, "device": laser}

        offers = queries.free_slots_for(
            physician=world.physician,
            rooms=[world.room],
            patient=world.patient,
            nurse=nurse,
            device=laser,
            first=TUESDAY,
            last=TUESDAY,
            length=timedelta(minutes=30),
            numbing=timedelta(minutes=15),
            now=NOW,
        )[TUESDAY]
        starts = {offer.span.starts_at for offer in offers}

        for number in range(36):
            start = at("09:00") + timedelta(minutes=15) * number
            visit = wish | {
                "starts_at": start,
                "physician_from": start + timedelta(minutes=15),
                "ends_at": start + timedelta(minutes=45),
            }
            try:
                actions.check_bookable([actions.Visit(**visit)], now=NOW)
            except rules.NotBookable:
                assert start not in starts
            else:
                assert start in starts
        assert 5 < len(starts) < 30


def test_what_is_read_does_not_grow_with_the_days_that_are_asked_for(
    world, laser, django_assert_num_queries
):
    nurse = clinic.nurse()
    for member in (world.physician, nurse):
        hours.set_working_hours(
            member=member,
            week={weekday: [(time(9), time(17))] for weekday in range(5)},
            valid_from=TUESDAY,
            by="test",
            now=NOW,
        )
    wish = {
        "physician": world.physician,
        "rooms": [world.room, world.other_room],
        "patient": world.patient,
        "nurse": nurse,
        "device": laser,
        "first": TUESDAY,
        "now": NOW,
    }
    half_hour = timedelta(minutes=30)
    for days in (7, 90):
        last = TUESDAY + timedelta(days=days)
        with django_assert_num_queries(5):
            window = queries.availability(**wish, last=last)
        with django_assert_num_queries(1):
            free = queries.free_slots_for(**wish, last=last, length=half_hour, numbing=half_hour)
        assert free == {
            day: window.offers(day, wish["rooms"], half_hour, half_hour) for day in free
        }


def test_the_clinics_own_lengths_hold_and_the_shipped_ones_until_then(world):
    assert queries.length_of(AppointmentKind.LASER) == (30, 0)

    actions.set_kind_length(
        kind=AppointmentKind.LASER, minutes=20, numbing_minutes=45, by="test", now=NOW
    )

    assert queries.length_of(AppointmentKind.LASER) == (20, 45)
    for minutes, numbing in ((4, 0), (241, 0), (30, 121)):
        with pytest.raises(rules.WrongLength):
            actions.set_kind_length(
                kind=AppointmentKind.LASER,
                minutes=minutes,
                numbing_minutes=numbing,
                by="test",
                now=NOW,
            )


def test_the_words_of_a_day_are_those_of_the_clinics_zone():
    late = datetime(2026, 11, 24, 22, 30, tzinfo=clinic_zone())
    words = rules.away_in_words(
        Blocking.ABSENCE,
        rules.Span(late, late + timedelta(hours=1)),
        who="Dr. A",
        why="",
        on=date(2026, 11, 24),
        zone=clinic_zone(),
    )

    assert words == "Dr. A is away on 24 Nov 2026 from 22:30 to 23:30."
