"""A booking that is sent twice is one booking; and days on which somebody allows no visit."""

from datetime import timedelta
from uuid import uuid4

import pytest

from clinic.tests import builders as clinic
from treatments.booking import actions, holds, hooks, rules
from treatments.booking.models import Appointment, BookingRequest
from treatments.booking.terms import AppointmentKind
from treatments.booking.tests.world import NOW, TUESDAY, at


def book(world, key, clock="10:00", *, by=None, now=NOW, **fields):
    return actions.book(
        **world.wish(clock, **fields), request_key=key, by=by or world.desk, now=now
    )


def test_the_same_request_again_gives_the_same_visit(world):
    key = uuid4()
    booked = book(world, key)

    assert book(world, key, now=NOW + timedelta(minutes=5)) == booked
    assert Appointment.objects.count() == 1


def test_after_a_move_the_same_request_still_gives_its_visit(world):
    key = uuid4()
    booked = book(world, key)
    actions.move_appointment(
        appointment_id=booked.pk, starts_at=at("14:00"), seen_version=1, by=world.desk, now=NOW
    )

    assert book(world, key) == booked


@pytest.mark.parametrize(
    "other", [{"clock": "11:00"}, {"kind": AppointmentKind.REVIEW}, {"minutes": 45}]
)
def test_the_same_key_with_other_content_is_refused(world, other):
    key = uuid4()
    book(world, key)

    with pytest.raises(rules.IdempotencyMismatch) as refusal:
        book(world, key, **other)

    assert (refusal.value.status, refusal.value.code) == (422, "idempotency_mismatch")
    assert Appointment.objects.count() == 1


def test_the_key_of_another_user_never_matches(world):
    key = uuid4()
    book(world, key)

    with pytest.raises(rules.IdempotencyMismatch):
        book(world, key, by=clinic.receptionist())


def test_a_refused_request_uses_no_key_up(world):
    key = uuid4()
    world.book("10:00", patient=world.a_patient())

    with pytest.raises(rules.SlotTaken):
        book(world, key)
    assert not BookingRequest.objects.exists()
    assert book(world, key, "11:00")


class TestWaits:
    @pytest.fixture
    def peel_waits(self, monkeypatch):
        """Until Wednesday, for peels."""

        def limits(asked):
            if asked.kind != AppointmentKind.PEEL:
                return {}
            days = (asked.last - asked.first).days + 1
            waits = [asked.first + timedelta(days=number) for number in range(days)]
            return {day: "Wait after the laser." for day in waits if day <= TUESDAY}

        monkeypatch.setattr(hooks.limits_of_booking, "_listeners", [limits])

    def test_a_day_that_somebody_does_not_allow_is_refused_with_the_reason(self, world, peel_waits):
        for attempt in (
            lambda: world.book("10:00", kind=AppointmentKind.PEEL),
            lambda: actions.book_all(
                visits=[world.visit("10:00", kind=AppointmentKind.PEEL)], by=world.desk, now=NOW
            ),
            lambda: holds.hold_slot(
                **world.wish("10:00", kind=AppointmentKind.PEEL), by=world.desk, now=NOW
            ),
        ):
            with pytest.raises(rules.NotBookable, match="Wait after the laser"):
                attempt()
        assert world.book("10:00")
        assert world.book("10:00", TUESDAY + timedelta(days=1), kind=AppointmentKind.PEEL)

    def test_a_visit_is_not_moved_onto_such_a_day(self, world, peel_waits):
        booked = world.book("10:00", TUESDAY + timedelta(days=1), kind=AppointmentKind.PEEL)

        with pytest.raises(rules.NotBookable, match="Wait after the laser"):
            actions.move_appointment(
                appointment_id=booked.pk,
                starts_at=at("10:00"),
                seen_version=1,
                by=world.desk,
                now=NOW,
            )
