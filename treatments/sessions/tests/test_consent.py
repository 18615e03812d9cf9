"""A session without a standing consent to exactly this cannot be signed."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.urls import reverse

from clinic.tests.builders import NOW, physician
from patients.consents import queries as consents
from patients.consents.terms import ConsentKind, Decision, State
from patients.consents.tests.builders import decides, withdraws
from patients.screening.actions import request_for
from patients.screening.models import Purpose
from patients.screening.queries import response_of
from treatments.plans.queries import planned_treatment
from treatments.plans.terms import PlanState
from treatments.sessions import actions, queries
from treatments.sessions.consenting import fingerprints_of
from treatments.sessions.refusals import NotComplete
from treatments.sessions.rescreening import sheet_of_the_day
from treatments.sessions.tests.builders import (
    a_course,
    first_session,
    ready_to_sign,
    recorded,
    rescreened,
    sign,
    start_of,
)

pytestmark = pytest.mark.django_db
PROCEDURE = ConsentKind.PROCEDURE


@pytest.fixture
def session():
    return first_session(a_course())


def patient_of(session):
    return session.plan.patient


def answer(session, purpose=Purpose.SESSION):
    request = request_for(
        patient_of(session),
        actions.as_planned(session),
        on=queries.day_of(session),
        purpose=purpose,
        day_answers={"consent_signed": "yes"},
    )
    return request["answers"].get("consent_signed")


def test_the_signed_consent_answers_and_a_tick_by_hand_does_not(session):
    assert answer(session) == "yes"
    withdraws(patient_of(session), PROCEDURE)
    assert answer(session) == "no"
    decides(patient_of(session), PROCEDURE)
    assert answer(session) == "yes"
    assert answer(session, Purpose.BOOKING) is None  # what is asked on the day holds no booking


def test_the_question_is_not_on_the_sheet_of_the_day(session):
    codes = [each.code for each in sheet_of_the_day(patient_of(session), NOW.date()).separate]
    assert "consent_signed" not in codes
    assert "capacity_doubtful" in codes


def test_withdrawn_before_the_signature_blocks_it(session):
    ready_to_sign(session)
    withdraws(patient_of(session), PROCEDURE, now=start_of(session) + timedelta(minutes=5))

    with pytest.raises(NotComplete):
        sign(session)

    screening = queries.screening_of_the_day(patient_of(session), queries.day_of(session))
    assert screening is not None
    assert "R-CONSENT" in [each.rule for each in response_of(screening).findings]
    decides(patient_of(session), PROCEDURE, now=start_of(session) + timedelta(minutes=10))
    assert sign(session).pk


def test_with_the_consent_the_same_session_is_signed(session):
    """The negative control: nothing but the withdrawal stood in the way."""
    ready_to_sign(session)
    assert sign(session).pk


def test_a_region_that_was_not_planned_asks_for_a_new_consent(session):
    physician_ = session.plan.physician
    rescreened(session, by=physician_)
    recorded(
        session,
        by=physician_,
        regions=[{"region": "neck", "points": 40, "ml": "2"}],
    )

    standing = consents.standing(patient_of(session), PROCEDURE)

    assert standing.state is State.TO_RENEW
    assert (
        "neck" in standing.subject.lines[0].lower() or "boyun" in standing.subject.lines[0].lower()
    )
    with pytest.raises(NotComplete):
        sign(session)
    decides(patient_of(session), PROCEDURE, now=start_of(session) + timedelta(minutes=10))
    assert consents.standing(patient_of(session), PROCEDURE).is_given


def test_a_region_that_is_written_down_on_a_later_day_asks_for_its_own_consent(session):
    """The consent of the day was about what stood there then."""
    draft, later = ready_to_sign(session), start_of(session) + timedelta(days=1)
    draft.regions = [*draft.regions, {"region": "neck", "points": 40, "ml": "2"}]
    draft.save(update_fields=["regions"])

    def said():
        screening = actions.screen_again(session, draft, by=session.plan.physician, now=later)
        return screening.request["answers"].get("consent_signed")

    assert said() is None
    decides(patient_of(session), PROCEDURE, now=later)
    assert said() == "yes"


def test_a_withdrawal_of_a_later_day_leaves_the_consent_of_the_day(session):
    draft, later = ready_to_sign(session), start_of(session) + timedelta(days=1)
    withdraws(patient_of(session), PROCEDURE, now=later)
    screening = actions.screen_again(session, draft, by=session.plan.physician, now=later)
    assert screening.request["answers"]["consent_signed"] == "yes"


def test_what_is_asked_for_is_what_the_session_is_screened_with(session):
    """Two ways to one fingerprint: the plan alone, and the open record."""
    asked = consents.subjects_of(patient_of(session))
    assert [each.fingerprint for each in asked] == [actions.as_planned(session).consent_fingerprint]
    assert fingerprints_of([session.plan_id]) == {session.plan_id: asked[0].fingerprint}
    rescreened(session, by=session.plan.physician)
    draft = recorded(
        session,
        by=session.plan.physician,
        regions=[{"region": "neck", "points": 40, "ml": "2"}],
        anaesthetic_cream="emla",
        cream_g=Decimal(5),
    )
    asked = consents.subjects_of(patient_of(session))
    assert [each.fingerprint for each in asked] == [
        actions.as_done(session, draft).consent_fingerprint
    ]
    assert fingerprints_of([session.plan_id]) == {session.plan_id: asked[0].fingerprint}


def test_a_chart_asks_little_for_its_chip(session, django_assert_max_num_queries):
    with django_assert_max_num_queries(4):
        assert consents.standing(patient_of(session), PROCEDURE).is_given


def test_a_refusal_at_the_door_is_a_no(session):
    decides(patient_of(session), PROCEDURE, Decision.REFUSED, now=start_of(session))
    screening = rescreened(session, by=session.plan.physician)
    assert "R-CONSENT" in [each.rule for each in response_of(screening).findings]


def test_nobody_asked_is_unanswered_and_holds_nothing_back(session):
    """A missing sheet must not refuse: a refuse would hold the whole course."""
    import pgtrigger

    from patients.consents.models import ConsentDecision

    with pgtrigger.ignore("patients.ConsentDecision:append_only"):
        ConsentDecision.objects.filter(kind=PROCEDURE).delete()
    planned = planned_treatment(patient_of(session))
    request = request_for(
        patient_of(session), planned, on=queries.day_of(session), purpose=Purpose.SESSION
    )
    assert "consent_signed" not in request["answers"]
    session.plan.refresh_from_db()
    assert session.plan.state == PlanState.ACTIVE


def test_the_consent_of_another_patient_counts_for_nothing(session):
    other = first_session(a_course())
    withdraws(patient_of(session), PROCEDURE)
    assert answer(session) == "no"
    assert answer(other) == "yes"


def test_the_room_shows_when_it_was_signed_and_offers_to_ask(client, session, monkeypatch):
    monkeypatch.setattr("treatments.sessions.views.timezone.now", lambda: start_of(session))
    client.force_login(physician())
    where = reverse("sessions:rescreen", args=[patient_of(session).pk, session.pk])
    ask = reverse("patients:consent-decide", args=[patient_of(session).pk, "procedure"])
    given = consents.standing(patient_of(session), PROCEDURE).decision

    shown = client.get(where).content.decode()
    assert reverse("patients:consent-decision", args=[given.patient_id, given.pk]) in shown
    assert ask not in shown
    assert 'name="consent_signed"' not in shown

    withdraws(patient_of(session), PROCEDURE)
    assert ask in client.get(where).content.decode()


def test_a_withdrawal_says_how_many_sessions_are_left(session):
    effects = " ".join(map(str, consents.effects(patient_of(session), PROCEDURE)))
    assert "6" in effects
