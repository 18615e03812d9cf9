"""A time becomes free, is offered to who waits the longest, and is taken once."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from clinic.hours.queries import local_date, rooms
from clinic.messages.models import Message
from clinic.messages.terms import MessageState
from clinic.tests import builders as clinic
from clinic.tests.builders import NOW
from patients.tests.builders import a_patient
from treatments.booking.actions import cancel_appointment
from treatments.booking.holds import give_back_hold
from treatments.booking.models import Appointment, SlotHold
from treatments.booking.rules import SlotTaken
from treatments.booking.terms import AppointmentKind, AppointmentState
from treatments.booking.tests.racing import race
from treatments.booking.tests.world import World, at
from treatments.plans.queries import planned_sessions
from treatments.tests.builders import a_booked_course
from treatments.waitlist import actions, letters, queries, rules
from treatments.waitlist.freed import address_of
from treatments.waitlist.models import SlotOffer, WaitlistEntry
from treatments.waitlist.terms import EntryEnd, OfferState
from treatments.waitlist.tests.builders import TUESDAY, a_free_time, waits

pytestmark = pytest.mark.django_db


def offered(entry, free, *, now=NOW, by=None):
    return actions.offer_time(entry_id=entry.pk, free=free, by=by or clinic.receptionist(), now=now)


def accepted(offer, *, now=NOW, by="patient link"):
    return actions.accept_offer(offer_id=offer.pk, by=by, now=now)


def who_fits(free, now=NOW):
    return [each.entry for each in queries.fits(free, now).candidates]


class TestWhoFits:
    def test_in_the_order_of_waiting_and_of_nothing_else(self):
        free = a_free_time()
        late = waits(now=NOW)
        early = waits(now=NOW - timedelta(days=2))
        other_day = waits(now=NOW - timedelta(days=3), weekdays=[0])
        assert who_fits(free) == [early, late]
        assert queries.fits(free, NOW).others == 1
        assert other_day not in who_fits(free)

    def test_a_patient_with_another_visit_at_that_time_does_not(self):
        world = World()
        free = a_free_time(room=world.other_room)
        world.book("10:15")
        waits(world.patient)
        assert who_fits(free) == []

    def test_a_session_fits_where_its_neighbours_and_the_tolerance_let_it(self):
        plan = a_booked_course(first_on=TUESDAY)
        second = planned_sessions(plan)[1]
        entry = waits(
            plan.patient, kind=AppointmentKind.SESSION, session=second, physician=plan.physician
        )
        on = local_date(second.appointment.starts_at)
        room = rooms()[0]
        same_day = a_free_time("09:00", on, physician=plan.physician, room=room)
        day_before = a_free_time(
            "09:00", on - timedelta(days=1), physician=plan.physician, room=room
        )
        assert who_fits(same_day) == [entry]
        assert who_fits(day_before) == []  # six days after the first: never

    def test_a_course_that_must_not_be_booked_is_not_offered_anything(self):
        plan = a_booked_course(first_on=TUESDAY)
        second = planned_sessions(plan)[1]
        waits(plan.patient, kind=AppointmentKind.SESSION, session=second)
        on = local_date(second.appointment.starts_at)
        free = a_free_time("09:00", on, physician=plan.physician)
        assert len(who_fits(free)) == 1
        from treatments.plans.actions import hold_plan

        hold_plan(plan=plan, reason="The physician looks first.", by=plan.physician, now=NOW)
        assert who_fits(free) == []

    def test_the_number_of_statements_does_not_grow_with_the_list(self):
        free = a_free_time()

        def statements():
            with CaptureQueriesContext(connection) as seen:
                queries.fits(free, NOW)
            return len(seen)

        for _ in range(2):
            waits()
        few = statements()
        for _ in range(6):
            waits()
        assert statements() == few


class TestOffering:
    def test_the_time_is_kept_and_the_patient_is_written_to(self):
        free = a_free_time()
        offer = offered(waits(), free)
        assert offer.expires_at == NOW + timedelta(hours=2)
        assert SlotHold.objects.get() == offer.hold
        message = Message.objects.get(about_id=offer.pk)
        assert (message.state, message.not_after) == (MessageState.PENDING, offer.expires_at)
        letter = letters.slot_offer(message, NOW)
        assert letter.to == offer.entry.patient.email
        assert reverse("patient:offer", args=["x"])[:3] in letter.text

    def test_whoever_gets_no_mail_is_telephoned(self):
        offer = offered(waits(a_patient(email="", reminders="paper")), a_free_time())
        message = Message.objects.get(about_id=offer.pk)
        assert message.state == MessageState.TO_CALL
        assert "10:00" in queries.words_to_say([message])[message.pk]

    def test_nobody_else_can_be_booked_meanwhile_and_everybody_after_it(self):
        world = World()
        offered(waits(), a_free_time(physician=world.physician, room=world.room))
        with pytest.raises(SlotTaken):
            world.book("10:00")
        assert world.book("10:00", now=NOW + timedelta(hours=3)).pk

    def test_one_offer_at_a_time_and_after_it_is_over_the_next(self):
        free, entry = a_free_time(), waits()
        first = offered(entry, free)
        with pytest.raises(rules.AlreadyWaits):
            offered(entry, a_free_time("14:00"))
        later = NOW + timedelta(hours=3)
        assert offered(entry, a_free_time("14:00"), now=later).pk
        first.refresh_from_db()
        assert first.state == OfferState.EXPIRED

    def test_whoever_let_an_offer_go_by_is_not_asked_about_it_again_and_the_next_one_is(self):
        free = a_free_time()
        first, second = waits(now=NOW - timedelta(days=1)), waits()
        offered(first, free)
        later = NOW + timedelta(hours=3)
        assert who_fits(free, later) == [second]
        assert offered(second, free, now=later).pk

    def test_what_does_not_fit_is_not_offered(self):
        with pytest.raises(rules.DoesNotFit):
            offered(waits(weekdays=[4]), a_free_time())
        assert not SlotHold.objects.exists()


class TestAnswering:
    def test_a_yes_books_the_time_and_ends_the_waiting(self):
        entry = waits()
        offer = offered(entry, a_free_time())
        visit = accepted(offer)
        entry.refresh_from_db()
        offer.refresh_from_db()
        assert (visit.starts_at, visit.kind) == (at("10:00"), AppointmentKind.CONSULTATION)
        assert (entry.ended_why, offer.state) == (EntryEnd.SERVED, OfferState.ACCEPTED)
        assert Message.objects.get(about_id=offer.pk).state == MessageState.CANCELLED

    def test_a_yes_moves_the_session_that_has_a_time_and_frees_the_old_one(self):
        plan = a_booked_course(first_on=TUESDAY)
        second = planned_sessions(plan)[1]
        entry = waits(plan.patient, kind=AppointmentKind.SESSION, session=second)
        on = local_date(second.appointment.starts_at)
        room = second.appointment.room
        free = a_free_time("09:00", on, physician=plan.physician, room=room)
        moved = accepted(offered(entry, free))
        assert moved.pk == second.appointment_id
        assert moved.starts_at == at("09:00", on)
        assert not Appointment.objects.holding_a_slot().filter(starts_at=at("10:00", on)).exists()
        assert planned_sessions(plan)[1].appointment == moved

    def test_a_no_frees_the_time_and_the_patient_waits_on(self):
        entry = waits()
        offer = offered(entry, a_free_time())
        actions.decline_offer(offer_id=offer.pk, by="patient link", now=NOW)
        entry.refresh_from_db()
        assert entry.ended_at is None
        assert SlotHold.objects.get().ended_at == NOW

    @pytest.mark.parametrize("answer", [actions.accept_offer, actions.decline_offer])
    def test_an_offer_is_answered_once_and_in_time(self, answer):
        offer = offered(waits(), a_free_time())
        with pytest.raises(rules.OfferOver) as over:
            answer(offer_id=offer.pk, by="patient link", now=offer.expires_at)
        assert over.value.status == 410
        accepted(offer, now=offer.expires_at - timedelta(seconds=1))
        with pytest.raises(rules.OfferOver):
            answer(offer_id=offer.pk, by="patient link", now=NOW)
        assert Appointment.objects.count() == 1

    def test_a_hold_that_was_given_back_otherwise_books_nothing(self):
        """The negative control of the hold: without it, a yes is refused and not a double booking."""
        world = World()
        offer = offered(waits(), a_free_time(physician=world.physician, room=world.room))
        give_back_hold(hold_id=offer.hold_id, by=world.desk, now=NOW)
        world.book("10:00")
        with pytest.raises(Exception, match="no longer kept"):
            accepted(offer)
        assert Appointment.objects.count() == 1

    def test_whoever_is_taken_off_the_list_loses_the_offer_too(self):
        entry = waits()
        offer = offered(entry, a_free_time())
        actions.take_off(entry_id=entry.pk, by=clinic.receptionist(), now=NOW)
        with pytest.raises(rules.OfferOver):
            accepted(offer)
        assert SlotHold.objects.get().ended_at == NOW
        assert WaitlistEntry.objects.get().ended_why == EntryEnd.LEFT


@pytest.mark.django_db(transaction=True)
def test_of_eight_clicks_at_once_one_takes_the_time():
    offer = offered(waits(), a_free_time())
    answers = race([lambda: accepted(offer)] * 8)
    won = [each for each in answers if isinstance(each, Appointment)]
    assert len(won) == 1
    assert all(isinstance(each, rules.OfferOver) for each in answers if each not in won)
    assert Appointment.objects.holding_a_slot().count() == 1
    assert SlotOffer.objects.get().state == OfferState.ACCEPTED


class TestPages:
    @pytest.fixture
    def desk(self, client, monkeypatch):
        monkeypatch.setattr("django.utils.timezone.now", lambda: NOW)
        client.force_login(clinic.receptionist(language="en"))
        client.cookies["django_language"] = "en"
        return client

    def fits_of(self, free):
        return address_of(free)

    def test_somebody_is_put_on_the_list(self, desk):
        patient = a_patient()
        clinic.open_weekdays()
        answer = desk.post(
            reverse("waitlist:add"),
            {
                "patient": patient.pk,
                "purpose": "consultation",
                "weekdays": ["1", "3"],
                "hours_from": "09:00",
                "note": "rings before noon",
            },
        )
        assert answer.status_code == 302
        page = desk.get(reverse("waitlist:list")).content.decode()
        assert patient.full_name in page
        assert "Tuesday, Thursday" in page
        assert "from 09:00" in page

    def test_twice_for_the_same_is_refused_and_what_was_typed_is_kept(self, desk):
        patient = waits().patient
        answer = desk.post(
            reverse("waitlist:add"),
            {"patient": patient.pk, "purpose": "consultation", "note": "as typed"},
        )
        assert answer.status_code == 409
        assert "as typed" in answer.content.decode()

    def test_a_wish_that_cannot_be_is_named(self, desk):
        answer = desk.post(
            reverse("waitlist:add"),
            {
                "patient": a_patient().pk,
                "purpose": "consultation",
                "earliest_on": "2026-12-02",
                "latest_on": "2026-12-01",
                "hours_from": "12:00",
                "hours_until": "11:00",
            },
        )
        assert answer.status_code == 422
        page = answer.content.decode()
        assert "The latest day is before the earliest one." in page
        assert "This is not after the hour before." in page

    def test_one_click_offers_a_freed_time(self, desk):
        world = World()
        booked = world.book("10:00")
        cancel_appointment(appointment_id=booked.pk, seen_version=1, by=world.desk, now=NOW)
        entry = waits()
        listed = desk.get(reverse("waitlist:list")).content.decode()
        assert "Freed times" in listed
        free = queries.freed_times(NOW)[0]
        page = desk.get(self.fits_of(free))
        assert entry.patient.full_name in page.content.decode()
        answer = desk.post(
            reverse("waitlist:offer", args=[entry.pk]),
            {
                "physician": free.physician.pk,
                "room": free.room.pk,
                "starts": free.span.starts_at.isoformat(),
                "ends": free.span.ends_at.isoformat(),
            },
        )
        assert answer.status_code == 302
        assert "offered until 11:00" in desk.get(reverse("waitlist:list")).content.decode()
        assert queries.freed_times(NOW) == []

    @pytest.mark.parametrize(("days", "place"), [([1], "/waitlist/fits/"), ([4], "/calendar/")])
    def test_a_cancelled_visit_leads_to_who_fits_if_anybody_does(self, desk, days, place):
        world = World()
        booked = world.book("10:00")
        waits(weekdays=days)
        answer = desk.post(reverse("booking:cancel", args=[booked.pk]), {"version": 1})
        assert answer["Location"].startswith(place)

    def test_nobody_is_offered_the_time_that_they_gave_up(self, desk):
        world = World()
        booked = world.book("10:00")
        waits(world.patient)
        answer = desk.post(reverse("booking:cancel", args=[booked.pk]), {"version": 1})
        assert answer["Location"].startswith("/calendar/")

    def test_the_desk_answers_for_a_patient_on_the_telephone(self, desk):
        offer = offered(waits(), a_free_time())
        url = reverse("waitlist:answer", args=[offer.pk])
        assert desk.post(url, {"answer": "maybe"}).status_code == 400
        assert desk.post(url, {"answer": "yes"}).status_code == 302
        assert Appointment.objects.get().state == AppointmentState.BOOKED
        assert desk.post(url, {"answer": "no"}).status_code == 410

    def test_a_free_time_is_chosen_from_the_week(self, desk):
        free = a_free_time()
        page = desk.get(reverse("waitlist:fits"), {"physician": free.physician.pk})
        assert page.status_code == 200
        assert "09:00" in page.content.decode()

    @pytest.mark.parametrize("starts", ["0001-01-01T00:00:00+00:00", "x", "2026-11-24T10:00"])
    def test_a_time_of_no_calendar_is_none(self, desk, starts):
        free = a_free_time()
        answer = desk.get(
            reverse("waitlist:fits"),
            {
                "physician": free.physician.pk,
                "room": free.room.pk,
                "starts": starts,
                "ends": free.span.ends_at.isoformat(),
            },
        )
        assert answer.status_code == 422

    @pytest.mark.parametrize("role", [clinic.nurse, clinic.manager])
    def test_only_who_books_sees_the_waitlist(self, client, role):
        client.force_login(role())
        entry = waits()
        assert client.get(reverse("waitlist:list")).status_code == 403
        assert client.post(reverse("waitlist:offer", args=[entry.pk])).status_code == 403
