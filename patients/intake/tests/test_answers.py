"""Answers are only ever added, hold for a time, and silence is never a no."""

from datetime import timedelta

import pgtrigger
import pytest
from django.db import IntegrityError, connection, transaction
from django.db.utils import InternalError
from django.utils import translation
from django.utils.timezone import localdate

from clinic.audit.models import AuditEntry
from clinic.tests.builders import NOW, nurse
from patients.intake import actions, queries
from patients.intake.hooks import answers_changed
from patients.intake.models import Answer
from patients.intake.rules import HOLDS_FOR_DAYS, AnswerNotReadable
from patients.intake.terms import AllergySeverity, Listed, MedicationStatus, Occasion
from patients.screening.rule_files import load_rule_set
from patients.screening.rules import screen
from patients.tests.builders import BY, a_healthy_patient, a_patient

pytestmark = pytest.mark.django_db
TODAY = localdate(NOW)


@pytest.fixture(autouse=True)
def _in_english():
    with translation.override("en"):
        yield


def say(patient, now=NOW, occasion=Occasion.INTAKE, **answers):
    return actions.record_answers(
        patient=patient, answers=answers, occasion=occasion, on=localdate(now), by=BY, now=now
    )


def take(patient, text, now=NOW, **fields):
    values = {"status": MedicationStatus.CURRENT, "last_taken": None, "since": None} | fields
    return actions.list_medication(patient=patient, text=text, **values, by=BY, now=now)


def verdict(patient, on=TODAY):
    return screen(queries.statement(patient, on), rule_set=load_rule_set())


def test_nothing_asked_is_nothing_answered():
    patient = a_patient()
    assert queries.standing_answers(patient, TODAY) == {}
    request = queries.statement(patient, TODAY)
    assert request["answers"] == {}
    for listed in Listed:
        assert listed.value not in request


def test_unanswered_is_never_a_no():
    """Each question left out of an otherwise healthy intake is open at the verdict."""
    patient = a_healthy_patient()
    said = queries.standing_answers(patient, TODAY)
    rule_set = load_rule_set()
    for code in said:
        if code not in rule_set.questions:
            continue
        rest = {other: value for other, value in said.items() if other != code}
        request = queries.statement(patient, TODAY, answers=rest)
        assert code in screen(request, rule_set=rule_set).unanswered, code
    # Negative control: with all of them none of these is open.
    assert set(verdict(patient).unanswered).isdisjoint(said)


def test_dont_know_is_recorded_and_stays_open():
    patient = a_healthy_patient(answers={"clot_history": "unknown"})
    assert queries.standing_answers(patient, TODAY)["clot_history"] == "unknown"
    assert "clot_history" in verdict(patient).unanswered


def test_the_database_has_no_default_for_an_answer():
    patient = a_patient()
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT column_default, is_nullable FROM information_schema.columns"
            " WHERE table_name = 'patients_answer' AND column_name = 'value'"
        )
        assert cursor.fetchone() == (None, "NO")
        with pytest.raises(IntegrityError), transaction.atomic():
            cursor.execute(
                "INSERT INTO patients_answer"
                " (patient_id, code, occasion, questions_version, answered_at, answered_on)"
                " VALUES (%s, 'pregnant', 'intake', '1', now(), now())",
                [patient.pk],
            )


def test_the_latest_answer_holds_and_the_earlier_ones_stay():
    patient = a_patient()
    say(patient, pregnant="no")
    say(patient, now=NOW + timedelta(hours=1), pregnant="yes")

    assert queries.standing_answers(patient, TODAY)["pregnant"] == "yes"
    assert [answer.value for answer in Answer.objects.order_by("answered_at")] == ["no", "yes"]


@pytest.mark.parametrize("change", ["update", "delete", "truncate"])
def test_the_database_refuses_to_change_an_answer(change):
    patient = a_patient()
    (answer,) = say(patient, pregnant="yes")

    def do():
        if change == "update":
            Answer.objects.filter(pk=answer.pk).update(value="no")
        elif change == "delete":
            Answer.objects.filter(pk=answer.pk).delete()
        else:
            with connection.cursor() as cursor:
                cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
                cursor.execute("TRUNCATE patients_answer")

    with pytest.raises(InternalError, match="Cannot"), transaction.atomic():
        do()
    assert Answer.objects.get(pk=answer.pk).value == "yes"

    # Negative control: without the trigger the same statement goes through.
    with pgtrigger.ignore():
        do()
    assert not Answer.objects.filter(pk=answer.pk, value="yes").exists()


def test_answers_of_the_intake_hold_for_180_days():
    patient = a_patient()
    say(patient, keloid="no")
    last = TODAY + timedelta(days=HOLDS_FOR_DAYS)
    assert queries.standing_answers(patient, last) == {"keloid": "no"}
    assert queries.standing_answers(patient, last + timedelta(days=1)) == {}


def test_an_answer_about_the_day_holds_on_that_day_only():
    patient = a_patient()
    say(patient, occasion=Occasion.SESSION, alcohol_24h="no", pregnancy_test="negative")
    assert set(queries.standing_answers(patient, TODAY)) == {"alcohol_24h", "pregnancy_test"}
    assert queries.standing_answers(patient, TODAY + timedelta(days=1)) == {}


@pytest.mark.parametrize(
    ("code", "value"),
    [
        ("pregnant", ""),
        ("pregnant", None),
        ("pregnant", "maybe"),
        ("pregnant", False),
        ("no_such_question", "no"),
        ("delivered_on", "2026-02-30"),
        ("delivered_on", "2027-01-01"),
        ("bmi", 9),
        ("bmi", "24"),
        ("kidney", "no"),
        ("antiseptic_reaction", "yes"),
        ("antiseptic_reaction", ["garlic"]),
        ("antiseptic_reaction", []),
        ("spot_changed", ["moon"]),
        ("conditions", [""][:0]),
    ],
)
def test_an_answer_that_says_nothing_is_refused_and_nothing_of_the_set_is_kept(code, value):
    patient = a_patient()
    with pytest.raises(AnswerNotReadable):
        say(patient, keloid="no", **{code: value})
    assert not Answer.objects.exists()


@pytest.mark.parametrize(
    ("code", "value"),
    [
        ("delivered_on", "no"),
        ("delivered_on", "2026-01-31"),
        ("bmi", 24.5),
        ("kidney", "none"),
        ("antiseptic_reaction", ["latex"]),
        ("spot_changed", ["forehead", "elsewhere"]),
        ("spot_changed", "yes"),
        ("conditions", ["epilepsi"]),
        ("conditions", "no"),
        ("bmi", "unknown"),
    ],
)
def test_every_kind_of_answer_can_be_recorded(code, value):
    patient = a_patient()
    say(patient, **{code: value})
    assert queries.standing_answers(patient, TODAY) == {code: value}


def test_recording_is_audited_by_count_without_the_answers():
    patient = a_patient()
    say(patient, pregnant="yes", breastfeeding="no")
    entry = AuditEntry.objects.get(verb="intake.answered")
    assert entry.patient_id == patient.pk
    assert entry.detail == {"occasion": "intake", "answers": 2}


def test_listeners_hear_of_every_change(monkeypatch):
    heard = []
    monkeypatch.setattr(answers_changed, "_listeners", [lambda **what: heard.append(what)])
    patient, asker = a_patient(), nurse()

    actions.record_answers(
        patient=patient,
        answers={"pregnant": "yes"},
        occasion=Occasion.INTAKE,
        on=TODAY,
        by=asker,
        now=NOW,
    )
    entry = take(patient, "Coumadin")
    actions.remove_medication(medication=entry, by=asker, now=NOW)
    actions.record_answers(
        patient=patient, answers={}, occasion=Occasion.INTAKE, on=TODAY, by=asker, now=NOW
    )

    assert heard[0] == {"patient": patient, "by": asker, "now": NOW}
    assert len(heard) == 3


def test_takes_nothing_has_to_be_said():
    patient = a_patient()
    assert "medications" in verdict(patient).unanswered
    actions.state_none(patient=patient, listed=Listed.MEDICATIONS, by=BY, now=NOW)
    assert "medications" not in verdict(patient).unanswered


def test_a_listed_medicine_ends_an_earlier_takes_nothing():
    patient = a_patient()
    actions.state_none(patient=patient, listed=Listed.MEDICATIONS, by=BY, now=NOW)
    entry = take(patient, "kumadin 5 mg", now=NOW + timedelta(minutes=1))

    found = verdict(patient)
    assert "R-ANTICOAG" in [finding.rule for finding in found.findings]

    actions.remove_medication(medication=entry, by=BY, now=NOW + timedelta(minutes=2))
    assert "medications" in verdict(patient).unanswered


def test_none_is_refused_while_the_list_has_entries():
    patient = a_patient()
    take(patient, "Coumadin")
    with pytest.raises(AnswerNotReadable, match="entries"):
        actions.state_none(patient=patient, listed=Listed.MEDICATIONS, by=BY, now=NOW)


def test_an_empty_list_cannot_be_confirmed():
    with pytest.raises(AnswerNotReadable, match="empty"):
        actions.confirm_list(patient=a_patient(), listed=Listed.ALLERGIES, by=BY, now=NOW)


def test_an_allergy_and_a_treatment_reach_the_rules():
    patient = a_patient()
    actions.list_allergy(
        patient=patient,
        text="SOMON",
        reaction="kurdeşen",
        severity=AllergySeverity.MODERATE,
        by=BY,
        now=NOW,
    )
    actions.list_procedure(
        patient=patient,
        kind="ipl",
        done_on=TODAY - timedelta(days=3),
        regions=["cheek_left"],
        by=BY,
        now=NOW,
    )
    request = queries.statement(patient, TODAY)
    assert request["allergies"] == [
        {"text": "SOMON", "reaction": "kurdeşen", "severity": "moderate"}
    ]
    assert request["procedures"] == [{"kind": "ipl", "on": "2026-11-20", "area": ["cheek_left"]}]
    assert {"allergies", "procedures"}.isdisjoint(verdict(patient).unanswered)


@pytest.mark.parametrize("wrong", [{"kind": "magic"}, {"regions": ["moon"]}, {"done_on": 1}])
def test_a_treatment_that_cannot_be_is_refused(wrong):
    values = {"kind": "ipl", "regions": [], "done_on": TODAY} | wrong
    if wrong.get("done_on"):
        values["done_on"] = TODAY + timedelta(days=1)
    with pytest.raises(AnswerNotReadable):
        actions.list_procedure(patient=a_patient(), **values, by=BY, now=NOW)


def test_a_medicine_taken_in_the_future_is_refused():
    with pytest.raises(AnswerNotReadable, match="future"):
        take(a_patient(), "Aspirin", last_taken=TODAY + timedelta(days=1))


def test_the_healthy_patient_has_no_finding():
    assert verdict(a_healthy_patient()).findings == ()


def test_an_answer_of_an_older_version_of_the_questions_does_no_harm():
    patient = a_patient()
    Answer.objects.create(
        patient=patient,
        code="a_question_of_yesteryear",
        value="no",
        occasion=Occasion.INTAKE,
        questions_version="0",
        answered_at=NOW,
        answered_on=TODAY,
    )
    assert verdict(patient).unrecognised == ()
