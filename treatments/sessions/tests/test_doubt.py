"""At the door a "don't know" takes back no yes: what refused goes on refusing, and the day holds."""

from typing import Any

import pytest

from patients.intake import actions as intake
from patients.intake.queries import standing_answers
from patients.intake.terms import Occasion
from patients.rulebook.queries import rules_in_force
from patients.screening.queries import response_of
from patients.screening.rescreen import without_doubt
from treatments.plans.actions import screen_for_booking
from treatments.sessions.rescreening import record_rescreen, sheet_of_the_day
from treatments.sessions.tests.builders import (
    LAST_WEEK,
    MEASURED,
    a_course,
    first_session,
    rescreened,
    start_of,
)

pytestmark = pytest.mark.django_db

REACTED = ["anaphylaxis"]


@pytest.fixture
def session():
    return first_session(a_course())


def told_before(session, **answers):
    intake.record_answers(
        patient=session.plan.patient, answers=answers, occasion=Occasion.INTAKE,
        on=LAST_WEEK.date(), by="test builder", now=LAST_WEEK,
    )  # fmt: skip


def stands(session, code):
    return standing_answers(session.plan.patient, start_of(session).date()).get(code)


def booked_ahead(session):
    return screen_for_booking(session.plan.patient, by="test builder", now=start_of(session))


def line_of(session, code):
    due = sheet_of_the_day(session.plan.patient, start_of(session).date()).lines
    return next(line.id for line in due if code in line.covers)


@pytest.mark.parametrize(("code", "said"), [("pregnant", "yes"), ("cancer_now", "yes")])
def test_a_line_that_is_doubted_leaves_the_yes_and_holds_the_day(session, code, said):
    told_before(session, **{code: said})
    refused = booked_ahead(session).verdict

    doubted: Any = {line_of(session, code): "unknown"}
    at_the_door = rescreened(session, by=session.plan.physician, **doubted)

    assert stands(session, code) == said
    assert code in response_of(at_the_door).unanswered
    assert booked_ahead(session).verdict == refused == "refuse"


def test_a_field_that_is_doubted_leaves_the_yes_too(session):
    now, patient = start_of(session), session.plan.patient
    told_before(session, pregnant="yes")
    ticks = {line.id: "no" for line in sheet_of_the_day(patient, now.date()).lines}

    record_rescreen(
        planned_session=session,
        ticks=ticks | {line_of(session, "pregnant"): "yes"},
        separate=MEASURED | {"pregnant": "unknown"},
        by=session.plan.physician,
        now=now,
    )

    assert stands(session, "pregnant") == "yes"
    assert booked_ahead(session).verdict == "refuse"


def test_a_no_that_is_doubted_holds_no_longer(session):
    """Negative control: only a yes outlasts the doubt."""
    told_before(session, pregnant="no")

    doubted: Any = {line_of(session, "pregnant"): "unknown"}
    rescreened(session, by=session.plan.physician, **doubted)

    assert stands(session, "pregnant") == "unknown"


@pytest.mark.parametrize(
    ("code", "before", "said", "today", "written"),
    [
        ("previous_reaction", REACTED, "unknown", (), {}),
        ("previous_reaction", REACTED, [], (), {"previous_reaction": []}),
        ("delivered_on", "2026-07-01", "unknown", (), {}),
        ("delivered_on", "2026-07-01", "unknown", ("delivered_on",), {"delivered_on": "unknown"}),
        ("pregnancy_test", "negative", "unknown", ("pregnancy_test",),
         {"pregnancy_test": "unknown"}),
        ("medications_none", "yes", "unknown", (), {"medications_none": "unknown"}),
        ("cancer_drug_for_cancer", {"A": "yes", "B": "no"}, {"A": "unknown", "B": "unknown"}, (),
         {"cancer_drug_for_cancer": {"A": "yes", "B": "unknown"}}),
        ("cancer_drug_for_cancer", {"A": "yes", "B": "no"}, "unknown", (), {}),
    ],
)  # fmt: skip
def test_what_outlasts_a_doubt(code, before, said, today, written):
    assert written == without_doubt(
        {code: said}, {code: before}, said_today=set(today), rule_set=rules_in_force()
    )
