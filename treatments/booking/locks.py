"""Who waits for whom: the one order in which rows are locked, and what is tried again.

Physicians and nurses, rooms, devices, patients, each kind sorted by key, before anything is
inserted. The patient's row is also the queue for that patient's plan and its visits. See
docs/rules/booking.md.
"""

from collections.abc import Callable, Iterable
from functools import wraps
from typing import ParamSpec, TypeVar
from uuid import UUID

from django.db import OperationalError, connection

from clinic.hours.models import Device, Room
from clinic.once import look_anew
from clinic.staff.models import StaffMember
from patients.records.models import Patient

P = ParamSpec("P")
R = TypeVar("R")

DEADLOCK = "40P01"
TRIES = 3


def lock_resources(
    *,
    physicians: Iterable[UUID],
    rooms: Iterable[UUID],
    patients: Iterable[UUID],
    nurses: Iterable[UUID | None] = (),
    devices: Iterable[UUID | None] = (),
) -> None:
    """Wait for these rows; a nurse or a device of None is nobody's. No key, no statement."""
    in_order = (
        (StaffMember, [*physicians, *nurses]),
        (Room, [*rooms]),
        (Device, [*devices]),
        (Patient, [*patients]),
    )
    # No key update: a foreign key that points at these rows must not wait for us.
    for model, keys in in_order:
        known = {key for key in keys if key is not None}
        rows = model._default_manager.filter(pk__in=known).order_by("pk")
        list(rows.select_for_update(no_key=True).values_list("pk", flat=True))
    look_anew()


def lock_patient(patient_id: UUID) -> None:
    lock_resources(physicians=(), rooms=(), patients=(patient_id,))


def again_after_deadlock(action: Callable[P, R]) -> Callable[P, R]:
    """Repeat `action`, a whole transaction, when the database chose it as a deadlock's victim.

    Two inserts under one exclusion constraint can wait for each other. Inside a caller's
    transaction nothing can be repeated: the caller's own outermost action does it.
    """

    @wraps(action)
    def repeated(*args: P.args, **kwargs: P.kwargs) -> R:
        for tries_left in range(TRIES - 1, -1, -1):
            try:
                return action(*args, **kwargs)
            except OperationalError as failure:
                if connection.in_atomic_block or not tries_left or not is_deadlock(failure):
                    raise
        raise AssertionError("unreachable")

    return repeated


def is_deadlock(failure: OperationalError) -> bool:
    return getattr(failure.__cause__, "pgcode", None) == DEADLOCK
