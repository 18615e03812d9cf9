"""The review: line by line, all or nothing, and nothing of it before somebody decided."""

import re
from dataclasses import replace
from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.db.utils import InternalError, ProgrammingError
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from clinic.audit.models import AuditEntry, ChartReading
from clinic.staff.terms import Role
from clinic.tests.builders import physician, receptionist, staff
from patients.intake import actions as intake_actions
from patients.intake import queries as record
from patients.intake.models import Answer
from patients.intake.terms import Occasion
from patients.phone_intake import review_actions, reviewing
from patients.phone_intake.models import PhoneIntake, PhoneReview
from patients.phone_intake.queries import waiting_for_review
from patients.phone_intake.reviewing import rows_of, subjects
from patients.phone_intake.terms import Comparison, IntakeState
from patients.phone_intake.tests.builders import a_submission
from patients.screening.rule_files import load_rule_set
from patients.tests.builders import a_patient

pytestmark = pytest.mark.django_db
ENGLISH = {"headers": {"accept-language": "en"}}


def address(submission):
    return reverse(
        "patients:phone-intake-review", args=[submission.intake.patient_id, submission.pk]
    )


def said_before(patient, **answers):
    now = timezone.now() - timedelta(days=1)
    intake_actions.record_answers(
        patient=patient,
        answers=answers,
        occasion=Occasion.INTAKE,
        on=timezone.localdate(now),
        by="test builder",
        now=now,
    )


def a_medicine_before(patient, text="Beloc 50 mg"):
    return intake_actions.list_medication(
        patient=patient,
        text=text,
        status="current",
        last_taken=None,
        since=None,
        by="test builder",
        now=timezone.now() - timedelta(days=1),
    )


def rows(submission):
    return {row.key: row for row in rows_of(subjects(submission, timezone.localdate()))}


def decided(page, choice="accept", **changes):
    """What a reviewer sends who decides the same for every line, but for `changes`."""
    sent = {"seal": page.context["seal"]}
    for subject in page.context["subjects"]:
        for row in subject.rows:
            if row.needs_a_decision:
                sent[f"decide_{row.key}"] = choice
    return {key: value for key, value in (sent | changes).items() if value is not None}


def standing(patient):
    return record.standing_answers(patient, timezone.localdate())


@pytest.fixture
def desk(client):
    client.member = receptionist()
    client.force_login(client.member)
    return client


def test_nothing_stands_in_the_record_before_the_review_and_all_of_it_after(desk):
    patient = a_patient()
    submission = a_submission(
        patient,
        skin={"keloid": "unknown"},
        blood_heart={"high_blood_pressure": "yes"},
        medicines={
            "medications_none": "no",
            "medications-text": "KUMADİN 5 mg",
            "medications-status": "current",
        },
    )
    assert standing(patient) == {}
    page = desk.get(address(submission), **ENGLISH)
    assert standing(patient) == {}

    saved = desk.post(address(submission), decided(page))

    assert saved.status_code == 302
    said = standing(patient)
    assert (said["keloid"], said["high_blood_pressure"], said["pregnant"]) == (
        "unknown",
        "yes",
        "no",
    )
    assert [one.text for one in record.medications(patient)] == ["KUMADİN 5 mg"]
    assert said["medications_none"] == "no"
    assert (said["allergies_none"], said["procedures_none"]) == ("yes", "yes")
    answer = Answer.objects.get(patient=patient, code="keloid")
    assert (answer.occasion, answer.recorded_by) == (Occasion.PHONE, desk.member)
    assert answer.questions_version == submission.questions_version
    assert AuditEntry.objects.filter(verb="phone_intake.reviewed").count() == 1


def test_every_line_is_decided_and_none_beforehand(desk):
    submission = a_submission()
    page = desk.get(address(submission), **ENGLISH)
    assert not re.findall(r"<input[^>]* name=[^>]* checked", page.content.decode())

    refused = desk.post(address(submission), decided(page, decide_keloid=None), **ENGLISH)

    assert refused.status_code == 422
    assert [row.key for row in refused.context["errors"]] == ["keloid"]
    assert standing(submission.intake.patient) == {}


def test_what_is_set_aside_stays_out_and_what_is_changed_is_the_reviewers(desk):
    patient = a_patient()
    submission = a_submission(patient, skin={"keloid": "yes", "herpes_recurrent": "yes"})
    page = desk.get(address(submission), **ENGLISH)
    changes = {"decide_keloid": "aside", "decide_herpes_recurrent": "change"}

    unclear = desk.post(address(submission), decided(page, **changes), **ENGLISH)
    assert unclear.status_code == 422
    assert [row.key for row in unclear.context["errors"]] == ["herpes_recurrent"]

    desk.post(address(submission), decided(page, **changes, herpes_recurrent="no"))
    assert "keloid" not in standing(patient)
    changed = Answer.objects.get(patient=patient, code="herpes_recurrent")
    assert (changed.value, changed.occasion) == ("no", Occasion.INTAKE)
    kept = PhoneReview.objects.get().decisions
    assert kept["keloid"] == {"decision": "aside"}
    assert kept["herpes_recurrent"] == {"decision": "change", "recorded": "no"}


def test_differences_to_the_record_come_first_and_are_marked(desk):
    patient = a_patient()
    said_before(patient, smoker="yes", keloid="no")
    submission = a_submission(patient, skin={"herpes_recurrent": "yes"})
    page = desk.get(address(submission), **ENGLISH)

    first = page.context["subjects"][0].rows
    assert [row.key for row in first] == ["smoker", "herpes_recurrent"]
    assert [row.comparison for row in first] == [Comparison.DIFFERS, Comparison.NEW]
    assert "In the record: Yes" in page.content.decode()
    assert rows(submission)["keloid"].comparison == Comparison.SAME
    assert rows(submission)["pregnant"].comparison == Comparison.NEW_NO


def test_the_quick_way_chooses_only_what_changes_nothing_and_shows_it(desk):
    patient = a_patient()
    said_before(patient, smoker="yes")
    submission = a_submission(patient, skin={"keloid": "unknown"})
    page = desk.post(address(submission), {"quiet": "1", "seal": "-"}, **ENGLISH)

    chosen = {row.key: row.chosen for row in rows_of(page.context["subjects"])}
    assert page.status_code == 200
    assert (chosen["smoker"], chosen["keloid"]) == ("", "")
    assert {chosen[key] for key in ("pregnant", "allergies_none", "kidney")} == {"accept"}
    assert "smoker" in standing(patient)
    assert "pregnant" not in standing(patient)


def test_a_medicine_of_the_record_that_was_not_named_is_kept_or_taken_out_by_a_person(desk):
    patient = a_patient()
    kept, gone = a_medicine_before(patient), a_medicine_before(patient, "Coraspin 100 mg")
    submission = a_submission(patient)  # "I take nothing"
    page = desk.get(address(submission), **ENGLISH)
    keep = f"decide_medications_r_{kept.pk.hex}"

    refused = desk.post(address(submission), decided(page, **{keep: "aside"}), **ENGLISH)
    assert refused.status_code == 422
    assert [row.key for row in refused.context["errors"]] == ["medications_none"]
    assert len(record.medications(patient)) == 2

    aside = {keep: "aside", "decide_medications_none": "aside"}
    assert desk.post(address(submission), decided(page, **aside)).status_code == 302
    assert record.medications(patient) == [kept]
    gone.refresh_from_db()
    assert gone.removed_at is not None


def test_a_line_that_stands_there_already_is_confirmed_and_not_written_twice(desk):
    patient = a_patient()
    a_medicine_before(patient, "Işıl takviye")
    submission = a_submission(
        patient,
        medicines={
            "medications_none": "no",
            "medications-text": "IŞIL TAKVİYE",
            "medications-status": "current",
        },
    )
    assert rows(submission)["medications_0"].comparison == Comparison.SAME
    desk.post(address(submission), decided(desk.get(address(submission))))
    assert len(record.medications(patient)) == 1


def test_a_changed_line_is_written_as_the_reviewer_wrote_it(desk):
    patient = a_patient()
    submission = a_submission(
        patient,
        medicines={
            "medications_none": "no",
            "medications-text": "kumadn",
            "medications-status": "current",
        },
    )
    page = desk.get(address(submission), **ENGLISH)
    change = {
        "decide_medications_0": "change",
        "medications_0-text": "Coumadin 5 mg",
        "medications_0-status": "current",
    }
    desk.post(address(submission), decided(page, **change))
    assert [one.text for one in record.medications(patient)] == ["Coumadin 5 mg"]


def test_the_second_reviewer_is_told_who_was_first(client):
    submission = a_submission()
    first, second = receptionist(), physician()
    client.force_login(first)
    page = client.get(address(submission), **ENGLISH)
    client.post(address(submission), decided(page))
    client.force_login(second)

    late = client.post(address(submission), decided(page), **ENGLISH)

    assert late.status_code == 409
    assert str(first) in late.content.decode()
    assert PhoneReview.objects.get().reviewed_by == first
    assert Answer.objects.filter(code="keloid").count() == 1


def test_a_record_that_moved_since_the_page_was_shown_is_shown_again(desk):
    patient = a_patient()
    submission = a_submission(patient)
    page = desk.get(address(submission), **ENGLISH)
    said_before(patient, smoker="yes")

    stale = desk.post(address(submission), decided(page), **ENGLISH)

    assert stale.status_code == 409
    assert "In the record: Yes" in stale.content.decode()
    assert 'id="decide_keloid_accept" value="accept" checked' in stale.content.decode()
    assert standing(patient) == {"smoker": "yes"}


def test_without_the_seal_a_newer_answer_would_be_overwritten(desk, monkeypatch):
    """Negative control of the seal."""
    patient = a_patient()
    submission = a_submission(patient)
    page = desk.get(address(submission), **ENGLISH)
    said_before(patient, smoker="yes")
    monkeypatch.setattr(review_actions, "record_seal", lambda _patient: page.context["seal"])
    assert desk.post(address(submission), decided(page)).status_code == 302
    assert standing(patient)["smoker"] == "no"


def test_a_review_that_fails_half_way_writes_nothing(desk, monkeypatch):
    submission = a_submission()
    page = desk.get(address(submission), **ENGLISH)

    def broken(*_args, **_kwargs):
        raise RuntimeError("the disk is full")

    monkeypatch.setattr(review_actions.PhoneReview.objects, "create", broken)
    with pytest.raises(RuntimeError, match="disk"):
        desk.post(address(submission), decided(page))
    assert not Answer.objects.exists()
    assert PhoneIntake.objects.get().state == IntakeState.SUBMITTED


def test_a_question_that_is_not_asked_any_more_does_not_enter_the_record(desk, monkeypatch):
    submission = a_submission()
    rule_set = load_rule_set()
    fewer = {code: one for code, one in rule_set.questions.items() if code != "keloid"}
    newer = replace(rule_set, version="3", questions=fewer)
    for module in (reviewing, record, intake_actions):
        monkeypatch.setattr(module, "rules_in_force", lambda: newer)
    page = desk.get(address(submission), **ENGLISH)
    assert desk.post(address(submission), decided(page)).status_code == 302
    assert not Answer.objects.filter(code="keloid").exists()
    assert Answer.objects.filter(code="pregnant").get().questions_version == rule_set.version


def test_the_board_says_who_waits_and_whether_a_physician_looks_first_and_nothing_more(desk):
    healthy, other = a_patient(full_name="Ayşe Sağlam"), a_patient(full_name="Çağla Işık")
    a_submission(healthy)
    risky = a_submission(
        other,
        medicines={
            "medications_none": "no",
            "medications-text": "kumadin 5mg",
            "medications-status": "current",
        },
    )
    assert [(one.patient, one.physician_first) for one in waiting_for_review()] == [
        (healthy, False),
        (other, True),
    ]
    board = desk.get(reverse("today"), **ENGLISH).content.decode()
    assert "2 patients sent answers to review" in board
    assert board.count("Physician first") == 1
    assert "kumadin" not in board.lower()

    desk.post(address(risky), decided(desk.get(address(risky))))
    assert "1 patient sent answers" in desk.get(reverse("today"), **ENGLISH).content.decode()


def test_the_review_is_for_those_who_take_intakes_and_leaves_a_line_in_the_log(client):
    submission = a_submission()
    client.force_login(staff(Role.MANAGER))
    assert client.get(address(submission)).status_code == 403
    assert "sent answers" not in client.get(reverse("today"), **ENGLISH).content.decode()

    reader = receptionist()
    client.force_login(reader)
    client.get(address(submission))
    reading = ChartReading.objects.get(reader=reader)
    assert reading.section == "patients:phone-intake-review"
    assert reading.patient_id == submission.intake.patient_id


def test_the_review_of_another_patient_is_not_found(desk):
    submission = a_submission()
    foreign = reverse("patients:phone-intake-review", args=[a_patient().pk, submission.pk])
    assert desk.get(foreign).status_code == 404


def test_what_was_sent_and_what_was_decided_can_never_be_changed(desk):
    submission = a_submission()
    desk.post(address(submission), decided(desk.get(address(submission))))
    for row in (submission, PhoneReview.objects.get()):
        with pytest.raises((InternalError, ProgrammingError)), transaction.atomic():
            type(row).objects.filter(pk=row.pk)._raw_delete("default")
        with pytest.raises((InternalError, ProgrammingError)), transaction.atomic():
            row.save()


def test_a_review_locks_no_patient_before_a_course_that_it_may_hold(client):
    """Booking locks the physician first: a review that held the patient meanwhile would deadlock."""
    submission = a_submission()
    client.force_login(receptionist())
    sent = decided(client.get(address(submission)))

    with CaptureQueriesContext(connection) as statements:
        assert client.post(address(submission), sent).status_code == 302

    locked = [each["sql"] for each in statements if "FOR NO KEY UPDATE" in each["sql"]]
    assert not [sql for sql in locked if 'FROM "patients_patient"' in sql]
    assert any('FROM "patients_phoneintake"' in each["sql"] for each in statements)


def said_after(patient, **answers):
    now = timezone.now()
    intake_actions.record_answers(
        patient=patient, answers=answers, occasion=Occasion.INTAKE,
        on=timezone.localdate(), by="test builder", now=now,
    )  # fmt: skip


@pytest.mark.parametrize("sent", ["no", "unknown"])
def test_an_older_no_is_not_accepted_over_a_newer_yes(desk, sent):
    patient = a_patient()
    submission = a_submission(patient, skin={"keloid": sent})
    said_after(patient, keloid="yes")
    page = desk.get(address(submission), **ENGLISH)
    assert "The record is newer" in page.content.decode()

    refused = desk.post(address(submission), decided(page))

    assert refused.status_code == 422
    assert standing(patient)["keloid"] == "yes"
    saved = desk.post(address(submission), decided(page, decide_keloid="aside"))
    assert saved.status_code == 302
    assert standing(patient)["keloid"] == "yes"


def test_an_older_no_may_still_be_typed_anew_over_a_newer_yes(desk):
    patient = a_patient()
    submission = a_submission(patient, skin={"keloid": "no"})
    said_after(patient, keloid="yes")
    page = desk.get(address(submission), **ENGLISH)

    saved = desk.post(address(submission), decided(page, decide_keloid="change", keloid="no"))

    assert saved.status_code == 302
    assert standing(patient)["keloid"] == "no"


def test_a_newer_no_and_an_older_record_are_accepted_as_before(desk):
    """Negative control: a yes beside a newer no is shown with both days and may be accepted."""
    patient = a_patient()
    said_before(patient, keloid="yes")
    submission = a_submission(patient, skin={"keloid": "no"})
    assert rows(submission)["keloid"].record_newer is None
    assert "accept" in rows(submission)["keloid"].options

    other = a_patient(full_name="Second Patient")
    stronger = a_submission(other, skin={"keloid": "yes"})
    said_after(other, keloid="no")
    row = rows(stronger)["keloid"]
    assert row.record_newer is not None
    assert "accept" in row.options
