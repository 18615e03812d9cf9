"""What the header of every chart page shows beside the patient."""

from dataclasses import dataclass
from datetime import date

from django import template
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from clinic.staff.models import StaffMember
from clinic.staff.terms import Ability
from patients.intake.queries import allergies
from patients.records.models import Patient

register = template.Library()

# The tabs in the order of the patient's journey: name, word, address, who may open it.
TABS: tuple[tuple[str, str | Promise, str, Ability], ...] = (
    ("overview", _("Overview"), "chart", Ability.FIND_PATIENTS),
    ("intake", _("Intake"), "patients:intake", Ability.TAKE_INTAKE),
    ("verdict", _("Verdict"), "patients:verdict", Ability.READ_CHART),
    ("analysis", _("Skin analysis"), "analysis:list", Ability.READ_CHART),
    ("cocktail", _("Cocktail"), "composition:list", Ability.READ_CHART),
    ("plan", _("Plan"), "plans:list-of", Ability.BOOK),
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


@register.simple_tag
def chart_alerts(patient: Patient, member: StaffMember) -> list[Alert]:
    """What must not be overlooked, for those who may read the chart; others see none of it."""
    if not member.may(Ability.READ_CHART):
        return []
    return [
        Alert(_("Allergy: %(what)s") % {"what": allergy.text}, "danger", "warning")
        for allergy in allergies(patient)
    ]
