"""Telling the parts of the demo side by side.

A new process imports this module before Django is set up, so it imports no models.
"""

import multiprocessing
import time
from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.core.management.base import CommandError

PARTS = 2  # one physician's patients each


def side_by_side(count: int, seed: int, now: datetime, step: Callable[[int], object]) -> None:
    """Tell each physician's part in a process of its own: two cores, half the wait."""
    context = multiprocessing.get_context("spawn")
    steps = context.SimpleQueue()
    parts = [
        context.Process(target=_tell_part, args=(part, count, seed, now, steps))
        for part in range(PARTS)
    ]
    for part in parts:
        part.start()
    while any(part.is_alive() for part in parts) or not steps.empty():
        if steps.empty():
            time.sleep(0.1)
        else:
            steps.get()
            step(1)
    if any(part.exitcode for part in parts):
        raise CommandError("The demo clinic could not be told to its end; see the error above.")


def _tell_part(part: int, count: int, seed: int, now: datetime, steps: Any) -> None:
    import django

    django.setup()
    from clinic.management.demo import story

    story.tell_part(part, count=count, seed=seed, now=now, step=lambda: steps.put(1))
