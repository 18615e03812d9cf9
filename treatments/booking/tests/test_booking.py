from datetime import date, timedelta

import pytest
from django.db import IntegrityError, transaction

from clinic.audit.models import AuditEntry
from clinic.hours.actions import close_day
from clinic.tests import builders as clinic
from treatments.booking import actions, hooks, queries, rules
from treatments.booking.models import Appointment
from treatments.booking.terms import AppointmentKind, AppointmentState, Resource
from treatments.booking.tests.world import NOW, TUESDAY, at, holding

S = AppointmentState


def test_a_booking_holds_the_time_and_is_written_down(world):
    booked = world.book("10:00")

    assert (booked.state, booked.version) == (S.BOOKED, 1)
    entry = AuditEntry.objects.get(verb="appointment.booked")
    assert (entry.subject_id, entry.patient_id) == (str(booked.pk), world.patient.pk)
    assert entry.actor == world.desk


def test_visits_that_touch_do_not_meet(world):
    world.book("10:00")
    world.book("10:30")
    world.book("09:30")

    assert len(holding()) == 3


@pytest.mark.parametrize(
    ("shared", "resource"),
    [
        ("physician", Resource.PHYSICIAN),
        ("room", Resource.ROOM),
        ("patient", Resource.PATIENT),
    ],
)
def test_nobody_and_nothing_is_in_two_visits_at_once(world, shared, resource):
    world.book("10:00")
    others = {
        "physician": clinic.physician(),
        "room": world.other_room,
        "patient": world.a_patient(),
    }
    others.pop(shared)

    with pytest.raises(rules.SlotTaken) as refusal:
        world.book("10:15", **others)

    assert refusal.value.resource == resource
    assert (refusal.value.status, refusal.value.code) == (409, "slot_taken")
    assert len(holding()) == 1


def test_the_refusal_names_who_when_and_the_nearest_free_times(world):
    world.book("10:00")

    with pytest.raises(rules.SlotTaken) as refusal:
        world.book("10:00", patient=world.a_patient(), room=world.other_room)

    words = str(refusal.value)
    assert world.physician.display_name in words
    assert "10:00" in words
    assert "10:30" in words
    assert [each.starts_at for each in refusal.value.alternatives] == [
        at("09:15"),
        at("09:30"),
        at("10:30"),
    ]


def test_the_named_alternatives_can_be_booked(world):
    world.book("10:00")
    other = world.a_patient()
    with pytest.raises(rules.SlotTaken) as refusal:
        world.book("10:15", patient=other)

    first = refusal.value.alternatives[0]
    booked = actions.book(
        **(world.wish(patient=other) | {"starts_at": first.starts_at, "ends_at": first.ends_at}),
        by=world.desk,
        now=NOW,
    )

    assert booked in holding()


def test_the_table_itself_refuses_what_no_action_checked(world):
    world.book("10:00")

    with pytest.raises(IntegrityError), transaction.atomic():
        Appointment.objects.create(
            **world.wish("10:15", patient=world.a_patient()), booked_by=world.desk, booked_at=NOW
        )


def test_what_the_table_refuses_reaches_the_caller_in_words(world, monkeypatch):
    world.book("10:00")
    monkeypatch.setattr(actions, "refuse_early", lambda visits, **_more: None)
    monkeypatch.setattr(actions, "check_free", lambda visits, **kwargs: list(visits))

    with pytest.raises(rules.SlotTaken) as refusal:
        world.book("10:15", patient=world.a_patient())

    assert refusal.value.resource in (Resource.PHYSICIAN, Resource.ROOM)


@pytest.mark.parametrize(
    ("clock", "day", "says"),
    [
        ("10:00", TUESDAY - timedelta(days=8), "passed"),
        ("10:00", TUESDAY + timedelta(days=371), "a year ahead"),
        ("08:30", TUESDAY, "09:00–18:00"),
        ("17:45", TUESDAY, "09:00–18:00"),
        ("10:00", date(2026, 11, 28), "30 Nov 2026"),
    ],
)
def test_what_is_not_bookable_says_what_is(world, clock, day, says):
    with pytest.raises(rules.NotBookable) as refusal:
        world.book(clock, day)

    assert says in str(refusal.value)
    assert refusal.value.status == 422
    assert not holding()


def test_a_closed_day_gives_its_reason_and_the_next_open_day(world):
    close_day(on=TUESDAY, why="Öğretmenler Günü", by=world.desk, now=NOW)

    with pytest.raises(rules.NotBookable) as refusal:
        world.book("10:00")

    assert "Öğretmenler Günü" in str(refusal.value)
    assert "25 Nov 2026" in str(refusal.value)


def test_who_is_no_physician_here_is_not_booked(world):
    with pytest.raises(rules.NotBookable):
        world.book("10:00", physician=clinic.nurse())
    with pytest.raises(rules.NotBookable):
        world.book("10:00", physician=clinic.physician(is_active=False))


def test_many_visits_are_booked_together_or_not_at_all(world):
    world.book("11:00", patient=world.a_patient())

    with pytest.raises(rules.SlotTaken):
        actions.book_all(
            visits=[world.visit("10:00"), world.visit("11:00")], by=world.desk, now=NOW
        )

    assert len(holding()) == 1
    assert not Appointment.objects.filter(patient=world.patient).exists()


def test_the_cost_of_booking_does_not_grow_with_the_number_of_visits(
    world, django_assert_num_queries
):
    few = [world.visit("09:00"), world.visit("09:30")]
    many = [world.visit(f"{hour}:00") for hour in range(10, 18)]

    actions.lock_visits(few)
    with django_assert_num_queries(2):
        actions.place(few, by=world.desk, now=NOW)
    with django_assert_num_queries(2):
        actions.place(many, by=world.desk, now=NOW)


def test_a_cancelled_visit_gives_its_time_back(world):
    booked = world.book("10:00")

    actions.cancel_appointment(appointment_id=booked.pk, seen_version=1, by=world.desk, now=NOW)

    assert world.book("10:00", patient=world.a_patient()).state == S.BOOKED
    assert AuditEntry.objects.filter(verb="appointment.cancelled").count() == 1


def test_a_moved_visit_keeps_its_length_and_asks_to_be_confirmed_again(world):
    booked = world.book("10:00", minutes=45)
    confirmed = actions.change_state(
        appointment_id=booked.pk, to=S.CONFIRMED, seen_version=1, by=world.desk, now=NOW
    )

    moved = actions.move_appointment(
        appointment_id=booked.pk,
        starts_at=at("14:00"),
        room=world.other_room,
        seen_version=confirmed.version,
        by=world.desk,
        now=NOW,
    )

    assert (moved.starts_at, moved.ends_at) == (at("14:00"), at("14:45"))
    assert (moved.state, moved.room) == (S.BOOKED, world.other_room)
    assert world.book("10:00", patient=world.a_patient())


def test_a_visit_may_move_into_its_own_time(world):
    booked = world.book("10:00")

    moved = actions.move_appointment(
        appointment_id=booked.pk,
        starts_at=at("10:15"),
        seen_version=1,
        by=world.desk,
        now=NOW,
    )

    assert moved.starts_at == at("10:15")


def test_moving_onto_a_taken_time_changes_nothing(world):
    booked = world.book("10:00")
    world.book("11:00", patient=world.a_patient())

    with pytest.raises(rules.SlotTaken):
        actions.move_appointment(
            appointment_id=booked.pk,
            starts_at=at("11:15"),
            seen_version=1,
            by=world.desk,
            now=NOW,
        )

    booked.refresh_from_db()
    assert (booked.starts_at, booked.version) == (at("10:00"), 1)


def test_what_the_reader_did_not_see_is_not_overwritten(world):
    booked = world.book("10:00")
    actions.change_state(
        appointment_id=booked.pk, to=S.CONFIRMED, seen_version=1, by=world.desk, now=NOW
    )
    writes = [
        lambda: actions.cancel_appointment(
            appointment_id=booked.pk, seen_version=1, by=world.desk, now=NOW
        ),
        lambda: actions.change_state(
            appointment_id=booked.pk, to=S.ARRIVED, seen_version=1, by=world.desk, now=NOW
        ),
        lambda: actions.move_appointment(
            appointment_id=booked.pk,
            starts_at=at("11:00"),
            seen_version=1,
            by=world.desk,
            now=NOW,
        ),
    ]

    for write in writes:
        with pytest.raises(rules.StaleVersion) as refusal:
            write()
        assert "Confirmed" in str(refusal.value)
        assert (refusal.value.status, refusal.value.code) == (409, "stale_version")

    booked.refresh_from_db()
    assert (booked.state, booked.version) == (S.CONFIRMED, 2)


def test_arriving_is_one_step_and_can_be_taken_back(world):
    booked = world.book("10:00", clinic.MONDAY)

    arrived = actions.change_state(
        appointment_id=booked.pk, to=S.ARRIVED, seen_version=1, by=world.desk, now=NOW
    )
    assert arrived.arrived_at == NOW

    back = actions.change_state(
        appointment_id=booked.pk, to=S.BOOKED, seen_version=2, by=world.desk, now=NOW
    )
    assert (back.state, back.arrived_at) == (S.BOOKED, None)


def test_nobody_arrives_before_the_day_has_come(world):
    booked = world.book("10:00", TUESDAY)

    with pytest.raises(rules.TooEarly):
        actions.change_state(
            appointment_id=booked.pk, to=S.ARRIVED, seen_version=1, by=world.desk, now=NOW
        )


def test_a_missed_visit_comes_back_only_while_its_time_is_free(world):
    booked = world.book("10:00", clinic.MONDAY)
    later = NOW + timedelta(hours=1, minutes=5)
    actions.change_state(
        appointment_id=booked.pk, to=S.MISSED, seen_version=1, by=world.desk, now=NOW
    )
    world.book("10:15", clinic.MONDAY, patient=world.a_patient())

    with pytest.raises(rules.SlotTaken):
        actions.change_state(
            appointment_id=booked.pk, to=S.ARRIVED, seen_version=2, by=world.desk, now=later
        )

    booked.refresh_from_db()
    assert booked.state == S.MISSED


def test_a_listener_that_refuses_takes_the_move_back(world, monkeypatch):
    booked = world.book("10:00")

    def refuse(appointment, by, now):
        raise rules.NotBookable("no")

    monkeypatch.setattr(hooks.appointment_moved, "_listeners", [refuse])
    with pytest.raises(rules.NotBookable):
        actions.move_appointment(
            appointment_id=booked.pk,
            starts_at=at("11:00"),
            seen_version=1,
            by=world.desk,
            now=NOW,
        )

    booked.refresh_from_db()
    assert booked.starts_at == at("10:00")


def test_free_times_of_many_days_are_one_read(world, django_assert_num_queries):
    world.book("10:00")
    other = clinic.physician()
    world.book("10:30", physician=other, patient=world.a_patient())

    with django_assert_num_queries(1):
        free = queries.free_slots_for(
            physician=world.physician,
            rooms=[world.room, world.other_room],
            patient=world.patient,
            first=TUESDAY,
            last=TUESDAY + timedelta(days=89),
            length=timedelta(minutes=30),
            now=NOW,
        )

    starts = [offer.span.starts_at for offer in free[TUESDAY]]
    assert at("10:00") not in starts
    assert at("09:45") not in starts
    # The other physician is in the first room then; the second room is free.
    (half_past,) = [offer for offer in free[TUESDAY] if offer.span.starts_at == at("10:30")]
    assert half_past.room == world.other_room
    assert free[date(2026, 11, 28)] == []


def test_every_offered_time_can_be_booked(world):
    world.book("10:00")
    world.book("12:15", minutes=45, patient=world.a_patient(), room=world.other_room)
    free = queries.free_slots_for(
        physician=world.physician,
        rooms=[world.room],
        patient=world.patient,
        first=TUESDAY,
        last=TUESDAY,
        length=timedelta(minutes=30),
        now=NOW,
    )[TUESDAY]

    for offer in free[::3]:
        booked = actions.book(
            patient=world.patient,
            physician=world.physician,
            room=offer.room,
            kind=AppointmentKind.REVIEW,
            starts_at=offer.span.starts_at,
            ends_at=offer.span.ends_at,
            by=world.desk,
            now=NOW,
        )
        actions.cancel_appointment(appointment_id=booked.pk, seen_version=1, by=world.desk, now=NOW)
    assert len(free) > 20
