"""What the patient already said that may have caused pigmentation, for the physician to pick from.

Asked once, at the intake. Nothing here is a diagnosis: each entry names what was said and when, and
whether it is a cause is the physician's opinion. Sources: the founding article (hormones, perfume,
medicines) and the effects of `medications.csv`; docs/rules/screening.md.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from django.utils.formats import date_format
from django.utils.timezone import localdate
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from patients.intake.queries import latest_answers, medications
from patients.intake.terms import NO, UNKNOWN, YES, MedicationStatus
from patients.intake.words import answer_words
from patients.records.models import Patient
from patients.rulebook.queries import rules_in_force
from patients.screening.facts import MedicineRow
from patients.screening.rule_set import RuleSet


class CauseKind(StrEnum):
    """The causes of a skin analysis that something said at the intake can speak for."""

    PREGNANCY = "pregnancy"
    HORMONES = "hormones"
    MEDICINE = "medicine"
    COSMETICS = "cosmetics"


@dataclass(frozen=True, slots=True)
class PossibleCause:
    """One thing that was said. `reason`: what, why it may matter, and since when it is known."""

    kind: CauseKind
    reason: str


# Answers that speak for a cause; a yes, a day or a choice other than none does.
_ANSWERS = {
    "pregnant": CauseKind.PREGNANCY,
    "delivered_on": CauseKind.PREGNANCY,
    "hormonal_contraception": CauseKind.HORMONES,
    "fertility_treatment": CauseKind.HORMONES,
    "scented_cosmetics": CauseKind.COSMETICS,
}
_HORMONES = frozenset(
    {"hormonal_combined_contraceptive", "hormonal_oestrogen", "hormonal_progestogen"}
)
_PIGMENTING = frozenset({"pigmentation_cause", "pigmentation_cause_periocular"})
_PHOTOSENSITISING = frozenset({"photosensitivity"})


def possible_causes(patient: Patient, on: date) -> list[PossibleCause]:
    """What was said at the intake or listed that may be a cause, in the order of the form."""
    rule_set = rules_in_force()
    found = [*_from_answers(patient, on, rule_set), *_from_medicines(patient, rule_set)]
    order = list(CauseKind)
    return sorted(dict.fromkeys(found), key=lambda cause: order.index(cause.kind))


def medicines_sensitive_to_light(patient: Patient) -> list[str]:
    """The medicines in use, as they were written, that make the skin sensitive to light."""
    rule_set = rules_in_force()
    return [
        entry.text
        for entry in medications(patient)
        if entry.status != MedicationStatus.STOPPED
        and any(
            _PHOTOSENSITISING & set(row.effects)
            for product in rule_set.recognise_medication(entry.text).products
            for row in product
        )
    ]


def _from_answers(patient: Patient, on: date, rule_set: RuleSet) -> Iterator[PossibleCause]:
    language = get_language() or "en"
    for answer in latest_answers(patient, on):
        kind = _ANSWERS.get(answer.code)
        question = rule_set.questions.get(answer.code)
        if kind is None or question is None or answer.value in (NO, UNKNOWN, "none", None):
            continue
        words = {
            "question": question.text.to(language),
            "answer": answer_words(question, answer.value, rule_set=rule_set),
            "day": date_format(answer.answered_on, "SHORT_DATE_FORMAT"),
        }
        said = _("%(question)s Yes, said on %(day)s.")
        other = _("%(question)s %(answer)s, said on %(day)s.")
        yield PossibleCause(kind, (said if answer.value == YES else other) % words)


def _from_medicines(patient: Patient, rule_set: RuleSet) -> Iterator[PossibleCause]:
    for entry in medications(patient):
        rows = [
            row for product in rule_set.recognise_medication(entry.text).products for row in product
        ]
        words = {
            "text": entry.text,
            "use": entry.get_status_display(),
            "day": date_format(localdate(entry.recorded_at), "SHORT_DATE_FORMAT"),
        }
        for kind, why in _why(rows):
            reason = _("%(text)s (%(use)s): %(why)s, listed on %(day)s.") % (words | {"why": why})
            yield PossibleCause(kind, reason)


def _why(rows: list[MedicineRow]) -> Iterator[tuple[CauseKind, str]]:
    groups = {group for row in rows for group in row.groups}
    effects = {effect for row in rows for effect in row.effects}
    if groups & _HORMONES:
        yield CauseKind.HORMONES, _("hormones")
    elif effects & _PIGMENTING:
        yield CauseKind.MEDICINE, _("can cause pigmentation")
    if effects & _PHOTOSENSITISING:
        yield CauseKind.MEDICINE, _("makes the skin sensitive to light")
