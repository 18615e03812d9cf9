"""R13: ten thousand letters are due at once, and the web server answers as if there were none."""

import http.client
import time
from statistics import quantiles
from threading import Event

from clinic.management.soak.messages import (
    HANDS,
    Scene,
    beside,
    compared,
    judge_time,
    open_messages,
    owe,
    states,
)
from clinic.management.soak.programs import wait_for

AS_SLOW_AS_IDLE = 1.5  # the web server's p95 while letters go, against idle
ASKED_EVERY_S = 0.1
IDLE_S = 10.0
PATIENCE_S = 900.0


def backlog(scene: Scene) -> None:
    size, programs = scene.size, scene.programs
    scene.sink.pause_s = 0.0
    address = programs.start_web()
    idle: list[float] = []
    with beside(lambda stop: ask(address, stop, idle)):
        time.sleep(IDLE_S)
    owe(size.backlog)
    programs.start_worker(hands=HANDS)
    programs.start_beat()
    wait_for(lambda: bool(scene.sink.came), seconds=60)
    began, busy = time.monotonic(), list[float]()
    with beside(lambda stop: ask(address, stop, busy)):
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


def ask(address: str, stop: Event, took: list[float]) -> None:
    """Ask for the page of the sign-in until `stop`, one after the other."""
    while not stop.wait(ASKED_EVERY_S):
        line = http.client.HTTPConnection(address, timeout=30)
        began = time.perf_counter()
        line.request("GET", "/accounts/login/")
        line.getresponse().read()
        took.append(time.perf_counter() - began)
        line.close()


def p95(seconds: list[float]) -> float:
    return quantiles(seconds, n=20)[-1]
