"""The rail: which pages a role finds at its left hand, in the order of its day."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from clinic.staff.models import StaffMember
from clinic.staff.terms import Ability


@dataclass(frozen=True)
class Entry:
    label: str | Promise
    url: str
    icon: str
    current: bool
    badge: int | None = None


PAGES: tuple[tuple[str | Promise, str, str, Ability], ...] = (
    (_("Today"), "today", "today", Ability.SEE_TODAY),
    (_("Calendar"), "booking:day", "calendar", Ability.RUN_THE_DAY),
    (_("Patients"), "patients:list", "patients", Ability.FIND_PATIENTS),
    (_("Courses"), "plans:list", "courses", Ability.BOOK),
    (_("Tasks"), "patients:tasks", "check", Ability.RUN_THE_DAY),
    (_("Waitlist"), "waitlist:list", "clock", Ability.BOOK),
    (_("Requests"), "patient:requests", "mail", Ability.BOOK),
    (_("To sign"), "sessions:to-sign", "sign", Ability.SIGN_SESSIONS),
    (_("Messages"), "messages:list", "messages", Ability.SEE_MESSAGES),
    (_("Catalogue"), "catalogue:list", "flask", Ability.KEEP_CATALOGUE),
    (_("Stock"), "stock:list", "stock", Ability.SEE_STOCK),
    (_("Consent texts"), "patients:consent-texts", "edit", Ability.WRITE_CONSENT_TEXTS),
    (_("Rules"), "rulebook:list", "list", Ability.READ_RULES),
    (_("Outcomes"), "outcomes:board", "trend", Ability.READ_OUTCOMES),
    (_("Import"), "patients:imports", "upload", Ability.IMPORT_PATIENTS),
    (_("Access log"), "audit:readings", "shield", Ability.READ_ACCESS_LOG),
    (_("Absences"), "hours:absences", "pause", Ability.BOOK),
    (_("Settings"), "hours:settings", "settings", Ability.SET_HOURS),
)


def navigation(member: StaffMember, path: str) -> Iterator[Entry]:
    """The entries `member` may open; of those whose address begins `path` the longest is current."""
    entries = [
        (label, url, icon) for label, url, icon, ability in _addresses() if member.may(ability)
    ]
    begun = [url for _label, url, _icon in entries if path.startswith(url) and url != "/"]
    here = max(begun, key=len, default=path)
    for label, url, icon in entries:
        yield Entry(label, url, icon, current=url == here)


@cache
def _addresses() -> list[tuple[str | Promise, str, str, Ability]]:
    return [(label, reverse(name), icon, ability) for label, name, icon, ability in PAGES]
