"""R13: ten thousand letters are due at once, and the web server answers as if there were none."""

import json
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from statistics import quantiles

from clinic.local.children import end_with_parent
from clinic.management.soak.messages import (
    HANDS,
    Scene,
    compared,
    judge_time,
    open_messages,
    owe,
    states,
)
from clinic.management.soak.programs import wait_for

AS_SLOW_AS_IDLE = 1.5  # the web server's p95 while letters go, against idle
IDLE_S = 10.0
PATIENCE_S = 900.0


def backlog(scene: Scene) -> None:
    size, programs = scene.size, scene.programs
    scene.sink.pause_s = 0.0
    address = programs.start_web()
    with asking(address) as idle:
        time.sleep(IDLE_S)
    owe(size.backlog)
    programs.start_worker(hands=HANDS)
    programs.start_beat()
    wait_for(lambda: bool(scene.sink.came), seconds=60)
    began = time.monotonic()
    with asking(address) as busy:
        done = wait_for(lambda: open_messages() == 0, seconds=PATIENCE_S, every=0.5)
    took = time.monotonic() - began
    seen = compared(scene.sink)
    scene.found.case(
        "R13 a backlog goes out, each letter once",
        done and seen.duplicates == seen.sent_but_never_came == seen.uncertain == 0
        and len(scene.sink.copies) == size.backlog,
        backlog=size.backlog, per_s=round(size.backlog / took, 1), states=states(),
        duplicates=seen.duplicates,
    )  # fmt: skip
    judge_time(
        scene, "R13: web p95 beside it, in times of idle", p95(busy) / p95(idle), AS_SLOW_AS_IDLE,
        idle_ms=round(p95(idle) * 1000, 1), beside_ms=round(p95(busy) * 1000, 1), asked=len(busy),
    )  # fmt: skip


@contextmanager
def asking(address: str) -> Iterator[list[float]]:
    """A program asks for the page of the sign-in all along; its seconds stand in the list at the end."""
    took: list[float] = []
    program = subprocess.Popen(  # noqa: S603  (our own program)
        [sys.executable, "-m", "clinic.management.soak.asking", address],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        preexec_fn=end_with_parent(signal.SIGKILL),
    )
    try:
        yield took
    finally:
        told, _errors = program.communicate(b"")
        took.extend(json.loads(told))


def p95(seconds: list[float]) -> float:
    return quantiles(seconds, n=20)[-1]
