"""Setting how long the clinic offers each kind of appointment."""

from collections.abc import Mapping
from datetime import datetime

from django.db import transaction

from clinic.audit.actions import Actor, record
from treatments.booking import queries, rules
from treatments.booking.models import KindLength
from treatments.booking.terms import AppointmentKind


@transaction.atomic
def set_kind_lengths(
    *, wished: Mapping[AppointmentKind, queries.Length], by: Actor, now: datetime
) -> list[AppointmentKind]:
    """Set the lengths that are others than before; the kinds whose length is."""
    before = queries.lengths()
    changed = [kind for kind, length in wished.items() if length != before[kind]]
    for kind in changed:
        set_kind_length(
            kind=kind,
            minutes=wished[kind].minutes,
            numbing_minutes=wished[kind].numbing_minutes,
            by=by,
            now=now,
        )
    return changed


@transaction.atomic
def set_kind_length(
    *, kind: AppointmentKind, minutes: int, numbing_minutes: int, by: Actor, now: datetime
) -> KindLength:
    """How long the clinic offers a kind from now on. What is booked keeps its time."""
    rules.check_length(minutes, numbing_minutes)
    length, _created = KindLength.objects.update_or_create(
        kind=kind, defaults={"minutes": minutes, "numbing_minutes": numbing_minutes}
    )
    record(
        verb="length.set",
        subject=length,
        by=by,
        now=now,
        minutes=minutes,
        numbing_minutes=numbing_minutes,
    )
    return length
