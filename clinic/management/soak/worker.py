"""A Celery worker or beat for a soak: `python -m clinic.management.soak.worker worker ...`.

The program of the clinic, with three differences, each by a variable: letters of the soak's own kind
are composed, the clock of this process is shifted by what a file says (a stand-in for libfaketime,
which few machines have), and a negative control takes one guard away.
"""

import datetime as calendar
import os
import sys
import time
from pathlib import Path
from typing import Any

KIND = "soak_letter"
CLOCK = "CLINIC_SOAK_CLOCK"  # the file that holds by how many seconds the clock is wrong
WITHOUT = "CLINIC_SOAK_WITHOUT"  # the guard that a negative control takes away
READ_EVERY_S = 0.2


class Shift:
    """By how much the clock is wrong now; the file is read a few times a second."""

    def __init__(self, file: Path) -> None:
        self.file, self.read_at, self.seconds = file, -1.0, 0.0

    def __call__(self) -> float:
        if time.monotonic() - self.read_at > READ_EVERY_S:
            self.read_at = time.monotonic()
            try:
                self.seconds = float(self.file.read_text())
            except (OSError, ValueError):
                self.seconds = 0.0
        return self.seconds


def shift_the_clock(file: Path) -> None:
    """Before anything is imported that keeps its own reference to what the time is."""
    shift, true_time = Shift(file), time.time
    true_datetime: Any = calendar.datetime

    class Kind(type):
        def __instancecheck__(cls, other: object) -> bool:
            return isinstance(other, true_datetime)

    class Shifted(true_datetime, metaclass=Kind):
        @classmethod
        def now(cls, tz: Any = None) -> Any:
            return true_datetime.now(tz) + calendar.timedelta(seconds=shift())

        @classmethod
        def utcnow(cls) -> Any:
            return true_datetime.now(calendar.UTC).replace(tzinfo=None) + calendar.timedelta(
                seconds=shift()
            )

    time.time = lambda: true_time() + shift()
    time.time_ns = lambda: int(time.time() * 1e9)
    calendar.datetime = Shifted  # type: ignore[misc]


def compose_soak_letters() -> None:
    from clinic.messages.hooks import Letter, compose_with

    compose_with(
        KIND, lambda message, now: Letter("soak@demo.example", "Soak", f"No {message.event_key}\n")
    )


def take_away(guard: str) -> None:
    """The negative controls: each must be seen to send twice."""
    from datetime import timedelta

    from clinic.messages import actions, models

    def send_again_what_was_on_the_wire(*, now: Any) -> None:
        models.Message.objects.abandoned(now).update(state="pending", claimed_at=None)

    def look_without_claiming(clock: Any, most: int) -> list[actions.Claim]:
        due = models.Message.objects.due(clock()).order_by("due_at", "pk")[:most]
        return [actions.Claim(message, clock()) for message in due]

    def write_whoever_holds_it(claim: Any, *states: Any, **values: Any) -> bool:
        return bool(models.Message.objects.filter(pk=claim.message.pk).update(**values))

    if guard == "uncertain":
        models.LEASE = timedelta(seconds=1)
        actions.let_go_of_abandoned = send_again_what_was_on_the_wire
    elif guard == "claim":
        actions._claim = look_without_claiming
        actions.Claim.write = write_whoever_holds_it  # type: ignore[method-assign,assignment]
    elif guard:
        raise ValueError(f"No such guard: {guard}")


def main() -> None:
    if os.environ.get(CLOCK):
        shift_the_clock(Path(os.environ[CLOCK]))
    import django

    django.setup()
    compose_soak_letters()
    take_away(os.environ.get(WITHOUT, ""))

    from clinic.celery import app

    app.start(argv=sys.argv[1:])


if __name__ == "__main__":
    main()
