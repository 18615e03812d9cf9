"""What is wrong with the clinic's settings of messages is said when the program starts."""

from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error
from django.utils.module_loading import import_string
from django.utils.translation import gettext_noop

from treatments.reminders import queries

WRONG_LEADS = gettext_noop("CLINIC_REMIND_BEFORE: %(why)s. An example: 7d,2d,3h")
WRONG_QUIET_HOURS = gettext_noop("CLINIC_QUIET_HOURS: %(why)s. An example: 21:00-09:00")
WRONG_LATITUDE = gettext_noop("CLINIC_LATITUDE: a number of degrees from -90 to 90.")
WRONG_SOURCE = gettext_noop("CLINIC_UV_SOURCE: there is no such function.")


def check_settings(app_configs: Sequence[Any] | None, **_options: Any) -> list[CheckMessage]:
    found: list[CheckMessage] = []
    for asked, words, name in (
        (queries.leads, WRONG_LEADS, "reminders.E001"),
        (queries.quiet_hours, WRONG_QUIET_HOURS, "reminders.E002"),
    ):
        try:
            asked()
        except ValueError as wrong:
            found.append(Error(words % {"why": wrong}, id=name))
    if not -90 <= settings.LATITUDE <= 90:
        found.append(Error(WRONG_LATITUDE, id="reminders.E003"))
    try:
        import_string(settings.UV_SOURCE)
    except ImportError:
        found.append(Error(WRONG_SOURCE, id="reminders.E004"))
    return found
