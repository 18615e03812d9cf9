"""Reads of consents: where each stands now, what is due, and what was shown."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.conf import settings
from django.db.models import Q, QuerySet
from django.utils import translation
from django.utils.functional import Promise

from patients.consents import rules
from patients.consents.hooks import effects_of_withdrawal, what_is_consented_to
from patients.consents.models import ConsentDecision, ConsentEdition, NoticeShown
from patients.consents.rules import state_of
from patients.consents.subjects import ConsentSubject
from patients.consents.terms import (
    EFFECTS,
    PRIVACY_NOTICE,
    TEXT_KINDS,
    ConsentKind,
    Decision,
    State,
)
from patients.consents.texts import shipped_text, shipped_version
from patients.records.models import Patient
from patients.records.terms import PatientLanguage

LABELS = dict(TEXT_KINDS)


@dataclass(frozen=True, slots=True)
class TextInForce:
    """A text with its gaps filled in, as it is shown now."""

    kind: str
    language: str
    version: str
    text: str

    @property
    def sha256(self) -> str:
        return rules.digest(self.text, [self.kind, self.language, self.version])


@dataclass(frozen=True, slots=True)
class Standing:
    """Where one consent of one patient stands. `subject`: the course a procedure consent is about."""

    kind: ConsentKind
    state: State
    decision: ConsentDecision | None = None
    subject: ConsentSubject | None = None

    @property
    def is_given(self) -> bool:
        return self.state is State.GIVEN

    @property
    def is_due(self) -> bool:
        """Whether the patient is still to be asked. Whoever said no is not asked again and again."""
        return self.state in (State.NOT_ASKED, State.TO_RENEW)


def shown_digest(text: TextInForce, subject: ConsentSubject | None) -> str:
    """Names exactly what a patient sees: the text, and the lines about the course above it."""
    return rules.digest(text.text, subject.lines if subject else ())


def kinds_in_use() -> list[ConsentKind]:
    """The five, and processing abroad where the clinic switched it on."""
    return [
        kind for kind in ConsentKind if kind is not ConsentKind.ABROAD or settings.CONSENT_ABROAD
    ]


def text_in_force(kind: str, language: str) -> TextInForce:
    """The clinic's own latest edition, or the shipped text where it wrote none."""
    template = template_in_force(kind, language)
    values = {
        "clinic": settings.CLINIC_NAME,
        "phone": settings.CLINIC_PHONE,
        "emergency": settings.EMERGENCY_NUMBER,
        "abroad": settings.CONSENT_ABROAD,
    }
    return TextInForce(kind, language, template.version, rules.filled_in(template.text, values))


def template_in_force(kind: str, language: str) -> TextInForce:
    """The same with its gaps, for whoever writes the next edition."""
    edition = editions(kind, language).first()
    if edition is not None:
        return TextInForce(kind, language, edition.version, edition.text)
    return TextInForce(kind, language, shipped_version(), shipped_text(kind, language))


def editions(kind: str, language: str) -> QuerySet[ConsentEdition]:
    """The clinic's own editions, the latest first."""
    return ConsentEdition.objects.filter(kind=kind, language=language).select_related("written_by")


def texts_in_force() -> list[tuple[str, str | Promise, list[TextInForce]]]:
    """Every text: kind, its name, and what holds in each language."""
    return [
        (kind, label, [template_in_force(kind, language) for language in PatientLanguage.values])
        for kind, label in TEXT_KINDS
    ]


def subjects_of(patient: Patient, language: str = "") -> list[ConsentSubject]:
    """The courses that need a procedure consent, in words of the patient's language."""
    with translation.override(language or patient.language):
        return [subject for found in what_is_consented_to(patient) for subject in found]


def subject_of(
    patient: Patient, kind: str, about_id: UUID | None, language: str
) -> ConsentSubject | None:
    """The course that is meant: the named one, or the first; None for what is about no course."""
    if kind != ConsentKind.PROCEDURE:
        return None
    subjects = subjects_of(patient, language)
    return next((each for each in subjects if about_id in (None, each.about_id)), None)


def standings(patient: Patient, language: str = "") -> list[Standing]:
    """Every consent of one patient as it stands now, one line per course for the procedure.

    `language`: of the lines about the course; the patient's, where nothing is said.
    """
    latest = _latest(patient)
    found: list[Standing] = []
    for kind in kinds_in_use():
        if kind is not ConsentKind.PROCEDURE:
            decision = latest.get((kind, None))
            found.append(Standing(kind, _state(decision), decision))
            continue
        subjects = subjects_of(patient, language)
        found += [
            _procedure_standing(latest.get((kind, each.about_id)), each) for each in subjects
        ] or [Standing(kind, State.NOT_ASKED)]
    return found


def standing(patient: Patient, kind: ConsentKind, language: str = "") -> Standing:
    """One consent; for the procedure that of the running course."""
    return standings_of(patient, [kind], language)[kind]


def standings_of(
    patient: Patient, kinds: Collection[ConsentKind], language: str = ""
) -> dict[ConsentKind, Standing]:
    """Several consents, in one query beside the one for the course."""
    procedure = ConsentKind.PROCEDURE
    subject = next(iter(subjects_of(patient, language)), None) if procedure in kinds else None
    asked = Q(kind__in=set(kinds) - {procedure}, about_id=None)
    if subject is not None:
        asked |= Q(kind=procedure, about_id=subject.about_id)
    latest = (
        ConsentDecision.objects.filter(asked, patient=patient)
        .select_related("text", "witness")
        .order_by("kind", "-decided_at", "-pk")
        .distinct("kind")
    )
    decided = {decision.kind: decision for decision in latest}
    found = {kind: Standing(kind, _state(decided.get(kind)), decided.get(kind)) for kind in kinds}
    if procedure in found:
        found[procedure] = (
            _procedure_standing(decided.get(procedure), subject)
            if subject
            else Standing(procedure, State.NOT_ASKED)
        )
    return found


def procedure_standing(patient: Patient, about_id: UUID) -> Standing | None:
    """The consent to one course; None where nothing is planned or open in it any more."""
    subject = subject_of(patient, ConsentKind.PROCEDURE, about_id, patient.language)
    if subject is None:
        return None
    return _procedure_standing(_latest_of(patient, ConsentKind.PROCEDURE, about_id), subject)


def due(patient: Patient) -> list[Standing]:
    """What the patient is still to be asked, in the order of the kinds."""
    return [
        each
        for each in standings(patient)
        if each.is_due and (each.kind is not ConsentKind.PROCEDURE or each.subject is not None)
    ]


def may_photograph(patient: Patient) -> bool:
    """Whether photographs may be taken for the record."""
    return standing(patient, ConsentKind.CLINICAL_PHOTOS).is_given


def who_may_be_photographed(patient_ids: Collection[UUID]) -> set[UUID]:
    """Those of these patients of whom photographs may be taken, in one query for a whole board."""
    latest = (
        ConsentDecision.objects.filter(
            kind=ConsentKind.CLINICAL_PHOTOS, patient_id__in=patient_ids, about_id=None
        )
        .order_by("patient_id", "-decided_at", "-pk")
        .distinct("patient_id")
    )
    return {each.patient_id for each in latest if _state(each) is State.GIVEN}


def may_publish_photographs(patient: Patient) -> bool:
    return standing(patient, ConsentKind.PUBLICATION).is_given


def may_send_care_messages(patient: Patient) -> bool:
    """Whether the patient permits messages at all; by which way is the wish in the file."""
    return standing(patient, ConsentKind.CARE_MESSAGES).is_given


def may_send_marketing(patient: Patient) -> bool:
    return standing(patient, ConsentKind.MARKETING).is_given


def procedure_answer(
    patient: Patient, about_id: UUID, fingerprint: str, *, until: date | None = None
) -> str | None:
    """What the consent says to "is consent signed?": yes, no, or nothing was said about this.

    `until`: as it stood on that day. What was said later counts where that day said nothing about
    this; it takes back nothing.
    """
    decision = _latest_of(patient, ConsentKind.PROCEDURE, about_id, until=until)
    state = _state(decision, fingerprint)
    if until is not None and state in (State.NOT_ASKED, State.TO_RENEW):
        return procedure_answer(patient, about_id, fingerprint)
    if state is State.GIVEN:
        return "yes"
    return "no" if state in (State.REFUSED, State.WITHDRAWN) else None


def decisions(patient: Patient) -> QuerySet[ConsentDecision]:
    """Everything that was ever decided, the latest first."""
    return (
        ConsentDecision.objects.filter(patient=patient)
        .select_related("text", "witness", "recorded_by", "patient")
        .order_by("-decided_at", "-pk")
    )


def decision_of_patient(patient_id: UUID, decision_id: UUID) -> ConsentDecision:
    return ConsentDecision.objects.select_related("text", "witness", "recorded_by", "patient").get(
        pk=decision_id, patient_id=patient_id
    )


def last_notice(patient: Patient) -> NoticeShown | None:
    return (
        NoticeShown.objects.filter(patient=patient)
        .select_related("text", "shown_by")
        .order_by("-shown_at")
        .first()
    )


def notices(patient: Patient) -> QuerySet[NoticeShown]:
    return (
        NoticeShown.objects.filter(patient=patient)
        .select_related("text", "shown_by")
        .order_by("-shown_at")
    )


def notice_is_due(patient: Patient) -> bool:
    """Whether the notice was never shown, or has another version since."""
    last = last_notice(patient)
    if last is None:
        return True
    now = text_in_force(PRIVACY_NOTICE, last.text.language)
    return last.text.version != now.version


def effects(patient: Patient, kind: ConsentKind) -> list[str | Promise]:
    """What withdrawing this consent does, for whoever is about to do it."""
    return [
        EFFECTS[kind],
        *(line for lines in effects_of_withdrawal(patient, kind) for line in lines),
    ]


def courses_consented_to(now_planned: Mapping[UUID, str]) -> set[UUID]:
    """Those of these courses that are consented to as they are now, in one query for a whole board.

    `now_planned`: course -> fingerprint of what its consent would be about today.
    """
    latest = (
        ConsentDecision.objects.filter(kind=ConsentKind.PROCEDURE, about_id__in=now_planned.keys())
        .order_by("about_id", "-decided_at", "-pk")
        .distinct("about_id")
    )
    return {
        decision.about_id
        for decision in latest
        if decision.about_id and _state(decision, now_planned[decision.about_id]) is State.GIVEN
    }


def _procedure_standing(decision: ConsentDecision | None, subject: ConsentSubject) -> Standing:
    state = _state(decision, subject.fingerprint)
    return Standing(ConsentKind.PROCEDURE, state, decision, subject)


def _state(decision: ConsentDecision | None, now_planned: str = "") -> State:
    return state_of(
        Decision(decision.decision) if decision else None,
        consented_to=decision.fingerprint if decision else "",
        now_planned=now_planned,
    )


def _latest(patient: Patient) -> dict[tuple[str, UUID | None], ConsentDecision]:
    """(kind, course) -> the latest decision."""
    found: dict[tuple[str, UUID | None], ConsentDecision] = {}
    for decision in decisions(patient):
        found.setdefault((decision.kind, decision.about_id), decision)
    return found


def _latest_of(
    patient: Patient,
    kind: ConsentKind,
    about_id: UUID | None = None,
    *,
    until: date | None = None,
) -> ConsentDecision | None:
    found = ConsentDecision.objects.filter(patient=patient, kind=kind, about_id=about_id)
    if until is not None:
        found = found.filter(decided_on__lte=until)
    return found.select_related("text", "witness").order_by("-decided_at", "-pk").first()
