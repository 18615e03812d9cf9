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
from django.db.transaction import TransactionManagementError

from clinic.once import look_anew

P = ParamSpec("P")
R = TypeVar("R")

DEADLOCK = "40P01"
TRIES = 3


# One statement, because whoever is booking holds what the next one waits for. Each table waits for
# the one before it: "n >= 0" is always true, and cannot be known before those rows are locked.
# No key update: a foreign key that points at these rows must not wait for us.
_LOCK = """
WITH people AS MATERIALIZED (
    SELECT id FROM clinic_staffmember WHERE id = ANY(%(people)s::uuid[])
    ORDER BY id FOR NO KEY UPDATE
), rooms AS MATERIALIZED (
    SELECT id FROM clinic_room
    WHERE id = ANY(%(rooms)s::uuid[]) AND (SELECT count(*) FROM people) >= 0
    ORDER BY id FOR NO KEY UPDATE
), devices AS MATERIALIZED (
    SELECT id FROM clinic_device
    WHERE id = ANY(%(devices)s::uuid[]) AND (SELECT count(*) FROM rooms) >= 0
    ORDER BY id FOR NO KEY UPDATE
), patients AS MATERIALIZED (
    SELECT id FROM patients_patient
    WHERE id = ANY(%(patients)s::uuid[]) AND (SELECT count(*) FROM devices) >= 0
    ORDER BY id FOR NO KEY UPDATE
)
SELECT count(*) FROM patients
"""


def lock_resources(
    *,
    physicians: Iterable[UUID],
    rooms: Iterable[UUID],
    patients: Iterable[UUID],
    nurses: Iterable[UUID | None] = (),
    devices: Iterable[UUID | None] = (),
) -> None:
    """Wait for these rows, in one statement; a nurse or a device of None is nobody's."""
    if not connection.in_atomic_block:
        raise TransactionManagementError("a lock ends with its transaction, and there is none")
    wanted = {
        "people": [*physicians, *nurses],
        "rooms": rooms,
        "devices": devices,
        "patients": patients,
    }
    with connection.cursor() as cursor:
        cursor.execute(_LOCK, {table: _keys(keys) for table, keys in wanted.items()})
    look_anew()


def _keys(keys: Iterable[UUID | None]) -> list[str]:
    return sorted({str(key) for key in keys if key is not None})


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
