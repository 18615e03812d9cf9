"""A time that is taken, booked once more on purpose: who may, why it is kept, and what it never does."""

from datetime import timedelta

import pytest

from clinic.audit.models import AuditEntry
from clinic.staff.rules import may
from clinic.staff.terms import Ability, Role
from clinic.tests import builders as clinic
from treatments.booking import actions, holds, rules
from treatments.booking.terms import AppointmentState, Resource
from treatments.booking.tests.world import NOW, at, holding

WHY = "Ağrısı var, bugün görülmeli"


def twice(world, clock="10:00", *, by=None, why=WHY, **fields):
    return actions.book(
        **(world.wish(clock) | {"patient": world.a_patient()} | fields),
        overbooked_because=why,
        by=by or world.physician,
        now=NOW,
    )


def test_the_physician_may_and_the_desk_may_not():
    assert {role for role in Role if may(role, Ability.OVERBOOK)} == {Role.PHYSICIAN}


def test_it_is_kept_with_its_reason_and_written_down(world):
    world.book("10:00")

    booked = twice(world)

    assert (booked.overbooked_because, len(holding())) == (WHY, 2)
    entry = AuditEntry.objects.get(verb="appointment.booked", subject_id=str(booked.pk))
    assert entry.detail["overbooked_because"] == WHY


def test_the_desk_is_refused_whatever_it_writes(world):
    world.book("10:00")

    with pytest.raises(rules.MayNotOverbook) as refusal:
        twice(world, by=world.desk)

    assert refusal.value.status == 403
    assert len(holding()) == 1


@pytest.mark.parametrize("why", ["acil", "         x  "])
def test_a_reason_has_ten_characters(world, why):
    world.book("10:00")

    with pytest.raises(rules.ReasonNeeded):
        twice(world, why=why)


def test_the_patient_is_never_in_two_places(world):
    world.book("10:00")

    with pytest.raises(rules.SlotTaken) as refusal:
        twice(world, patient=world.patient, physician=clinic.physician(), room=world.other_room)

    assert refusal.value.resource == Resource.PATIENT


def test_what_is_free_is_an_ordinary_booking(world):
    booked = twice(world)

    assert booked.overbooked_because == ""
    with pytest.raises(rules.SlotTaken):
        world.book("10:00", patient=world.a_patient())


def test_a_time_that_is_kept_for_somebody_is_not_overbooked(world):
    holds.hold_slot(**world.wish(), by=world.desk, now=NOW)

    with pytest.raises(rules.SlotTaken):
        twice(world)


def test_nobody_else_is_booked_into_a_time_that_only_an_overbooked_visit_holds(world):
    first = world.book("10:00")
    twice(world)
    actions.cancel_appointment(appointment_id=first.pk, seen_version=1, by=world.desk, now=NOW)

    with pytest.raises(rules.SlotTaken):
        world.book("10:00", patient=world.a_patient())


def test_moved_to_a_free_time_it_is_an_ordinary_visit_again(world):
    world.book("10:00")
    booked = twice(world)

    moved = actions.move_appointment(
        appointment_id=booked.pk,
        starts_at=at("14:00"),
        seen_version=1,
        by=world.desk,
        now=NOW,
    )

    assert moved.overbooked_because == ""


def test_a_visit_is_moved_onto_a_taken_time_with_a_reason_only(world):
    world.book("10:00")
    other = world.book("14:00", patient=world.a_patient())
    move = {"appointment_id": other.pk, "starts_at": at("10:00"), "seen_version": 1, "now": NOW}

    with pytest.raises(rules.SlotTaken):
        actions.move_appointment(**move, by=world.physician)
    moved = actions.move_appointment(**move, overbooked_because=WHY, by=world.physician)

    assert (moved.starts_at, moved.overbooked_because) == (at("10:00"), WHY)


def test_an_overbooked_visit_that_was_missed_by_mistake_comes_back(world):
    world.book("10:00", clinic.MONDAY)
    booked = twice(world, starts_at=at("10:00", clinic.MONDAY), ends_at=at("10:30", clinic.MONDAY))
    later = NOW + timedelta(hours=2)
    S = AppointmentState  # noqa: N806
    for to, version in ((S.MISSED, 1), (S.ARRIVED, 2)):
        booked = actions.change_state(
            appointment_id=booked.pk, to=to, seen_version=version, by=world.desk, now=later
        )

    assert booked.state == S.ARRIVED
