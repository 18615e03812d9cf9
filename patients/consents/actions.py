"""Giving, refusing and withdrawing a consent; showing the privacy notice; writing a text."""

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from django.utils.timezone import localdate

from clinic.audit.actions import Actor, record
from clinic.refusals import Refused
from clinic.staff.models import StaffMember
from clinic.staff.terms import Ability
from patients.consents import queries, rules, terms
from patients.consents.hooks import consent_changed
from patients.consents.models import ConsentDecision, ConsentEdition, NoticeShown, ShownText
from patients.consents.queries import TextInForce, shown_digest
from patients.consents.rules import PaperRefused, SignatureRefused, Strokes
from patients.consents.subjects import ConsentSubject
from patients.consents.terms import PRIVACY_NOTICE, ConsentKind, Decision, How
from patients.records.models import Patient
from patients.records.rules import check_visible
from patients.records.terms import PatientLanguage


class NotUsedHere(Refused):
    """Processing abroad where the clinic does none, or a procedure nobody planned."""

    code = "consent_not_used"


class ShownHasChanged(Refused):
    """The patient read another text, or another plan, than the one that holds now."""

    code = "consent_text_changed"


class NothingToWithdraw(Refused):
    code = "nothing_to_withdraw"


class NotYoursToWrite(Refused):
    status = 403
    code = "not_for_you"


class EditedMeanwhile(Refused):
    code = "text_edited"


def nothing_planned() -> NotUsedHere:
    """The refusal for a procedure consent without a course."""
    return NotUsedHere(terms.NOTHING_TO_CONSENT_TO)


@dataclass(frozen=True, slots=True, kw_only=True)
class Signed:
    """How somebody signed: drawn, or typed in front of a witness."""

    strokes: Strokes = field(default_factory=list)
    typed_name: str = ""
    witness: StaffMember | None = None
    interpreter: str = ""
    read_to_end: bool | None = None


@transaction.atomic
def decide_consent(
    *,
    patient: Patient,
    kind: ConsentKind,
    decision: Decision,
    language: str,
    seen_sha256: str,
    how: How,
    signed: Signed,
    by: Actor,
    now: datetime,
    about_id: UUID | None = None,
) -> ConsentDecision:
    """Write down that a patient agreed, or did not, to exactly what was shown.

    `seen_sha256` is what the page showed: when the text or the plan changed since, nothing is
    written. A yes is signed; a no needs no signature. Raises ShownHasChanged, SignatureRefused,
    NotUsedHere.
    """
    patient = Patient.objects.select_for_update(no_key=True).get(pk=patient.pk)
    text, subject = _shown(patient, kind, language, about_id)
    if shown_digest(text, subject) != seen_sha256:
        raise ShownHasChanged(terms.TEXT_CHANGED)
    if decision is Decision.GIVEN:
        _check_signed(signed, patient, how)
    latest = _latest(patient, kind, about_id if subject else None)
    said = (decision, seen_sha256, signed.strokes)
    if latest is not None and (latest.decision, latest.sha256, latest.signature) == said:
        return latest  # the same button pressed twice
    return _write(
        patient,
        kind,
        decision,
        subject=subject,
        text=_kept(text),
        sha256=seen_sha256,
        how=how,
        signature=signed.strokes,
        typed_name=" ".join(signed.typed_name.split()),
        witness=signed.witness,
        interpreter=_tidy(signed.interpreter),
        read_to_end=signed.read_to_end,
        decided_on=localdate(now),
        by=by,
        now=now,
    )


@transaction.atomic
def record_paper(
    *,
    patient: Patient,
    kind: ConsentKind,
    decision: Decision,
    language: str,
    signed_on: date,
    reference: str,
    interpreter: str,
    by: StaffMember,
    now: datetime,
    about_id: UUID | None = None,
) -> ConsentDecision:
    """Write down a decision that was signed on the printed text, and where that paper is kept.

    Raises PaperRefused, also for a paper that a later decision, course or text has overtaken.
    """
    patient = Patient.objects.select_for_update(no_key=True).get(pk=patient.pk)
    text, subject = _shown(patient, kind, language, about_id)
    reference = _tidy(reference)
    if not reference:
        raise PaperRefused(terms.PAPER_REFERENCE_MISSING)
    if signed_on > localdate(now):
        raise PaperRefused(terms.DAY_IN_FUTURE)
    latest = _latest(patient, kind, about_id if subject else None)
    edition = queries.editions(kind, language).first()
    rules.check_not_overtaken(
        signed_on,
        decided=latest.decided_on if latest else None,
        planned=subject.since if subject else None,
        written=localdate(edition.written_at) if edition else None,
    )
    return _write(
        patient,
        kind,
        decision,
        subject=subject,
        text=_kept(text),
        sha256=shown_digest(text, subject),
        how=How.PAPER,
        witness=by,
        interpreter=_tidy(interpreter),
        paper_reference=reference,
        decided_on=signed_on,
        by=by,
        now=now,
    )


@transaction.atomic
def withdraw_consent(
    *,
    patient: Patient,
    kind: ConsentKind,
    note: str,
    how: How,
    by: Actor,
    now: datetime,
    about_id: UUID | None = None,
) -> ConsentDecision:
    """Take a consent back, effective at once. Needs no reason. Raises NothingToWithdraw."""
    patient = Patient.objects.select_for_update(no_key=True).get(pk=patient.pk)
    latest = _latest(patient, kind, about_id)
    if latest is None or latest.decision != Decision.GIVEN:
        raise NothingToWithdraw(terms.NOTHING_TO_WITHDRAW)
    return _write(
        patient,
        kind,
        Decision.WITHDRAWN,
        how=how,
        note=_tidy(note)[:400],
        witness=by if isinstance(by, StaffMember) else None,
        about_id=about_id,
        fingerprint=latest.fingerprint,
        about_lines=latest.about_lines,
        decided_on=localdate(now),
        by=by,
        now=now,
    )


@transaction.atomic
def show_notice(
    *, patient: Patient, language: str, how: How, by: Actor, now: datetime
) -> NoticeShown:
    """Write down that the privacy notice was shown, in which version."""
    shown = NoticeShown.objects.create(
        patient=patient,
        text=_kept(queries.text_in_force(PRIVACY_NOTICE, language)),
        how=how,
        shown_at=now,
        shown_by=by if isinstance(by, StaffMember) else None,
    )
    record(
        verb="notice.shown",
        subject=shown,
        by=by,
        now=now,
        patient_id=patient.pk,
        version=shown.text.version,
    )
    return shown


@transaction.atomic
def write_text(
    *,
    kind: str,
    language: str,
    text: str,
    reason: str,
    seen_version: str,
    by: StaffMember,
    now: datetime,
) -> ConsentEdition:
    """Put the clinic's own text in force from now on. Earlier ones, and what they say, stay.

    Raises TextRefused, EditedMeanwhile, NotYoursToWrite.
    """
    if not by.may(Ability.WRITE_CONSENT_TEXTS):
        raise NotYoursToWrite(terms.NOT_YOURS_TO_WRITE)
    text = "\n".join(line.rstrip() for line in text.strip().splitlines())
    rules.check_text(text)
    reason = _tidy(reason)
    if len(reason) < terms.SHORTEST_REASON:
        raise rules.TextRefused(terms.REASON_TOO_SHORT % {"count": terms.SHORTEST_REASON})
    _lock_texts()
    standing = queries.template_in_force(kind, language)
    if standing.version != seen_version:
        raise EditedMeanwhile(terms.TEXT_EDITED_MEANWHILE)
    if standing.text == text:
        raise rules.TextRefused(terms.SAME_TEXT)
    edition = ConsentEdition.objects.create(
        kind=kind,
        language=language,
        version=rules.next_edition(standing.version),
        text=text,
        reason=reason,
        written_at=now,
        written_by=by,
    )
    record(
        verb="consent.text_written",
        subject=edition,
        by=by,
        now=now,
        kind=kind,
        language=language,
        version=edition.version,
    )
    return edition


def _shown(
    patient: Patient, kind: ConsentKind, language: str, about_id: UUID | None
) -> tuple[TextInForce, ConsentSubject | None]:
    if kind not in queries.kinds_in_use():
        raise NotUsedHere(terms.NOT_USED_HERE)
    text = queries.text_in_force(kind, language)
    if kind is not ConsentKind.PROCEDURE:
        return text, None
    for subject in queries.subjects_of(patient, language):
        if subject.about_id == about_id:
            return text, subject
    raise nothing_planned()


def _latest(patient: Patient, kind: ConsentKind, about_id: UUID | None) -> ConsentDecision | None:
    return (
        ConsentDecision.objects.filter(patient=patient, kind=kind, about_id=about_id)
        .order_by("-decided_at", "-pk")
        .first()
    )


def _check_signed(signed: Signed, patient: Patient, how: How) -> None:
    if signed.strokes:
        return
    if how is How.LINK:
        raise SignatureRefused(
            terms.SIGN_AT_THE_CLINIC if signed.typed_name else terms.SIGNATURE_MISSING
        )
    if not signed.typed_name.strip():
        raise SignatureRefused(terms.NAME_OR_SIGNATURE)
    if not rules.is_name_of(signed.typed_name, patient.full_name):
        raise SignatureRefused(terms.NAME_DIFFERS)
    if signed.witness is None:
        raise SignatureRefused(terms.WITNESS_MISSING)


def _write(
    patient: Patient,
    kind: ConsentKind,
    decision: Decision,
    *,
    by: Actor,
    now: datetime,
    subject: ConsentSubject | None = None,
    **values: Any,
) -> ConsentDecision:
    if subject is not None:
        values |= {
            "about_id": subject.about_id,
            "fingerprint": subject.fingerprint,
            "about_lines": list(subject.lines),
        }
    made = ConsentDecision.objects.create(
        patient=patient,
        kind=kind,
        decision=decision,
        decided_at=_after_the_last(patient, now),
        recorded_by=by if isinstance(by, StaffMember) else None,
        **values,
    )
    detail: dict[str, Any] = {
        "subject": made,
        "by": by,
        "now": now,
        "patient_id": patient.pk,
        "kind": str(kind),
        "how": str(made.how),
    }
    if made.text is None:
        record(verb="consent.withdrawn", **detail)
    else:
        record(verb="consent.decided", **detail, version=made.text.version, said=str(decision))
    consent_changed(patient, kind, by, now)
    return made


def _after_the_last(patient: Patient, now: datetime) -> datetime:
    """Two machines may disagree about the time; which decision is the latest must be certain."""
    last = (
        ConsentDecision.objects.filter(patient=patient)
        .order_by("-decided_at")
        .values_list("decided_at", flat=True)
        .first()
    )
    return max(now, last + timedelta(microseconds=1)) if last else now


def keep_texts_in_force() -> None:
    """Keep every text that may be shown now, so that two long loads do not wait for each other."""
    for kind, _label in terms.TEXT_KINDS:
        for language in PatientLanguage.values:
            _kept(queries.text_in_force(kind, language))


def _kept(text: TextInForce) -> ShownText:
    """The text as it was shown, kept once and for ever."""
    kept, _created = ShownText.objects.get_or_create(
        sha256=text.sha256,
        defaults={
            "kind": text.kind,
            "language": text.language,
            "version": text.version,
            "text": text.text,
        },
    )
    return kept


def _tidy(text: str) -> str:
    tidy = " ".join(text.split())
    check_visible(tidy)
    return tidy


def _lock_texts() -> None:
    """One writer of texts at a time, so that numbers have no gaps and nobody is overwritten."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('consent texts'))")
