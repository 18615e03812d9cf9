"""A new illness at the door is written down by its name, and what was told before stays."""

import pytest

from patients.intake.actions import record_answers
from patients.intake.queries import standing_answers
from patients.intake.terms import CONDITIONS, NO, UNKNOWN, Occasion
from patients.screening.queries import response_of
from treatments.plans.actions import screen_for_booking
from treatments.sessions.rescreening import (
    questions_opened,
    record_rescreen,
    sheet_of_the_day,
)
from treatments.sessions.tests.builders import (
    LAST_WEEK,
    MEASURED,
    a_course,
    first_session,
    start_of,
)

pytestmark = pytest.mark.django_db

# What a yes on the line opens beside the illness.
DENIED = {"cancer_now": "no", "clot_history": "no", "smoker": "no", "stent_on": "no"}


@pytest.fixture
def session():
    return first_session(a_course())


def at_the_door(session, tick, **answers):
    now, patient = start_of(session), session.plan.patient
    ticks = {each.id: "no" for each in sheet_of_the_day(patient, now.date()).lines}
    screening = record_rescreen(
        planned_session=session,
        ticks=ticks | {"illness": tick},
        separate=MEASURED | answers,
        by=session.plan.physician,
        now=now,
    )
    return response_of(screening)


def told(session):
    return standing_answers(session.plan.patient, start_of(session).date())[CONDITIONS]


def test_a_yes_asks_which_illness(session):
    day = start_of(session).date()

    opened = questions_opened(session.plan.patient, {"illness": "yes"}, day)

    assert CONDITIONS in [question.code for question in opened]


def test_an_illness_that_nobody_named_holds(session):
    assert CONDITIONS in at_the_door(session, "yes", **DENIED).unanswered


def test_the_illness_that_was_named_counts(session):
    response = at_the_door(session, "yes", **DENIED, conditions=["Hemofili"])

    assert response.verdict == "refuse"
    assert "R-BLEED-DISORDER" in {finding.rule for finding in response.findings}


def test_a_no_confirms_what_was_told(session):
    before = told(session)

    assert CONDITIONS not in at_the_door(session, "no").unanswered
    assert told(session) == before


@pytest.mark.parametrize(
    ("said", "kept"),
    [(["migren"], ["PCOS", "migren"]), (["PCOS"], ["PCOS"]), (NO, ["PCOS"])],
)
def test_nothing_at_the_door_takes_an_illness_back(session, said, kept):
    at_the_door(session, "yes", **DENIED, conditions=["PCOS"])

    response = at_the_door(session, "yes", **DENIED, conditions=said)

    assert told(session) == kept
    assert CONDITIONS not in response.unanswered


def test_an_illness_without_a_name_yet_holds_and_is_asked_again(session):
    at_the_door(session, "yes", **DENIED, conditions=["PCOS"])

    assert CONDITIONS in at_the_door(session, "yes", **DENIED, conditions=UNKNOWN).unanswered
    opened = questions_opened(session.plan.patient, {"illness": "no"}, start_of(session).date())
    assert CONDITIONS in [question.code for question in opened]


@pytest.fixture
def told_of_haemophilia(session):
    record_answers(
        patient=session.plan.patient, answers={CONDITIONS: ["Hemofili"]}, by="test builder",
        occasion=Occasion.INTAKE, on=LAST_WEEK.date(), now=LAST_WEEK,
    )  # fmt: skip
    return session


def booked_ahead(session):
    patient = session.plan.patient
    return screen_for_booking(patient, by="test builder", now=start_of(session)).verdict


@pytest.mark.parametrize(
    ("tick", "answers"),
    [("yes", {CONDITIONS: UNKNOWN}), ("yes", {}), ("unknown", {}), ("", {})],
)
def test_an_illness_that_was_named_goes_on_refusing_beside_one_without_a_name(
    told_of_haemophilia, tick, answers
):
    session = told_of_haemophilia

    response = at_the_door(session, tick, **DENIED, **answers)

    assert response.verdict == "refuse"
    assert CONDITIONS in response.unanswered
    assert "Hemofili" in told(session)
    assert booked_ahead(session) == "refuse"


def test_an_illness_without_a_name_holds_until_it_has_one(told_of_haemophilia):
    session = told_of_haemophilia
    at_the_door(session, "yes", **DENIED, conditions=UNKNOWN)
    assert told(session) == ["Hemofili", UNKNOWN]
    assert CONDITIONS in at_the_door(session, "no").unanswered

    response = at_the_door(session, "yes", **DENIED, conditions=["migren"])

    assert told(session) == ["Hemofili", "migren"]
    assert CONDITIONS not in response.unanswered
    assert response.verdict == "refuse"
