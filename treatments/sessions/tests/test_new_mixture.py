"""The running course goes on with the newest mixture; what is signed keeps its own."""

from datetime import timedelta

import pytest

from clinic.audit.models import AuditEntry
from clinic.tests.builders import NOW
from cocktails.tests.builders import a_cocktail
from patients.intake.actions import list_allergy
from patients.screening.models import Purpose
from patients.screening.queries import latest_screening
from treatments.plans.models import TreatmentPlan
from treatments.plans.queries import planned_sessions
from treatments.sessions.models import SessionDraft
from treatments.sessions.tests.builders import (
    a_course,
    a_signed_session,
    first_session,
    ready_to_sign,
)

pytestmark = pytest.mark.django_db


def another(patient, *, now=NOW):
    return a_cocktail(patient, portions=[("txa-50", "0.4")], now=now)


def test_the_course_goes_on_with_it_and_says_so():
    plan = a_course()
    was = plan.cocktail_id

    cocktail = another(plan.patient)

    plan.refresh_from_db()
    assert plan.cocktail == cocktail
    said = AuditEntry.objects.get(verb="plan.cocktail")
    assert said.detail == {"was": str(was), "became": str(cocktail.pk)}


def test_it_is_screened_again_with_the_new_substance():
    plan = a_course()
    list_allergy(
        patient=plan.patient, text="traneksamik asit", reaction="", severity="mild", by="test",
        now=NOW,
    )  # fmt: skip
    before = latest_screening(plan.patient, Purpose.BOOKING)

    # An allergy to a substance cannot be saved; one to what another session brings can be known.
    a_cocktail(plan.patient, portions=[("glutathione-150", "0.4")], now=NOW + timedelta(minutes=5))

    after = latest_screening(plan.patient, Purpose.BOOKING)
    assert after.pk != before.pk
    assert "glutathione" in str(after.request)
    assert "glutathione" not in str(before.request)


def test_a_signed_session_keeps_its_mixture():
    signed = a_signed_session()
    record = signed.record

    another(signed.patient, now=signed.signed_at + timedelta(hours=1))

    signed.refresh_from_db()
    assert signed.record == record
    assert '"niacinamide' in record


def test_an_open_record_loses_the_lots_of_the_other_ampoules():
    session = first_session(a_course())
    draft = ready_to_sign(session)
    assert draft.lots

    another(session.plan.patient)

    now = SessionDraft.objects.get(pk=draft.pk)
    assert (now.lots, now.prepared_at, now.version) == ([], None, draft.version + 1)


def test_a_course_that_is_over_keeps_what_it_had():
    plan = a_course()
    TreatmentPlan.objects.filter(pk=plan.pk).update(state="completed")

    another(plan.patient)

    assert TreatmentPlan.objects.get(pk=plan.pk).cocktail_id == plan.cocktail_id
    assert planned_sessions(plan)
