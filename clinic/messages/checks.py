"""What is wrong with the settings of the channels is said when the program starts."""

import re
from collections.abc import Sequence
from decimal import Decimal, InvalidOperation
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.checks import CheckMessage, Error
from django.utils.translation import gettext_noop

from clinic.messages.gateways import CONSOLE
from clinic.messages.pace import rates_in
from clinic.messages.receipts import FEWEST_LETTERS
from clinic.messages.terms import Channel

ADDRESS = gettext_noop("%(name)s: an address that begins with https://, or console:")
HEADERS = gettext_noop("CLINIC_SMS_HEADERS: names and texts in JSON, without line breaks.")
TEMPLATES = gettext_noop("CLINIC_WHATSAPP_TEMPLATES: names of templates by kind, in JSON.")
PATTERN = gettext_noop("%(name)s: this is no regular expression.")
NO_TEXT = gettext_noop("CLINIC_SMS_BODY: {to} and {text} must stand in it, or in the address.")
RATES = gettext_noop("CLINIC_MESSAGE_RATES: channels and numbers, as in sms=60,whatsapp=80")
COST = gettext_noop("CLINIC_SMS_SEGMENT_COST: a number and a currency, as in 0.12 TRY")
SHORT_SECRET = gettext_noop("CLINIC_RECEIPT_SECRET: at least 32 characters.")
METHOD = gettext_noop("CLINIC_SMS_METHOD: POST, PUT or GET.")
TOKEN = gettext_noop("CLINIC_WHATSAPP_TOKEN: it is needed, in one line.")


def check_channels(app_configs: Sequence[Any] | None, **_options: Any) -> list[CheckMessage]:
    found = [*_addresses(), *_sms(), *_whatsapp()]
    try:
        if set(rates_in(settings.MESSAGE_RATES)) - set(Channel.values):
            raise ValueError
    except ValueError:
        found.append(Error(RATES, id="messages.E005"))
    if settings.RECEIPT_SECRET and len(settings.RECEIPT_SECRET) < FEWEST_LETTERS:
        found.append(Error(SHORT_SECRET, id="messages.E006"))
    return found


def _addresses() -> list[CheckMessage]:
    named = {"CLINIC_SMS_URL": settings.SMS_URL, "CLINIC_WHATSAPP_URL": settings.WHATSAPP_URL}
    wrong = [name for name, url in named.items() if url and not _is_safe(url)]
    return [Error(ADDRESS % {"name": name}, id="messages.E001") for name in wrong]


def _is_safe(url: str) -> bool:
    if url == CONSOLE:
        return True
    parts = urlsplit(url)
    if parts.scheme == "http":
        return parts.hostname in {"127.0.0.1", "localhost", "::1"}
    return parts.scheme == "https" and bool(parts.hostname)


def _sms() -> list[CheckMessage]:
    found: list[CheckMessage] = []
    for name in ("SMS_ACCEPTED", "SMS_REFUSED"):
        try:
            re.compile(getattr(settings, name))
        except re.error:
            found.append(Error(PATTERN % {"name": f"CLINIC_{name}"}, id="messages.E002"))
    if not _are_texts(settings.SMS_HEADERS):
        found.append(Error(HEADERS, id="messages.E003"))
    filled = settings.SMS_URL + settings.SMS_BODY
    if settings.SMS_URL and not ("{to" in filled and "{text}" in filled):
        found.append(Error(NO_TEXT, id="messages.E004"))
    if settings.SMS_METHOD not in {"POST", "PUT", "GET"}:
        found.append(Error(METHOD, id="messages.E008"))
    try:
        if settings.SMS_SEGMENT_COST:
            Decimal(settings.SMS_SEGMENT_COST.partition(" ")[0])
    except InvalidOperation:
        found.append(Error(COST, id="messages.E007"))
    return found


def _whatsapp() -> list[CheckMessage]:
    if not settings.WHATSAPP_URL:
        return []
    found: list[CheckMessage] = []
    if not settings.WHATSAPP_TEMPLATES or not _are_texts(settings.WHATSAPP_TEMPLATES):
        found.append(Error(TEMPLATES, id="messages.E009"))
    token = settings.WHATSAPP_TOKEN
    if settings.WHATSAPP_URL != CONSOLE and (not token or not token.isprintable()):
        found.append(Error(TOKEN, id="messages.E010"))
    return found


def _are_texts(told: object) -> bool:
    return isinstance(told, dict) and all(
        isinstance(name, str) and isinstance(text, str) and (name + text).isprintable()
        for name, text in told.items()
    )
