"""At the door: a medicine of which nobody has said what it is for is asked about by its name."""

from datetime import timedelta

import pytest
from django.urls import reverse

from patients.intake import actions as intake
from patients.intake.by_medicine import field_name
from patients.intake.queries import standing_answers
from patients.intake.terms import Occasion
from patients.screening.queries import what_blocks_signing
from treatments.sessions.models import SessionDraft
from treatments.sessions.queries import screening_of_the_day
from treatments.sessions.rescreening import asked_by_name, sheet_of_the_day
from treatments.sessions.tests.builders import MEASURED, a_course, first_session, start_of

CODE = "antibiotic_for_infection"


@pytest.fixture
def session(db, settings, monkeypatch):
    settings.LANGUAGE_CODE = "en"
    session = first_session(a_course())
    monkeypatch.setattr("treatments.sessions.views.timezone.now", lambda: start_of(session))
    return session


def lists(session, *texts, before=timedelta(days=3)):
    for text in texts:
        intake.list_medication(
            patient=session.plan.patient, text=text, status="current", last_taken=None,
            since=None, by="test builder", now=start_of(session) - before,
        )  # fmt: skip


def said_at_the_intake(session, answers):
    now = start_of(session) - timedelta(days=2)
    intake.record_answers(
        patient=session.plan.patient, answers={CODE: answers}, occasion=Occasion.INTAKE,
        on=now.date(), by="test builder", now=now,
    )  # fmt: skip


def on(session):
    return start_of(session).date()


def ticks_of(session, **other):
    return {
        line.id: "no" for line in sheet_of_the_day(session.plan.patient, on(session)).lines
    } | other


def asked(session, **ticks):
    return asked_by_name(session.plan.patient, ticks_of(session, **ticks), on(session)).get(
        CODE, ()
    )


def posted(client, session, **more):
    client.force_login(session.plan.physician)
    client.cookies["django_language"] = "en"
    lines = {f"line_{name}": "no" for name in ticks_of(session)}
    address = reverse("sessions:rescreen", args=[session.plan.patient_id, session.pk])
    return client.post(address, lines | MEASURED | more)


def of(medicine):
    return field_name(CODE, medicine)


def test_nothing_new_asks_only_of_the_medicine_that_nobody_was_asked_about(session):
    lists(session, "Augmentin")
    said_at_the_intake(session, {"Augmentin": "no"})
    assert asked(session) == ()

    lists(session, "Monodoks", before=timedelta(0))
    assert asked(session) == ("Monodoks",)
    assert asked(session, medicines="yes") == ("Augmentin", "Monodoks")
    assert asked(session, medicines="unknown") == ("Augmentin", "Monodoks")


def test_do_not_know_is_asked_again_on_the_day(session):
    lists(session, "Augmentin", "Monodoks")
    said_at_the_intake(session, {"Augmentin": "no", "Monodoks": "unknown"})

    assert asked(session) == ("Monodoks",)


def test_the_page_shows_the_name_with_nothing_chosen_and_keeps_what_holds(client, session):
    lists(session, "Augmentin", "Monodoks")
    said_at_the_intake(session, {"Augmentin": "no"})

    page = posted(client, session)
    body = page.content.decode()
    assert page.status_code == 200
    assert ">Monodoks</p>" in body
    assert of("Augmentin") not in body
    assert f'id="id_{of("Monodoks")}_no" value="no">' in body
    assert not SessionDraft.objects.exists()

    shown = {"shown": [CODE, of("Monodoks")]}
    posted(client, session, **shown, **{of("Monodoks"): "no"})
    patient = session.plan.patient
    assert standing_answers(patient, on(session))[CODE] == {"Augmentin": "no", "Monodoks": "no"}
    screening = screening_of_the_day(patient, on(session))
    assert screening is not None
    assert CODE not in screening.response["unanswered"]


def test_what_was_not_answered_at_the_door_blocks_the_signature_by_name(client, session):
    lists(session, "Augmentin", "Monodoks")
    said_at_the_intake(session, {"Augmentin": "no"})

    posted(client, session, shown=[CODE, of("Monodoks")])

    screening = screening_of_the_day(session.plan.patient, on(session))
    assert screening is not None
    assert CODE in screening.response["unanswered"]
    blocks = [line for line in what_blocks_signing(screening) if "Monodoks" in line]
    assert len(blocks) == 1
    assert "Augmentin" not in blocks[0]
