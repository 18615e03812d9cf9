"""The rail: which pages a role finds at its left hand, in the order of its day."""

from collections.abc import Iterator
from dataclasses import dataclass

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
    (_("To sign"), "sessions:to-sign", "sign", Ability.SIGN_SESSIONS),
    (_("Messages"), "messages:list", "messages", Ability.SEE_MESSAGES),
    (_("Catalogue"), "catalogue:list", "flask", Ability.COMPOSE_COCKTAILS),
    (_("Access log"), "audit:readings", "shield", Ability.READ_ACCESS_LOG),
)


def navigation(member: StaffMember, path: str) -> Iterator[Entry]:
    """The entries `member` may open; the one whose address begins `path` is current."""
    for label, name, icon, ability in PAGES:
        if member.may(ability):
            url = reverse(name)
            yield Entry(
                label, url, icon, current=path.startswith(url) and (url != "/" or path == "/")
            )
