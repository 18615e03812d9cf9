"""Counting who tries a public door, in the database: it holds for all processes, with or without
the cache. Kept is a keyed digest of the address and an hour, and only for as long as it counts.
"""

from datetime import datetime, timedelta
from ipaddress import IPv6Address, ip_address
from ipaddress import ip_network as network

from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.http import HttpRequest
from django.utils.crypto import salted_hmac

from treatments.patient_side import rules
from treatments.patient_side.models import Knock
from treatments.patient_side.rules import Door

EVERYBODY = "everybody"
KEPT_FOR = timedelta(hours=2)
_ONE_HOUSEHOLD = 64  # bits of an IPv6 address that one connection has


def knock(door: Door, who: str, now: datetime) -> None:
    """Count one try. Raises TooManyKnocks."""
    hour = rules.hour_of(now)
    with transaction.atomic():
        mine, is_new = Knock.objects.get_or_create(door=door, who=_digest(who), hour=hour)
        Knock.objects.filter(pk=mine.pk).update(count=F("count") + 1)
        mine.refresh_from_db(fields=["count"])
    if is_new:
        Knock.objects.filter(hour__lt=now - KEPT_FOR).delete()
    rules.check_knocks(door, mine.count, now)


def is_shut(door: Door, who: str, now: datetime) -> bool:
    """Whether the next try would be refused; looking counts nothing."""
    count = (
        Knock.objects.filter(door=door, who=_digest(who), hour=rules.hour_of(now))
        .values_list("count", flat=True)
        .first()
    )
    return count is not None and count > rules.MOST_KNOCKS[door]


def address_of(request: HttpRequest) -> str:
    """Where a request comes from. Behind our own proxy it is what that proxy saw, the last entry."""
    said = request.META.get("REMOTE_ADDR", "")
    if settings.SECURE_PROXY_SSL_HEADER:
        said = request.META.get("HTTP_X_FORWARDED_FOR", said).rpartition(",")[2].strip()
    try:
        address = ip_address(said)
    except ValueError:
        return said[:45]
    if isinstance(address, IPv6Address):
        return str(network((address, _ONE_HOUSEHOLD), strict=False))
    return str(address)


def _digest(who: str) -> str:
    return salted_hmac("treatments.patient_side.knock", who, algorithm="sha256").hexdigest()
