"""What the header of every chart page shows beside the patient."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django import template
from django.template.context import Context
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from clinic.staff.models import StaffMember
from clinic.staff.terms import Ability
from patients.consents.queries import Standing, procedure_standing, standings_of
from patients.consents.terms import ConsentKind
from patients.importing.queries import RecordElsewhere, record_elsewhere
from patients.intake.queries import allergies
from patients.intake.terms import Listed
from patients.phone_intake.drafts import KeptEntry
from patients.phone_intake.queries import Progress, Waiting, progress_of, waiting_for_review
from patients.phone_intake.summaries import entry_words as words_of_entry
from patients.records.models import Patient
from patients.records.terms import ReminderWish
from patients.records.ways import Way, way_to_ask
from patients.screening.labels import source_words as words_of_source

register = template.Library()

# The tabs in the order of the patient's journey: name, word, address, who may open it.
TABS: tuple[tuple[str, str | Promise, str, Ability], ...] = (
    ("overview", _("Overview"), "chart", Ability.FIND_PATIENTS),
    ("intake", _("Intake"), "patients:intake", Ability.TAKE_INTAKE),
    ("verdict", _("Verdict"), "patients:verdict", Ability.READ_CHART),
    ("analysis", _("Skin analysis"), "analysis:list", Ability.READ_CHART),
    ("photographs", _("Photographs"), "photographs:list", Ability.READ_CHART),
    ("cocktail", _("Cocktail"), "composition:list", Ability.READ_CHART),
    ("plan", _("Plan"), "plans:list-of", Ability.BOOK),
    ("combined", _("Other treatments"), "combined:list", Ability.READ_CHART),
    ("consents", _("Consents"), "patients:consents", Ability.TAKE_CONSENTS),
    ("sessions", _("Sessions"), "sessions:list", Ability.READ_CHART),
    ("messages", _("Messages"), "messages:patient", Ability.SEE_MESSAGES),
)


@dataclass(frozen=True)
class Tab:
    name: str
    label: str | Promise
    url: str
    current: bool


@register.simple_tag
def chart_tabs(patient: Patient, member: StaffMember, current: str) -> list[Tab]:
    """The pages about this patient that `member` may open."""
    return [
        Tab(name, label, reverse(address, args=[patient.pk]), current=name == current)
        for name, label, address, ability in TABS
        if member.may(ability)
    ]


@register.filter
def age(patient: Patient, day: date | None = None) -> int:
    """The patient's age today, in completed years."""
    return patient.age_on(day or timezone.localdate())


@dataclass(frozen=True)
class Alert:
    """A chip in the header. `tone`: danger, warn."""

    words: str
    tone: str
    icon: str


@dataclass(frozen=True)
class Noted:
    """What a page has read of the patient along with the rest, as far as its reader may know it.

    It stands in the context as `noted`, so that the header does not ask for it again.
    """

    allergies: Sequence[str]
    elsewhere: RecordElsewhere | None


@register.simple_tag(takes_context=True)
def chart_alerts(context: Context, patient: Patient, member: StaffMember) -> list[Alert]:
    """What must not be overlooked: allergies for those who may read the chart, and for those who
    ask for consents a course without one."""
    alerts = _missing_consents(patient) if member.may(Ability.TAKE_CONSENTS) else []
    if not member.may(Ability.READ_CHART):
        return alerts
    noted: Noted | None = context.get("noted")
    stated = noted.allergies if noted else [each.text for each in allergies(patient)]
    return alerts + [
        Alert(_("Allergy: %(what)s") % {"what": text}, "danger", "warning") for text in stated
    ]


@register.simple_tag
def procedure_consent(patient: Patient, plan_id: UUID) -> Standing | None:
    """Where the consent to one course stands, for the treatment room."""
    return procedure_standing(patient, plan_id)


def _missing_consents(patient: Patient) -> list[Alert]:
    """A course without a standing consent, and a wish for mail that nobody has permitted."""
    alerts = []
    asked = {ConsentKind.PROCEDURE}
    if patient.reminders != ReminderWish.PAPER:
        asked.add(ConsentKind.CARE_MESSAGES)
    found = standings_of(patient, asked)
    procedure = found[ConsentKind.PROCEDURE]
    if procedure.subject is not None and not procedure.is_given:
        words = _("Consent to the procedure: %(state)s") % {"state": procedure.state.label}
        alerts.append(Alert(words, "warn", "sign"))
    messages = found.get(ConsentKind.CARE_MESSAGES)
    if messages is not None and messages.is_due:
        words = _("Care messages: %(state)s") % {"state": messages.state.label}
        alerts.append(Alert(words, "warn", "mail"))
    return alerts


@register.filter
def entry_words(entry: KeptEntry, listed: Listed) -> str:
    """A line that a patient wrote down on the phone, in one sentence."""
    return words_of_entry(listed, entry.content)


@register.filter
def source_words(source: str) -> str:
    """Where a rule comes from, as the reader's language has it."""
    return words_of_source(source, get_language() or "")


@register.simple_tag
def phone_intake_of(patient: Patient) -> Progress | None:
    """How far the patient has come with the questions on their own phone."""
    return progress_of(patient, timezone.now())


@register.simple_tag
def way_to_ask_of(patient: Patient) -> Way | None:
    """By which the questions would be sent; None: somebody hands over paper or a device."""
    return way_to_ask(patient)


@register.simple_tag(takes_context=True)
def record_elsewhere_of(
    context: Context, patient: Patient, member: StaffMember
) -> RecordElsewhere | None:
    """What another system said of the patient, for those who may read the chart."""
    if not member.may(Ability.READ_CHART):
        return None
    noted: Noted | None = context.get("noted")
    return noted.elsewhere if noted else record_elsewhere(patient)


@register.simple_tag
def waiting_intakes(member: StaffMember) -> list[Waiting]:
    """What patients sent and nobody reviewed, for those who may review it."""
    return waiting_for_review() if member.may(Ability.TAKE_INTAKE) else []
