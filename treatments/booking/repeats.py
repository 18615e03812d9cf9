"""A request that is sent twice is answered once: the key stands in the booking's own transaction."""

import hashlib
import json
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection

from clinic.staff.models import StaffMember
from treatments.booking import rules, terms
from treatments.booking.models import BookingRequest

# One statement: whoever finds the key taken waits until it is known whether that request stands.
_CLAIM = """
INSERT INTO treatments_bookingrequest (key, by_id, fingerprint, at) VALUES (%s, %s, %s, %s)
ON CONFLICT DO NOTHING RETURNING key
"""


def claim_request(
    key: UUID, content: list[Any], *, by: StaffMember, now: datetime
) -> tuple[BookingRequest, bool]:
    """The request of this key, and whether it is new.

    Whoever comes second waits for the first here, before anything else is locked. Raises
    IdempotencyMismatch when the key came with other content or from another user.
    """
    fingerprint = hashlib.sha256(json.dumps([str(by.pk), content]).encode()).hexdigest()
    with connection.cursor() as cursor:
        cursor.execute(_CLAIM, [str(key), str(by.pk), fingerprint, now])
        is_new = cursor.fetchone() is not None
    if is_new:
        return BookingRequest(key=key, by=by, fingerprint=fingerprint, at=now), True
    request = BookingRequest.objects.get(key=key)
    if request.fingerprint != fingerprint:
        raise rules.IdempotencyMismatch(terms.IDEMPOTENCY_MISMATCH)
    return request, False


def is_known(key: UUID) -> bool:
    """Whether a request with this key was answered with a booking."""
    return BookingRequest.objects.filter(key=key).exists()
