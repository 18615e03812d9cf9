"""A request that is sent twice is answered once: the key stands in the booking's own transaction."""

import hashlib
import json
from datetime import datetime
from typing import Any
from uuid import UUID

from clinic.staff.models import StaffMember
from treatments.booking import rules, terms
from treatments.booking.models import BookingRequest


def claim_request(
    key: UUID, content: list[Any], *, by: StaffMember, now: datetime
) -> tuple[BookingRequest, bool]:
    """The request of this key, and whether it is new.

    Whoever comes second waits for the first here, before anything else is locked. Raises
    IdempotencyMismatch when the key came with other content or from another user.
    """
    fingerprint = hashlib.sha256(json.dumps([str(by.pk), content]).encode()).hexdigest()
    request, is_new = BookingRequest.objects.get_or_create(
        key=key, defaults={"by": by, "at": now, "fingerprint": fingerprint}
    )
    if request.fingerprint != fingerprint:
        raise rules.IdempotencyMismatch(terms.IDEMPOTENCY_MISMATCH)
    return request, is_new
