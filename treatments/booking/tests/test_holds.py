"""A time kept for one patient: it blocks others, it ends by itself, and nobody hoards."""

from datetime import timedelta

import pytest

from clinic.audit.models import AuditEntry
from clinic.tests import builders as clinic
from treatments.booking import actions, holds, queries, rules
from treatments.booking.models import Appointment, SlotHold
from treatments.booking.terms import AppointmentState
from treatments.booking.tests.world import NOW, TUESDAY, at, holding

OVER = NOW + rules.KEPT_FOR


def hold(world, clock="10:00", *, now=NOW, **fields):
    keep = fields.pop("keep", rules.KEPT_FOR)
    return holds.hold_slot(**world.wish(clock, **fields), keep=keep, by=world.desk, now=now)


def confirm(world, kept, *, now=NOW):
    return holds.confirm_hold(hold_id=kept.pk, by=world.desk, now=now)


def offered(world, patient, *, now=NOW):
    free = queries.free_slots_for(
        physician=world.physician,
        rooms=[world.room],
        patient=patient,
        first=TUESDAY,
        last=TUESDAY,
        length=timedelta(minutes=30),
        now=now,
    )
    return {offer.span.starts_at for offer in free[TUESDAY]}


def test_a_kept_time_is_nobody_elses(world):
    other = world.a_patient()
    hold(world)

    assert at("10:00") not in offered(world, other)
    with pytest.raises(rules.SlotTaken):
        world.book("10:15", patient=other)
    with pytest.raises(rules.SlotTaken):
        hold(world, "09:45", patient=other)
    assert world.book("10:30", patient=other)


def test_confirmed_it_is_a_visit_and_confirmed_again_the_same_one(world):
    kept = hold(world)

    booked = confirm(world, kept)

    assert (booked.starts_at, booked.patient) == (at("10:00"), world.patient)
    assert confirm(world, kept) == booked
    assert len(holding()) == 1
    kept.refresh_from_db()
    assert kept.appointment == booked
    assert AuditEntry.objects.filter(verb="appointment.booked").count() == 1


def test_who_confirmed_by_a_link_stands_in_the_record(world):
    booked = holds.confirm_hold(
        hold_id=hold(world).pk, by=world.physician, acting="patient link", now=NOW
    )

    entry = AuditEntry.objects.get(verb="appointment.booked")
    assert (entry.by_system, booked.booked_by) == ("patient link", world.physician)


def test_what_is_over_keeps_nothing_although_nobody_swept_it(world):
    kept = hold(world)
    other = world.a_patient()

    assert at("10:00") in offered(world, other, now=OVER)
    booked = world.book("10:00", patient=other, now=OVER)

    assert SlotHold.objects.get().ended_at is None
    with pytest.raises(rules.HoldExpired) as refusal:
        confirm(world, kept, now=OVER)
    assert (refusal.value.status, refusal.value.code) == (409, "hold_expired")
    assert holding() == [booked]


def test_until_its_last_moment_it_is_kept(world):
    kept = hold(world)

    assert confirm(world, kept, now=OVER - timedelta(seconds=1))


def test_given_back_it_is_free_at_once_and_cannot_be_confirmed(world):
    kept = hold(world)

    holds.give_back_hold(hold_id=kept.pk, by=world.desk, now=NOW)
    holds.give_back_hold(hold_id=kept.pk, by=world.desk, now=NOW)

    assert AuditEntry.objects.filter(verb="slot.freed").count() == 1
    with pytest.raises(rules.HoldExpired):
        confirm(world, kept)
    assert world.book("10:00", patient=world.a_patient())


def test_a_third_time_is_not_kept_for_one_patient(world):
    """B11: whoever asks for 200 gets two."""
    answers = []
    for number in range(200):
        clock = f"{9 + number % 8:02}:{number % 4 * 15:02}"
        try:
            answers.append(hold(world, clock, minutes=15))
        except rules.TooManyHolds as refusal:
            answers.append(refusal)

    refusals = [each for each in answers if isinstance(each, rules.TooManyHolds)]
    assert len(refusals) == len(answers) - 2 == 198
    assert {(each.status, each.retry_after) for each in refusals} == {(429, 600)}
    assert queries.live_holds(NOW).count() == 2
    assert hold(world, "15:00", patient=world.a_patient())
    assert hold(world, "15:30", now=OVER)


def test_what_cannot_be_booked_is_not_kept(world):
    with pytest.raises(rules.NotBookable):
        hold(world, "19:00")
    with pytest.raises(rules.NotBookable):
        hold(world, physician=clinic.nurse())
    assert not SlotHold.objects.exists()


def test_nobody_keeps_a_time_for_months(world):
    kept = hold(world, keep=timedelta(days=200))

    assert kept.expires_at == NOW + rules.LONGEST_KEPT


def test_of_two_that_keep_one_time_the_first_is_confirmed(world):
    """No action makes two; if they stood there all the same, one of them would become a visit."""
    first = hold(world)
    fields = ("physician", "room", "kind", "starts_at", "physician_from", "ends_at", "expires_at")
    second = SlotHold.objects.create(
        **{name: getattr(first, name) for name in fields},
        patient=world.a_patient(),
        made_at=NOW + timedelta(seconds=1),
    )

    with pytest.raises(rules.SlotTaken):
        confirm(world, second)
    assert confirm(world, first)


def test_who_was_missed_does_not_come_back_into_a_time_that_is_kept(world):
    booked = world.book("10:00", clinic.MONDAY)
    later = NOW + timedelta(minutes=30)
    actions.change_state(
        appointment_id=booked.pk,
        to=AppointmentState.MISSED,
        seen_version=1,
        by=world.desk,
        now=later,
    )
    holds.hold_slot(
        **world.wish("10:00", clinic.MONDAY, patient=world.a_patient()), by=world.desk, now=later
    )

    with pytest.raises(rules.SlotTaken):
        actions.change_state(
            appointment_id=booked.pk,
            to=AppointmentState.ARRIVED,
            seen_version=2,
            by=world.desk,
            now=later,
        )
    assert Appointment.objects.get().state == AppointmentState.MISSED
