"""A patient asks for another time: a lawful one that is kept, or in words; the desk answers."""

import re
from datetime import timedelta

import pytest
from django.urls import reverse

from clinic.hours.queries import local_date
from clinic.messages.models import Message
from clinic.tests import builders as clinic
from clinic.tests.builders import NOW
from treatments.booking import actions as booking
from treatments.booking import queries as visits
from treatments.booking.models import SlotHold
from treatments.booking.rules import LIVE_HOLDS
from treatments.patient_side import actions, letters, queries, rules
from treatments.patient_side.actions import Wished
from treatments.patient_side.forms import value_of
from treatments.patient_side.models import MoveWish, VisitLink
from treatments.patient_side.terms import VisitAct, WishState
from treatments.patient_side.tests.builders import a_link, a_session, a_visit, address
from treatments.plans.actions import hold_plan
from treatments.plans.queries import planned_sessions

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _clock(monkeypatch):
    monkeypatch.setattr("django.utils.timezone.now", lambda: NOW)


@pytest.fixture
def desk(client):
    client.force_login(clinic.receptionist(language="en"))
    client.cookies["django_language"] = "en"
    return client


def a_move_link(visit=None):
    return a_link(VisitAct.MOVE, visit)  # without one: a visit of no course


def times(visit):
    return [each for day in queries.times_for_move(visit, NOW) for each in day.offers]


def wished(link, offer=None, words=""):
    return actions.ask_to_move(link=link, wished=Wished(offer, words), now=NOW)


class TestWhatIsPossible:
    def test_a_session_moves_within_its_interval_and_tolerance_alone(self):
        session = a_session()
        plan = session.plan
        visit = visits.appointment(session.appointment_id)
        days = [day.day for day in queries.times_for_move(visit, NOW)]
        first, _this, third = (
            local_date(each.appointment.starts_at) for each in planned_sessions(plan)[:3]
        )
        assert days
        for day in days:
            assert day - first >= timedelta(days=7)
            assert third - day >= timedelta(days=7)
            assert day - first <= timedelta(days=plan.interval_days + plan.days_later)

    def test_the_last_one_may_go_later_and_never_farther_than_the_tolerance(self):
        session = a_session(6)
        visit = visits.appointment(session.appointment_id)
        on = local_date(visit.starts_at)
        days = [day.day for day in queries.times_for_move(visit, NOW)]
        assert max(days) > on
        assert max(days) <= on + timedelta(days=session.plan.days_later)
        assert min(days) >= on

    def test_nothing_is_offered_sooner_than_a_change_by_link_is_allowed(self):
        first = a_visit(1)
        assert all(each.span.starts_at >= NOW + timedelta(hours=24) for each in times(first))

    def test_of_a_course_on_hold_the_patient_only_writes(self, client):
        session = a_session()
        visit = visits.appointment(session.appointment_id)
        link = a_move_link(visit)
        hold_plan(
            plan=session.plan, reason="The physician looks.", by=session.plan.physician, now=NOW
        )
        assert queries.times_for_move(visit, NOW) == []
        page = client.get(address(link)).content.decode()
        assert 'name="time"' not in page
        assert 'name="words"' in page


class TestAsking:
    def test_a_picked_time_is_kept_and_the_visit_stays_until_the_desk_answers(self, client):
        link = a_move_link()
        offer = times(link.appointment)[-1]
        answer = client.post(address(link), {"time": value_of(offer)})
        assert (answer.status_code, answer["Location"]) == (302, "/visit/done/move/?language=tr")
        wish = MoveWish.objects.get()
        assert wish.hold.starts_at == offer.span.starts_at
        assert wish.hold.expires_at == NOW + timedelta(days=2)
        assert visits.appointment(link.appointment_id).version == link.appointment.version
        assert client.get(address(link)).status_code == 410

    def test_words_are_enough(self, client):
        link = a_move_link()
        client.post(address(link), {"words": "Perşembe, öğleden sonra"})
        assert MoveWish.objects.get().words == "Perşembe, öğleden sonra"
        assert not SlotHold.objects.exists()

    @pytest.mark.parametrize(
        "said", [{}, {"time": "x"}, {"time": "2026-12-01T10:00:00+00:00|1"}, {"words": "a\x00b"}]
    )
    def test_nothing_and_what_is_not_offered_is_refused_and_the_link_lives_on(self, client, said):
        link = a_move_link()
        answer = client.post(address(link), said)
        assert answer.status_code == 422
        assert not MoveWish.objects.exists()
        assert VisitLink.objects.get(pk=link.pk).used_at is None

    def test_a_time_that_is_not_lawful_is_refused_whoever_sends_it(self):
        """The negative control of the form: the action asks again."""
        link = a_move_link()
        offer = times(link.appointment)[0]
        far = timedelta(days=21)
        moved = type(offer)(
            type(offer.span)(offer.span.starts_at + far, offer.span.ends_at + far), offer.room
        )
        with pytest.raises(rules.NotAmongThem):
            wished(link, moved)
        assert VisitLink.objects.get(pk=link.pk).used_at is None

    def test_b11_at_most_two_times_are_kept_for_one_patient(self, client):
        session = a_session()
        codes = []
        for each in planned_sessions(session.plan)[1:]:
            assert each.appointment_id is not None
            visit = visits.appointment(each.appointment_id)
            link = a_move_link(visit)
            answer = client.post(address(link), {"time": value_of(times(visit)[0])})
            codes.append(answer.status_code)
        assert codes == [302] * LIVE_HOLDS + [429] * (len(codes) - LIVE_HOLDS)
        assert int(answer["Retry-After"]) > 0
        assert visits.live_holds(NOW).count() == LIVE_HOLDS

    def test_without_the_limit_they_would_be_hoarded(self, client, monkeypatch):
        """The negative control of B11."""
        monkeypatch.setattr("treatments.booking.rules.LIVE_HOLDS", 99)
        session = a_session()
        for each in planned_sessions(session.plan)[1:]:
            assert each.appointment_id is not None
            visit = visits.appointment(each.appointment_id)
            client.post(address(a_move_link(visit)), {"time": value_of(times(visit)[0])})
        assert visits.live_holds(NOW).count() > LIVE_HOLDS

    def test_where_the_clinic_allows_it_the_picked_time_is_taken_at_once(self, client, settings):
        settings.PATIENTS_MOVE_ALONE = True
        link = a_move_link()
        offer = times(link.appointment)[0]
        answer = client.post(address(link), {"time": value_of(offer)})
        assert answer["Location"].startswith("/visit/done/moved/")
        assert visits.appointment(link.appointment_id).starts_at == offer.span.starts_at
        assert MoveWish.objects.get().state == WishState.ACCEPTED


class TestTheDesk:
    def test_sees_it_and_accepts_with_one_click(self, desk):
        link = a_move_link()
        offer = times(link.appointment)[0]
        wish = wished(link, offer)
        page = desk.get(reverse("patient:requests")).content.decode()
        assert link.appointment.patient.full_name in page
        assert "kept until" in page
        answer = desk.post(reverse("patient:settle-wish", args=[wish.pk]), {"answer": "yes"})
        assert answer.status_code == 302
        moved = visits.appointment(link.appointment_id)
        wish.refresh_from_db()
        assert moved.starts_at == offer.span.starts_at
        assert wish.state == WishState.ACCEPTED
        assert SlotHold.objects.get().ended_at == NOW
        again = desk.post(reverse("patient:settle-wish", args=[wish.pk]), {"answer": "yes"})
        assert again.status_code == 409

    @pytest.mark.parametrize("answer", ["yes", "no"])
    def test_the_answer_reaches_the_patient_and_names_no_time(self, desk, answer):
        link = a_move_link()
        wish = wished(link, times(link.appointment)[0])
        page = desk.post(
            reverse("patient:settle-wish", args=[wish.pk]), {"answer": answer}, follow=True
        )
        assert "The patient is told by e-mail." in page.content.decode()
        message = Message.objects.get(about_id=wish.pk)
        letter = letters.wish_answered(message, NOW)
        assert "/c/" in letter.text
        assert not re.search(r"\d\d:\d\d", letter.subject + letter.text)

    def test_declines_and_the_time_is_free_again(self, desk):
        link = a_move_link()
        wish = wished(link, times(link.appointment)[0])
        desk.post(reverse("patient:settle-wish", args=[wish.pk]), {"answer": "no"})
        wish.refresh_from_db()
        assert wish.state == WishState.DECLINED
        assert not visits.live_holds(NOW).exists()

    def test_reads_the_words_and_chooses_itself(self, desk):
        link = a_move_link()
        wished(link, words="Only <Thursdays> & early")
        page = desk.get(reverse("patient:requests")).content.decode()
        assert "Only &lt;Thursdays&gt; &amp; early" in page
        assert reverse("booking:move", args=[link.appointment_id]) in page
        assert (
            desk.post(
                reverse("patient:settle-wish", args=[MoveWish.objects.get().pk]), {"answer": "yes"}
            ).status_code
            == 422
        )

    def test_a_visit_that_moves_otherwise_settles_the_wish(self):
        link = a_move_link()
        wish = wished(link, times(link.appointment)[0])
        visit = visits.appointment(link.appointment_id)
        booking.cancel_appointment(
            appointment_id=visit.pk, seen_version=visit.version, by=clinic.receptionist(), now=NOW
        )
        wish.refresh_from_db()
        assert wish.state == WishState.OVERTAKEN
        assert not visits.live_holds(NOW).exists()

    def test_sees_at_once_who_confirmed_and_who_cancelled(self, desk, client):
        confirm = a_link(VisitAct.CONFIRM)
        cancel = a_link(VisitAct.CANCEL)
        desk.post(address(confirm))
        desk.post(address(cancel))
        page = desk.get(reverse("patient:requests")).content.decode()
        assert "Confirmed by the patient" in page
        assert "Cancelled by the patient" in page

    @pytest.mark.parametrize("role", [clinic.nurse, clinic.manager])
    def test_nobody_else_answers(self, client, role):
        wish = wished(a_move_link(), words="later")
        client.force_login(role())
        assert client.get(reverse("patient:requests")).status_code == 403
        answer = client.post(reverse("patient:settle-wish", args=[wish.pk]), {"answer": "yes"})
        assert answer.status_code == 403
