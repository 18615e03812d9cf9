"""P2: the machine of P1 with two hands. Every second action is done at the same time as the first.

What two do at once they see as it was before either: as two pages that were opened one after the
other. Both begin at one barrier, each on a line of its own, and everything is committed.
"""

from collections.abc import Callable
from contextvars import copy_context
from threading import Barrier, Thread
from typing import Any

import pgtrigger
from django.db import connection, connections, transaction

from clinic.refusals import Refused
from patients.records.models import Patient
from treatments.tests.races.machine import Clinic
from treatments.tests.races.staging import LEAVES_TRACES, traces

LONGEST_WAIT_S = 60


class TwoAtOnce(Clinic):
    """A step waits for the next one, and both are done together."""

    def begin(self) -> None:
        self.waiting: tuple[Callable[[], Any], Callable[[Any], None], str, bool] | None = None

    def teardown(self) -> None:
        """Everything was committed, and the next run begins with nothing of it."""
        self.undo.close()
        tables = {each._meta.db_table for each in (Patient, *LEAVES_TRACES)}
        # The tables that only grow refuse to be emptied.
        with pgtrigger.ignore(), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(f"TRUNCATE {', '.join(sorted(tables))} CASCADE")

    def attempt(
        self,
        action: Callable[[], Any],
        then: Callable[[Any], None] = lambda _given: None,
        *,
        name: str,
        says: bool = False,
    ) -> bool:
        self.tell()
        mine = action, then, name, says
        if self.waiting is None:
            self.waiting = mine
            return False
        pair, self.waiting = (self.waiting, mine), None
        self.power_fails_after = None  # one line would be cut off, and nobody knows which
        before = traces()
        answers = at_one_barrier([each[0] for each in pair])
        # Whether an answer came before a booking or after it, nobody can say.
        self.in_doubt = any(each[3] for each in pair)
        told = sorted(zip(pair, answers, strict=True), key=lambda each: not each[0][3])
        try:
            for (_action, after, called, _says), given in told:
                self.reached[called + (" refused" if isinstance(given, Refused) else "")] += 1
                if not isinstance(given, Refused):
                    after(given)
        finally:
            self.in_doubt = False
        if all(isinstance(each, Refused) for each in answers):
            assert traces() == before, "two refusals left something behind"
        return not isinstance(answers[1], Refused)


def at_one_barrier(actions: list[Callable[[], Any]]) -> list[Any]:
    """What came of each; a refusal is an answer, anything else that is raised is raised here."""
    barrier = Barrier(len(actions))
    answers: list[Any] = [None] * len(actions)
    contexts = [copy_context() for _action in actions]

    def work(place: int) -> None:
        try:
            connection.ensure_connection()
            barrier.wait(timeout=LONGEST_WAIT_S)
            answers[place] = contexts[place].run(actions[place])
        except BaseException as raised:  # noqa: BLE001  (raised again below)
            answers[place] = raised
        finally:
            connections.close_all()

    hands = [Thread(target=work, args=(place,)) for place in range(len(actions))]
    for hand in hands:
        hand.start()
    for hand in hands:
        hand.join()
    for each in answers:
        if isinstance(each, BaseException) and not isinstance(each, Refused):
            raise each
    return answers
