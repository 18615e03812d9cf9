"""Many hands at once: each thread has its own connection, and all start at one barrier."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

from django.db import connections
from django.utils import translation

from clinic.refusals import Refused


def race(hands: Sequence[Callable[[], object]]) -> list[Any]:
    """Run all at once. Returns the answer of each; a refusal is an answer, anything else is raised."""
    barrier = Barrier(len(hands))

    def run(hand: Callable[[], object]) -> object:
        try:
            with translation.override("en"):
                barrier.wait(timeout=30)
                return hand()
        except Refused as refusal:
            return refusal
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(hands)) as pool:
        return [each.result() for each in [pool.submit(run, hand) for hand in hands]]


def all_of(attempts: Sequence[Callable[[], object]]) -> Callable[[], list[object]]:
    """One hand that tries several things in turn."""

    def hand() -> list[object]:
        answers: list[object] = []
        for attempt in attempts:
            try:
                answers.append(attempt())
            except Refused as refusal:
                answers.append(refusal)
        return answers

    return hand
