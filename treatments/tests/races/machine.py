"""P1: any order of the clinic's actions, over the real services and PostgreSQL.

Every step tries one thing as staff would (booking_steps.py, day_steps.py); a refusal is an answer
like any other and must leave nothing behind, and neither must a process that ends between two
statements. After each step the laws are asked of the database (laws.py), and what was booked or
signed is held against what the machine itself remembers, so that a program that misleads its own
rules does not pass.
"""

from collections import Counter
from collections.abc import Callable
from typing import Any

from treatments.tests.races.booking_steps import BookingSteps
from treatments.tests.races.day_steps import DaySteps
from treatments.tests.races.laws import Laws
from treatments.tests.races.staging import World

__all__ = ["World", "machine_in"]


class Clinic(BookingSteps, DaySteps, Laws):
    """Whoever runs it says in which world."""


def machine_in(
    world: World,
    *,
    steps: Callable[[], None] = lambda: None,
    reached: Counter[str] | None = None,
    kind: type[Any] = Clinic,
) -> Any:
    """The state machine in that world. `steps` is told of every step that was taken; `reached`
    counts what came of them."""
    return type(
        kind.__name__,
        (kind,),
        {
            "world": world,
            "tell": staticmethod(steps),
            "reached": Counter() if reached is None else reached,
        },
    )
