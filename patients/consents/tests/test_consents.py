"""Five consents that know nothing of each other, each with the text that was read (Q1)."""

import json
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pgtrigger
import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.urls import reverse
from django.utils.timezone import localdate

from clinic.audit.models import AuditEntry
from clinic.staff.terms import Role
from clinic.tests.builders import NOW, manager, physician, receptionist, staff
from patients.consents import actions, hooks, queries
from patients.consents.actions import (
    EditedMeanwhile,
    NothingToWithdraw,
    NotUsedHere,
    NotYoursToWrite,
    PaperRefused,
    ShownHasChanged,
    Signed,
)
from patients.consents.documents import copy_pdf
from patients.consents.models import ConsentDecision, ConsentEdition, ShownText
from patients.consents.rules import SignatureRefused
from patients.consents.subjects import ConsentSubject
from patients.consents.terms import PRIVACY_NOTICE, ConsentKind, Decision, How, State
from patients.consents.tests.builders import SCRIBBLE, decides, withdraws
from patients.tests.builders import a_patient

pytestmark = pytest.mark.django_db

PLAN = uuid4()
FREE = [kind for kind in ConsentKind if kind not in (ConsentKind.PROCEDURE, ConsentKind.ABROAD)]


@pytest.fixture
def patient():
    return a_patient(care_messages=False)


@pytest.fixture
def planned(monkeypatch):
    """A course for everybody; what it consists of may be changed."""
    subject: dict[str, Any] = {
        "fingerprint": "a" * 64,
        "lines": ("Areas: cheek", "Substances: x"),
    }

    def what(_patient):
        return [
            ConsentSubject(
                PLAN, subject["fingerprint"], lambda: subject["lines"], since=subject.get("since")
            )
        ]

    monkeypatch.setattr(hooks.what_is_consented_to, "_listeners", [what])
    return subject


@pytest.fixture
def desk(client):
    client.member = receptionist()
    client.force_login(client.member)
    return client


def states(patient):
    return {each.kind: each.state for each in queries.standings(patient)}


def page(name, patient, *more):
    return reverse(f"patients:{name}", args=[patient.pk, *more])


def filled(patient, kind, language="tr", **fields):
    subject = queries.subject_of(patient, kind, None, language)
    text = queries.text_in_force(kind, language)
    return (
        {
            "seen": queries.shown_digest(text, subject),
            "language": language,
            "decision": "given",
            "signature": json.dumps(SCRIBBLE),
            "read_to_end": "yes",
        }
        | ({"about": str(subject.about_id)} if subject else {})
        | fields
    )


# --- independence --------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", [ConsentKind.PROCEDURE, *FREE])
@pytest.mark.parametrize("decision", [Decision.GIVEN, Decision.REFUSED])
def test_one_decision_changes_one_consent(patient, planned, kind, decision):
    before = states(patient)
    assert set(before.values()) == {State.NOT_ASKED}

    decides(patient, kind, decision)

    after = states(patient)
    assert after.pop(kind) == decision
    assert set(after.values()) == {State.NOT_ASKED}


@pytest.mark.parametrize("kind", FREE)
def test_one_withdrawal_changes_one_consent(patient, planned, kind):
    for each in [ConsentKind.PROCEDURE, *FREE]:
        decides(patient, each)

    withdraws(patient, kind)

    after = states(patient)
    assert after.pop(kind) is State.WITHDRAWN
    assert set(after.values()) == {State.GIVEN}


def test_what_may_be_done_follows_its_own_consent(patient):
    asked = {
        ConsentKind.CLINICAL_PHOTOS: queries.may_photograph,
        ConsentKind.PUBLICATION: queries.may_publish_photographs,
        ConsentKind.CARE_MESSAGES: queries.may_send_care_messages,
        ConsentKind.MARKETING: queries.may_send_marketing,
    }
    for kind, may in asked.items():
        assert not may(patient)
        decides(patient, kind)
        assert may(patient)
        assert [each for each, other in asked.items() if other(patient)] == [kind]
        withdraws(patient, kind)
        assert not may(patient)


def test_a_page_asks_one_thing_and_nothing_is_chosen_beforehand(desk, patient, planned):
    for kind in [ConsentKind.PROCEDURE, *FREE]:
        shown = desk.get(page("consent-decide", patient, kind)).content.decode()
        assert "checked" not in shown
        assert shown.count('name="decision"') == 2
        assert shown.count('class="btn btn-secondary btn-lg" name="decision"') == 2
        assert shown.count('name="kind"') == 1


def test_a_bundle_of_consents_writes_nothing_but_the_one_of_the_page(desk, patient):
    both = filled(patient, ConsentKind.MARKETING) | {"kind": ["marketing", "publication"]}

    desk.post(page("consent-decide", patient, "marketing"), both)

    assert [each.kind for each in queries.decisions(patient)] == ["marketing"]


@pytest.mark.parametrize("decision", ["", "maybe", "withdrawn"])
def test_without_an_explicit_answer_nothing_is_written(desk, patient, decision):
    answer = desk.post(
        page("consent-decide", patient, "marketing"),
        filled(patient, ConsentKind.MARKETING, decision=decision),
    )

    assert answer.status_code == 422
    assert not queries.decisions(patient).exists()


def test_processing_abroad_is_asked_only_where_the_clinic_says_so(desk, patient, settings):
    assert ConsentKind.ABROAD not in states(patient)
    assert desk.get(page("consent-decide", patient, "abroad")).status_code == 404
    with pytest.raises(NotUsedHere):
        decides(patient, ConsentKind.ABROAD)

    settings.CONSENT_ABROAD = "a laboratory in Utopia"

    shown = desk.get(page("consent-decide", patient, "abroad")).content.decode()
    assert "a laboratory in Utopia" in shown
    assert decides(patient, ConsentKind.ABROAD).text.text.count("Utopia") == 1


# --- the text that was read ----------------------------------------------------------------------


def test_the_text_as_shown_is_kept_whatever_the_clinic_writes_later(patient, settings):
    given = decides(patient, ConsentKind.MARKETING)
    shown = given.text.text
    assert settings.CLINIC_PHONE in shown

    actions.write_text(
        kind="marketing",
        language="tr",
        text="# Yeni\n\n" + "Başka bir metin. " * 20,
        reason="A lawyer read it.",
        seen_version="1",
        by=physician(),
        now=NOW,
    )

    given.refresh_from_db()
    assert given.text.text == shown
    assert (given.text.version, given.text.language) == ("1", "tr")
    later = decides(patient, ConsentKind.MARKETING)
    assert later.text.version == "1.1"
    assert later.sha256 != given.sha256
    # A new text does not take back what was given under the old one.
    assert states(patient)[ConsentKind.MARKETING] is State.GIVEN


def test_each_language_has_its_own_text(patient):
    turkish = decides(patient, ConsentKind.CLINICAL_PHOTOS, language="tr")
    english = decides(patient, ConsentKind.CLINICAL_PHOTOS, language="en")
    assert (turkish.text.language, english.text.language) == ("tr", "en")
    assert "fotoğraf" in turkish.text.text
    assert "photographs" in english.text.text


def test_a_text_is_kept_once_for_all_who_read_it(patient):
    decides(patient, ConsentKind.MARKETING)
    decides(a_patient(care_messages=False), ConsentKind.MARKETING)
    assert ShownText.objects.filter(kind="marketing").count() == 1


def test_whoever_read_an_older_text_reads_again(desk, patient):
    seen = filled(patient, ConsentKind.MARKETING)
    actions.write_text(
        kind="marketing",
        language="tr",
        text="# Yeni\n\n" + "Başka bir metin. " * 20,
        reason="A lawyer read it.",
        seen_version="1",
        by=manager(),
        now=NOW,
    )

    answer = desk.post(page("consent-decide", patient, "marketing"), seen)

    assert answer.status_code == 409
    assert not queries.decisions(patient).exists()


# --- the procedure -------------------------------------------------------------------------------


def test_a_material_change_asks_for_a_new_consent(patient, planned):
    decides(patient, ConsentKind.PROCEDURE)
    assert queries.procedure_answer(patient, PLAN, "a" * 64) == "yes"

    planned |= {"fingerprint": "b" * 64, "lines": ("Areas: cheek, forehead",)}

    standing = queries.standing(patient, ConsentKind.PROCEDURE)
    assert standing.state is State.TO_RENEW
    assert queries.due(patient)[0].kind == ConsentKind.PROCEDURE
    assert queries.procedure_answer(patient, PLAN, "b" * 64) is None
    decides(patient, ConsentKind.PROCEDURE)
    assert queries.procedure_answer(patient, PLAN, "b" * 64) == "yes"


def test_another_course_is_another_consent(patient, planned):
    decides(patient, ConsentKind.PROCEDURE)
    assert queries.procedure_answer(patient, uuid4(), "a" * 64) is None


def test_a_plan_that_changed_while_it_was_read_is_read_again(patient, planned):
    text = queries.text_in_force(ConsentKind.PROCEDURE, "tr")
    seen = queries.shown_digest(text, queries.subject_of(patient, "procedure", None, "tr"))
    planned["lines"] = ("Areas: cheek, forehead",)

    with pytest.raises(ShownHasChanged):
        decides(patient, ConsentKind.PROCEDURE, seen_sha256=seen)


def test_without_a_course_there_is_nothing_to_consent_to(desk, patient, monkeypatch):
    monkeypatch.setattr(hooks.what_is_consented_to, "_listeners", [])
    assert desk.get(page("consent-decide", patient, "procedure")).status_code == 409
    assert "procedure" not in [each.kind for each in queries.due(patient)]


@pytest.mark.parametrize(
    ("said", "answer"), [(Decision.GIVEN, "yes"), (Decision.REFUSED, "no"), (None, None)]
)
def test_what_the_consent_answers(patient, planned, said, answer):
    if said:
        decides(patient, ConsentKind.PROCEDURE, said)
    assert queries.procedure_answer(patient, PLAN, "a" * 64) == answer
    if said is Decision.GIVEN:
        withdraws(patient, ConsentKind.PROCEDURE)
        assert queries.procedure_answer(patient, PLAN, "a" * 64) == "no"


def test_the_same_button_pressed_twice_writes_one_decision(patient):
    assert decides(patient, ConsentKind.MARKETING) == decides(patient, ConsentKind.MARKETING)
    decides(patient, ConsentKind.MARKETING, Decision.REFUSED)
    decides(patient, ConsentKind.MARKETING)
    assert queries.decisions(patient).count() == 3


# --- signatures ----------------------------------------------------------------------------------


def test_a_yes_is_signed_and_a_no_need_not_be(patient):
    with pytest.raises(SignatureRefused):
        decides(patient, ConsentKind.MARKETING, signed=Signed())
    refused = decides(patient, ConsentKind.MARKETING, Decision.REFUSED, signed=Signed())
    assert refused.signature == []


@pytest.mark.parametrize(
    "forged", ['[["<script>"]]', "[[[1, 2], [5000, 3]]]", "[[[1, 2, 3]]]", "{", "[]", "   "]
)
def test_a_forged_signature_writes_nothing(desk, patient, forged):
    answer = desk.post(
        page("consent-decide", patient, "marketing"),
        filled(patient, ConsentKind.MARKETING, signature=forged),
    )
    assert answer.status_code == 422
    assert not queries.decisions(patient).exists()


def test_a_signature_that_is_too_large_writes_nothing(desk, patient):
    huge = json.dumps([[[i % 1000, i % 300] for i in range(60_000)]])
    answer = desk.post(
        page("consent-decide", patient, "marketing"),
        filled(patient, ConsentKind.MARKETING, signature=huge),
    )
    assert answer.status_code == 422
    assert not queries.decisions(patient).exists()


def test_whoever_cannot_draw_types_the_name_before_a_witness(desk, patient):
    where = page("consent-decide", patient, "marketing")
    typed = filled(patient, ConsentKind.MARKETING, signature="", typed_name=patient.full_name)

    assert (
        desk.post(where, typed | {"typed_name": "Somebody Else", "witnessed": "on"}).status_code
        == 422
    )
    assert desk.post(where, typed).status_code == 422
    assert not queries.decisions(patient).exists()
    assert desk.post(where, typed | {"witnessed": "on", "interpreter": "Olga"}).status_code == 302

    made = queries.decisions(patient).get()
    assert (made.typed_name, made.witness, made.interpreter) == (
        patient.full_name,
        desk.member,
        "Olga",
    )


def test_what_was_signed_on_paper_names_the_paper(desk, patient):
    where = page("consent-paper", patient, "publication")
    said = {"decision": "given", "language": "tr", "signed_on": "20.11.2026"}

    assert desk.post(where, said | {"reference": " "}).status_code == 422
    assert (
        desk.post(where, said | {"reference": "K-12", "signed_on": "01.01.2099"}).status_code == 422
    )
    assert desk.post(where, {"reference": "K-12", **said, "decision": ""}).status_code == 422
    assert not queries.decisions(patient).exists()
    assert desk.post(where, said | {"reference": "K-12"}).status_code == 302

    made = queries.decisions(patient).get()
    assert (made.how, made.paper_reference, made.witness) == (How.PAPER, "K-12", desk.member)
    assert queries.may_publish_photographs(patient)


def on_paper(patient, kind, *, signed_on, decision=Decision.GIVEN, about_id=None, now=NOW):
    return actions.record_paper(
        patient=patient,
        kind=kind,
        decision=decision,
        language="tr",
        signed_on=signed_on,
        reference="K-12",
        interpreter="",
        about_id=about_id,
        by=receptionist(),
        now=now,
    )


@pytest.mark.parametrize("decision", [Decision.GIVEN, Decision.REFUSED])
def test_a_paper_of_before_does_not_undo_what_was_decided_since(patient, decision):
    today = localdate(NOW)
    decides(patient, ConsentKind.PUBLICATION)
    if decision is Decision.GIVEN:
        withdraws(patient, ConsentKind.PUBLICATION)
    before = queries.may_publish_photographs(patient)

    with pytest.raises(PaperRefused):
        on_paper(
            patient,
            ConsentKind.PUBLICATION,
            decision=decision,
            signed_on=today - timedelta(days=1),
        )
    assert queries.may_publish_photographs(patient) is before

    on_paper(patient, ConsentKind.PUBLICATION, decision=decision, signed_on=today)
    assert queries.may_publish_photographs(patient) is not before


def test_a_paper_of_before_the_course_is_of_another_course(patient, planned):
    planned["since"] = today = localdate(NOW)
    with pytest.raises(PaperRefused):
        on_paper(patient, ConsentKind.PROCEDURE, signed_on=today - timedelta(days=1), about_id=PLAN)
    on_paper(patient, ConsentKind.PROCEDURE, signed_on=today, about_id=PLAN)
    assert queries.procedure_answer(patient, PLAN, "a" * 64) == "yes"


def test_a_paper_of_before_the_text_in_force_says_another_text(patient):
    today, standing = localdate(NOW), queries.template_in_force(ConsentKind.MARKETING, "tr")
    actions.write_text(
        kind=ConsentKind.MARKETING,
        language="tr",
        text=standing.text + "\n\nBir cümle daha.",
        reason="A sentence was missing.",
        seen_version=standing.version,
        by=physician(),
        now=NOW,
    )
    with pytest.raises(PaperRefused):
        on_paper(patient, ConsentKind.MARKETING, signed_on=today - timedelta(days=1))
    on_paper(patient, ConsentKind.MARKETING, signed_on=today)


# --- rows are only added -------------------------------------------------------------------------


def _truncate(_row):
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")  # its own rows wait for their keys
        cursor.execute("TRUNCATE patients_consentdecision")


@pytest.mark.parametrize(
    "change",
    [lambda row: row.update(decision=Decision.REFUSED), lambda row: row.delete(), _truncate],
    ids=["update", "delete", "truncate"],
)
def test_the_database_refuses_to_change_a_signed_row(patient, change):
    row = ConsentDecision.objects.filter(pk=decides(patient, ConsentKind.MARKETING).pk)
    with pytest.raises(DatabaseError, match="Cannot"), transaction.atomic():
        change(row)
    assert row.get().decision == Decision.GIVEN


def test_the_same_row_could_be_changed_without_the_guard(patient):
    """The negative control of the trigger."""
    given = decides(patient, ConsentKind.MARKETING)
    with pgtrigger.ignore("patients.ConsentDecision:append_only"):
        ConsentDecision.objects.filter(pk=given.pk).update(decision=Decision.REFUSED)
    given.refresh_from_db()
    assert given.decision == Decision.REFUSED


def test_the_text_behind_a_signature_cannot_be_changed(patient):
    given = decides(patient, ConsentKind.MARKETING)
    with pytest.raises(DatabaseError, match="Cannot"), transaction.atomic():
        ShownText.objects.filter(pk=given.text_id).update(text="I owe the clinic a car")


@pytest.mark.parametrize(
    "broken",
    [
        {"signature": []},
        {"signature": [], "typed_name": "Somebody"},
        {"text": None},
        {"about_id": PLAN},
        {"fingerprint": "a" * 64},
        {"kind": ConsentKind.PROCEDURE},
    ],
)
def test_the_table_itself_refuses_half_a_consent(patient, broken):
    given = decides(patient, ConsentKind.MARKETING)
    values = {
        "patient": patient,
        "kind": ConsentKind.MARKETING,
        "decision": Decision.GIVEN,
        "text": given.text,
        "how": How.DESK,
        "signature": SCRIBBLE,
        "decided_on": NOW.date(),
        "decided_at": NOW,
    }
    with pytest.raises(IntegrityError), transaction.atomic():
        ConsentDecision.objects.create(**(values | broken))
    ConsentDecision.objects.create(**values)


def test_two_clocks_that_disagree_still_have_one_latest_decision(patient):
    decides(patient, ConsentKind.MARKETING, now=NOW)
    decides(patient, ConsentKind.MARKETING, Decision.REFUSED, now=NOW - timedelta(hours=1))
    assert states(patient)[ConsentKind.MARKETING] is State.REFUSED


# --- withdrawal ----------------------------------------------------------------------------------


def test_a_withdrawal_shows_its_effects_and_is_written_down(desk, patient):
    decides(patient, ConsentKind.PUBLICATION)
    where = page("consent-withdraw", patient, "publication")

    assert "ms-callout" in desk.get(where).content.decode()
    assert desk.post(where, {}).status_code == 422
    assert queries.may_publish_photographs(patient)
    assert desk.post(where, {"said": "phone"}).status_code == 302

    made = queries.decisions(patient).first()
    assert (made.decision, made.recorded_by) == (Decision.WITHDRAWN, desk.member)
    assert not queries.may_publish_photographs(patient)
    assert AuditEntry.objects.filter(verb="consent.withdrawn", patient_id=patient.pk).count() == 1


def test_what_was_never_given_is_not_withdrawn(desk, patient):
    with pytest.raises(NothingToWithdraw):
        withdraws(patient, ConsentKind.MARKETING)
    decides(patient, ConsentKind.MARKETING)
    withdraws(patient, ConsentKind.MARKETING)
    answer = desk.post(page("consent-withdraw", patient, "marketing"), {"said": "phone"})
    assert answer.status_code == 409


# --- the privacy notice --------------------------------------------------------------------------


def test_the_notice_is_shown_and_nobody_agrees_to_it(desk, patient):
    assert queries.notice_is_due(patient)
    shown = desk.get(page("consent-notice", patient)).content.decode()
    assert 'name="decision"' not in shown

    desk.post(page("consent-notice", patient), {"language": "tr"})

    notice = queries.last_notice(patient)
    assert (notice.text.version, notice.shown_by, notice.how) == ("1", desk.member, How.DESK)
    assert not queries.notice_is_due(patient)
    assert not queries.decisions(patient).exists()
    actions.write_text(
        kind=PRIVACY_NOTICE,
        language="tr",
        text="# Yeni\n\n" + "Başka bir metin. " * 20,
        reason="A lawyer read it.",
        seen_version="1",
        by=manager(),
        now=NOW,
    )
    assert queries.notice_is_due(patient)


# --- the clinic's own texts ----------------------------------------------------------------------


def test_a_text_is_written_with_a_reason_by_those_who_may(client):
    where = reverse("patients:consent-text", args=["marketing", "tr"])
    text = "# Yeni\r\n\r\n" + "Başka bir metin. " * 20
    client.force_login(manager())
    assert "Ticari" in client.get(where).content.decode()
    assert client.post(where, {"text": text, "reason": "x", "version": "1"}).status_code == 422
    assert (
        client.post(where, {"text": "x", "reason": "Read again.", "version": "1"}).status_code
        == 422
    )
    sent = {"text": text, "reason": "Read by a lawyer.", "version": "1"}
    assert client.post(where, sent).status_code == 302
    assert client.post(where, sent).status_code == 409  # somebody wrote meanwhile
    edition = ConsentEdition.objects.get()
    assert (edition.version, edition.reason) == ("1.1", "Read by a lawyer.")
    assert "\r" not in edition.text


def test_others_write_no_texts(client):
    with pytest.raises(NotYoursToWrite):
        actions.write_text(
            kind="marketing",
            language="tr",
            text="# A\n\n" + "b " * 200,
            reason="long enough",
            seen_version="1",
            by=receptionist(),
            now=NOW,
        )
    with pytest.raises(EditedMeanwhile):
        actions.write_text(
            kind="marketing",
            language="tr",
            text="# A\n\n" + "b " * 200,
            reason="long enough",
            seen_version="0",
            by=physician(),
            now=NOW,
        )


def test_what_the_clinic_writes_is_text_and_never_markup(desk, patient):
    actions.write_text(
        kind="marketing",
        language="tr",
        text="# <script>alert(1)</script>\n\n" + "<img src=x onerror=alert(1)> " * 20,
        reason="A test of the page.",
        seen_version="1",
        by=physician(),
        now=NOW,
    )
    shown = desk.get(page("consent-decide", patient, "marketing")).content.decode()
    assert "<script>alert" not in shown
    assert "<img src=x" not in shown


# --- pages ---------------------------------------------------------------------------------------


def test_the_overview_and_one_decision_are_shown(desk, patient, planned):
    given = decides(patient, ConsentKind.PROCEDURE)
    decides(patient, ConsentKind.MARKETING, Decision.REFUSED)
    assert desk.get(page("consents", patient)).status_code == 200
    shown = desk.get(page("consent-decision", patient, given.pk)).content.decode()
    assert given.sha256 in shown
    assert "data:image/svg+xml;base64," in shown
    other = a_patient()
    assert desk.get(page("consent-decision", other, given.pk)).status_code == 404
    assert desk.get(page("consent-copy", other, given.pk)).status_code == 404


def test_a_round_asks_one_after_the_other_and_ends(desk, patient, planned):
    where = desk.get(page("consents", patient)).context["first"]
    asked = []
    for _turn in range(10):
        if "round=1" not in where:
            break
        kind = where.split("/consents/")[1].split("/")[0]
        asked.append(kind)
        sent = {"language": "tr", "round": "1"}
        if kind != "notice":
            sent |= filled(patient, ConsentKind(kind), decision="refused", signature="")
        answer = desk.post(where, sent)
        assert answer.status_code == 302
        where = answer["Location"]
    assert asked == [
        "notice", "procedure", "clinical_photos", "publication", "care_messages", "marketing",
    ]  # fmt: skip
    assert where == page("consents", patient)


@pytest.mark.parametrize("role", [Role.MANAGER])
def test_who_may_not_ask_sees_nothing(client, patient, role):
    client.force_login(staff(role))
    assert client.get(page("consents", patient)).status_code == 403


def test_the_copy_holds_text_signature_date_and_version(patient, planned):
    from io import BytesIO

    from pypdf import PdfReader

    pdf = PdfReader(BytesIO(copy_pdf(decides(patient, ConsentKind.PROCEDURE))))
    text = " ".join(" ".join(page.extract_text() for page in pdf.pages).split())
    for words in (
        patient.full_name,
        "Substances: x",
        "onaylı kullanım alanları dışında",
        "SHA-256",
    ):
        assert words in text
