"""R1, R3, R6 and R8 of docs/reliability.md in full size; R2, R5, R13 and R15 stand beside this file.

Workers and beats are the clinic's own programs on a broker of their own; the letters go over SMTP to
a server that counts them. What is true is read from that server and from the table, and compared by
Message-ID.
"""

import os
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from random import Random
from threading import Event, Thread
from uuid import uuid4

from django.db import connections

from clinic.local.children import Child
from clinic.management.soak.programs import Programs, programs, wait_for
from clinic.management.soak.report import Found
from clinic.management.soak.sink import Sink, counting_sink
from clinic.management.soak.worker import CLOCK, KIND, WITHOUT
from clinic.messages.models import Message
from clinic.messages.queries import database_clock, messages_needing_the_desk
from clinic.messages.rules import LEASE, OPEN
from clinic.messages.terms import Channel, MessageState

HANDS = 2  # processes of one worker
LISTED_WITHIN_S = 120.0
R1_WITHIN_S = 300.0
GONE_WITHIN_S = 120.0  # a backlog, after the broker is back
EARLY_BY_S = 60.0
LONGEST_LIFE_S = 0.25  # of a worker once it sends: so that letters are left for every kill


@dataclass(frozen=True)
class Size:
    due: int  # R1, R3
    kills: int
    broker_away_s: float
    broker_restarts: int
    bookings_each_s: int
    beats_s: float  # R6, for each number of beats
    jump_s: float  # R8, how long the clock stays wrong
    faults: int  # R2, messages for each kind
    backlog: int  # R13


FULL = Size(1000, 50, 60, 20, 5, 300, 45, 20, 10_000)
QUICK = Size(150, 8, 10, 3, 5, 25, 15, 4, 1_500)


@dataclass(frozen=True)
class Scene:
    found: Found
    size: Size
    random: Random
    programs: Programs
    sink: Sink

    @property
    def is_quick(self) -> bool:
        return self.size == QUICK


def run(found: Found, *, seed: int, quick: bool, address: str) -> None:
    from clinic.management.soak.backlog import backlog
    from clinic.management.soak.broker import broker_away
    from clinic.management.soak.faults import faults_of_the_mail_server, six_hours_away
    from clinic.management.soak.full_disk import full_disk

    size = QUICK if quick else FULL
    cases: list[Callable[[Scene], None]] = [
        killed_workers,
        control_of_killed_workers,
        faults_of_the_mail_server,
        broker_away,
        six_hours_away,
        partial(several_beats, beats=2),
        partial(several_beats, beats=5),
        control_of_several_beats,
        wrong_clocks,
        backlog,
        full_disk,
    ]
    with programs() as started:
        for case in cases:
            with counting_sink() as sink:
                started.environment["EMAIL_URL"] = f"smtp://127.0.0.1:{sink.port}"
                started.environment["CLINIC_QUIET_HOURS"] = "00:00-00:00"
                scene = Scene(found, size, Random(seed), started, sink)  # noqa: S311
                Message.objects.all().delete()
                try:
                    case(scene)
                except Exception as broken_off:  # noqa: BLE001  (the others are still worth running)
                    name = getattr(case, "func", case).__name__
                    found.case(name, False, broken_off=repr(broken_off)[:500])
                finally:
                    started.stop_all()


# --- what every case asks --------------------------------------------------------------------------


def owe(count: int, *, due_at: datetime | None = None, name: str = "") -> list[str]:
    """So many messages to so many patients; returns their keys."""
    now = database_clock()
    rows = Message.objects.bulk_create(
        Message(
            patient_id=uuid4(), kind=KIND, event_key=f"{name}{number}", about_id=uuid4(),
            channel=Channel.EMAIL, due_at=due_at or now - timedelta(minutes=1),
            not_after=now + timedelta(days=3), recorded_at=now,
        )
        for number in range(count)
    )  # fmt: skip
    return [str(row.pk) for row in rows]


def open_messages() -> int:
    return Message.objects.filter(state__in=OPEN).count()


def states() -> dict[str, int]:
    return dict(Counter(Message.objects.values_list("state", flat=True)))


@dataclass(frozen=True)
class Compared:
    """The table against the server."""

    duplicates: int
    sent_but_never_came: int
    came_but_not_known: int  # came, and the table says neither sent nor uncertain
    uncertain: int
    uncertain_not_listed: int
    uncertain_that_came: int


def compared(sink: Sink) -> Compared:
    by_state: dict[str, set[str]] = {state: set() for state in MessageState.values}
    for key, state in Message.objects.values_list("pk", "state"):
        by_state[state].add(str(key))
    came = set(sink.copies)
    uncertain = by_state[MessageState.UNCERTAIN]
    listed = {str(key) for key in messages_needing_the_desk().values_list("pk", flat=True)}
    return Compared(
        duplicates=sink.duplicates,
        sent_but_never_came=len(by_state[MessageState.SENT] - came),
        came_but_not_known=len(came - by_state[MessageState.SENT] - uncertain),
        uncertain=len(uncertain),
        uncertain_not_listed=len(uncertain - listed),
        uncertain_that_came=len(uncertain & came),
    )


# --- R1 --------------------------------------------------------------------------------------------


def killed_workers(scene: Scene) -> None:
    size, began = scene.size, time.monotonic()
    owe(size.due)
    scene.programs.start_beat()
    kills = kill_again_and_again(scene, size.kills)
    killed_in = time.monotonic() - began
    patience = LEASE.total_seconds() + size.due * 0.2 + 90
    done = wait_for(lambda: open_messages() == 0, seconds=patience, every=0.5)
    took = time.monotonic() - began
    seen, listed_after = compared(scene.sink), slowest_listing()
    scene.found.case(
        "R1 killed workers",
        done and kills == size.kills
        and seen.duplicates == seen.sent_but_never_came == seen.came_but_not_known == 0
        and seen.uncertain_not_listed == 0 and seen.uncertain <= size.kills * HANDS,
        due=size.due, kills=kills, left_open=open_messages(), states=states(),
        duplicates=seen.duplicates, sent_but_never_came=seen.sent_but_never_came,
        uncertain=seen.uncertain, of_which_came=seen.uncertain_that_came,
        uncertain_not_listed=seen.uncertain_not_listed,
    )  # fmt: skip
    scene.found.case(
        f"R1: uncertain ones are listed within {LISTED_WITHIN_S:g} s",
        listed_after <= LISTED_WITHIN_S,
        slowest_s=round(listed_after, 1),
    )
    judge_time(scene, "R1", took, R1_WITHIN_S, killing_s=round(killed_in))


def kill_again_and_again(scene: Scene, kills: int, **variables: str) -> int:
    """Two workers; one of them dies, group and all, each time another letter or two has come."""
    started: list[Child] = [
        scene.programs.start_worker(hands=HANDS, **variables) for _each in range(2)
    ]
    # The victim's heir boots while the other one works; both are the clinic's workers.
    for kill in range(kills):
        if not wait_for(partial(another_came, scene.sink, len(scene.sink.came)), seconds=60):
            return kill
        time.sleep(scene.random.uniform(0, LONGEST_LIFE_S))
        scene.programs.kill_worker(started.pop(0))
        started.append(scene.programs.start_worker(hands=HANDS, **variables))
    return kills


def another_came(sink: Sink, before: int) -> bool:
    return len(sink.came) > before or open_messages() == 0


def slowest_listing() -> float:
    """The longest time from going on the wire until the desk could read that it is uncertain."""
    rows = Message.objects.filter(state=MessageState.UNCERTAIN).values_list(
        "claimed_at", "finished_at"
    )
    return max(
        ((ended - began).total_seconds() for began, ended in rows if began and ended), default=0.0
    )


def judge_time(scene: Scene, name: str, took: float, most: float, **more: object) -> None:
    """A case of its own, so that a busy machine cannot hide what came out."""
    scene.found.case(
        f"{name}: within {most:g}", took <= most,
        took=round(took, 2), load=round(os.getloadavg()[0], 1), cores=os.cpu_count(), **more,
    )  # fmt: skip


def control_of_killed_workers(scene: Scene) -> None:
    """Whoever sends again what was on the wire sends some of it twice."""
    owe(80)
    scene.programs.start_beat()
    kill_again_and_again(scene, 6, **{WITHOUT: "uncertain"})
    wait_for(lambda: open_messages() == 0, seconds=60, every=0.5)
    scene.found.case(
        "R1 control: without the state of uncertainty letters come twice",
        scene.sink.duplicates > 0,
        duplicates=scene.sink.duplicates,
    )


# --- R6 --------------------------------------------------------------------------------------------


def several_beats(scene: Scene, *, beats: int) -> None:
    """All along messages become due; so many beats ring for the same two workers."""
    scene.programs.start_worker(hands=HANDS)
    scene.programs.start_worker(hands=HANDS)
    for _beat in range(beats):
        scene.programs.start_beat()
    owed, until = 0, time.monotonic() + scene.size.beats_s
    while time.monotonic() < until:
        owed += len(owe(5, name=f"{owed}-"))
        time.sleep(1)
    done = wait_for(lambda: open_messages() == 0, seconds=90)
    seen = compared(scene.sink)
    scene.found.case(
        f"R6 {beats} beats",
        done and seen.duplicates == seen.sent_but_never_came == 0
        and len(scene.sink.copies) == owed == states().get(MessageState.SENT, 0),
        owed=owed, came=len(scene.sink.copies), duplicates=seen.duplicates, states=states(),
    )  # fmt: skip


def control_of_several_beats(scene: Scene) -> None:
    """Look and send, without taking in hand first."""
    for _each in range(2):
        scene.programs.start_worker(hands=HANDS, **{WITHOUT: "claim"})
    for _each in range(3):
        scene.programs.start_beat()
    for turn in range(10):
        owe(5, name=f"{turn}-")
        time.sleep(1)
    wait_for(lambda: open_messages() == 0, seconds=30)
    scene.found.case(
        "R6 control: without the claim letters come twice",
        scene.sink.duplicates > 0,
        duplicates=scene.sink.duplicates,
    )


# --- R8 --------------------------------------------------------------------------------------------


def wrong_clocks(scene: Scene) -> None:
    """The clock of the worker jumps; that of the database goes on."""
    with worker_with_a_wrong_clock(scene):
        for hours in (1, -1, 25, -25):
            scene.programs.clock.write_text(str(hours * 3600))
            name = f"{hours:+d}h-"
            now = database_clock()
            for part in range(5):
                owe(10, name=f"{name}{part}-", due_at=now + timedelta(seconds=3 * part))
            owe(20, name=f"{name}later-", due_at=now + timedelta(minutes=30))
            owe(20, name=f"{name}tomorrow-", due_at=now + timedelta(hours=24))
            time.sleep(scene.size.jump_s)
    due = {
        str(key): (at, event)
        for key, at, event in Message.objects.values_list("pk", "due_at", "event_key")
    }
    early = [
        due[key][1] for key, at in scene.sink.came if due[key][0].timestamp() - at > EARLY_BY_S
    ]
    waiting = Message.objects.filter(
        state=MessageState.PENDING, due_at__lte=database_clock()
    ).count()
    scene.found.case(
        "R8 clock of the worker wrong by 1 and 25 hours, both ways",
        scene.sink.duplicates == 0 and not early and waiting == 0 and len(scene.sink.copies) == 200,
        came=len(scene.sink.copies), of=200, duplicates=scene.sink.duplicates, early=early[:5],
        waiting=waiting, states=states(), how="clock of Python in the worker, no libfaketime",
    )  # fmt: skip


@contextmanager
def worker_with_a_wrong_clock(scene: Scene) -> Iterator[None]:
    scene.programs.clock.write_text("0")
    scene.programs.start_worker(hands=HANDS, **{CLOCK: str(scene.programs.clock)})
    scene.programs.start_beat()
    owe(1, name="first")
    if not wait_for(lambda: bool(scene.sink.came), seconds=60):
        raise TimeoutError("The worker never sent anything.")
    scene.sink.came.clear()
    Message.objects.all().delete()
    yield


@contextmanager
def beside(work: Callable[[Event], None]) -> Iterator[None]:
    """Do `work` in a thread until the block is left."""
    ended = Event()

    def do() -> None:
        try:
            work(ended)
        finally:
            connections.close_all()

    thread = Thread(target=do)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()
