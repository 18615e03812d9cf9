"""What may become of a message, and when to try again. Pure.

The promise (docs/rules/messages.md): never twice, never silently lost; a message that was on the
wire when its worker died is "uncertain" and stands on the desk's list. "Exactly once" by SMTP does
not exist (RFC 1047), so the row is the record and Celery only rings.
"""

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from datetime import datetime, timedelta

from clinic.messages.terms import MessageState as S

TRANSITIONS: Mapping[S, AbstractSet[S]] = {
    # Uncertain: it comes from a backup, and its moment passed since.
    S.PENDING: {S.CLAIMED, S.CANCELLED, S.TO_CALL, S.UNCERTAIN, S.EXPIRED},
    # Nothing is on the wire yet: a worker that dies here lets go of the message.
    S.CLAIMED: {S.PENDING, S.TRANSMITTING, S.EXPIRED, S.CANCELLED, S.FAILED, S.TO_CALL},
    # On the wire: after a crash nobody knows, so it is never sent again by itself.
    S.TRANSMITTING: {S.SENT, S.UNCERTAIN, S.FAILED, S.PENDING},
    # A worker that was only slow, and not dead, may still say how it went.
    S.UNCERTAIN: {S.SENT, S.FAILED},
    # Accepted by the gateway, and reported later as not delivered.
    S.SENT: {S.FAILED},
    # What never arrived and is not true any more needs no call either.
    S.FAILED: {S.CANCELLED},
    S.EXPIRED: set(),
    # A session that was moved away and back again owes its first message once more.
    S.CANCELLED: {S.PENDING, S.TO_CALL},
    # No mail can say it (in time): somebody telephones, until it is ticked or not true any more.
    S.TO_CALL: {S.CANCELLED},
}
OPEN: AbstractSet[S] = {S.PENDING, S.CLAIMED, S.TRANSMITTING}

# A worker that holds a message longer than this has died, or hangs.
# Within two minutes of a death the desk reads what is uncertain: a lease and one ring of a minute.
LEASE = timedelta(seconds=50)
RETRY_AFTER = (
    timedelta(minutes=1),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
)
MOST_TRIES = len(RETRY_AFTER) + 1


def next_try(*, tries: int, now: datetime, not_after: datetime, jitter: float) -> datetime | None:
    """When to try again after `tries` tries that led nowhere, or None when it would be too late.

    `jitter` is between 0 and 1 and spreads the herd by up to a fifth of the wait.
    """
    if tries >= MOST_TRIES:
        return None
    wait = RETRY_AFTER[max(tries, 1) - 1]
    at = now + wait + wait * jitter / 5
    return at if at <= not_after else None
