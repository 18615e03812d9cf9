"""The programs that a soak of messages torments: broker, workers, beats, a web server.

They are started here and not beside the soak, because they are killed, emptied and started again.
All end with this process, whatever ends it.
"""

import os
import signal
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import redis

from clinic.local import valkey
from clinic.local.children import Child, Supervisor, Trouble
from clinic.local.folders import Home, free_port
from clinic.management.soak.surroundings import answers, web_server

BOOTSTRAP = [sys.executable, "-m", "clinic.management.soak.worker"]
RING_EVERY_S = 1.0


@dataclass
class Programs:
    supervisor: Supervisor
    home: Home
    holding: int
    environment: dict[str, str]
    workers: list[Child] = field(default_factory=list)
    beats: list[Child] = field(default_factory=list)
    broker: Child | None = None
    started: int = 0

    @property
    def clock(self) -> Path:
        return self.home.folder / "clock"

    # --- the broker ------------------------------------------------------------------------------

    def start_broker(self) -> None:
        """Empty: nothing that it was told before is kept."""
        address = valkey.start(self.supervisor, self.home, holding=self.holding, safe=False)
        self.broker = self.supervisor.children[-1]
        self.environment["REDIS_URL"] = address

    def kill_broker(self) -> None:
        assert self.broker is not None
        _kill(self.broker)

    def revive_broker(self) -> None:
        assert self.broker is not None
        self.broker.start()
        address = self.environment["REDIS_URL"]
        if not wait_for(lambda: valkey.answers(address), seconds=30):
            raise Trouble("The broker did not come back.", self.broker.log)

    def empty_broker(self) -> None:
        client = redis.Redis.from_url(self.environment["REDIS_URL"])
        client.flushall()
        client.close()

    # --- workers and beats -----------------------------------------------------------------------

    def start_worker(self, *, hands: int = 2, **variables: str) -> Child:
        self.started += 1
        name = f"worker{self.started}"
        words = ["worker", f"--concurrency={hands}", "--loglevel=WARNING", f"-n{name}@soak"]
        worker = self._start(name, words, variables)
        self.workers.append(worker)
        return worker

    def start_beat(self) -> Child:
        self.started += 1
        name = f"beat{self.started}"
        words = ["beat", "--loglevel=WARNING", f"-s{self.home.beat / name}", "--pidfile="]
        beat = self._start(name, words, {})
        self.beats.append(beat)
        return beat

    def _start(self, name: str, words: list[str], variables: dict[str, str]) -> Child:
        child = Child(
            name=name,
            command=[*BOOTSTRAP, *words],
            log=self.home.log(name),
            environment=self.environment | {"CLINIC_SWEEP_SECONDS": str(RING_EVERY_S)} | variables,
            orphan_signal=signal.SIGKILL,
            holding=(self.holding,),
        )
        return self.supervisor.start(child)

    def kill_worker(self, worker: Child) -> None:
        """The whole process group at once, as a machine dies: no farewell, nothing finished."""
        self.workers.remove(worker)
        self.supervisor.children.remove(worker)
        _kill(worker)

    def revive(self) -> int:
        """Start again what has ended by itself, as `./run` and every init system do; how many."""
        dead = [child for child in [*self.workers, *self.beats] if child.has_ended()]
        for child in dead:
            child.start()
        return len(dead)

    def stop_all(self) -> None:
        for child in [*self.workers, *self.beats]:
            self.supervisor.children.remove(child)
            _kill(child)
        self.workers, self.beats = [], []

    # --- the web server --------------------------------------------------------------------------

    def start_web(self) -> str:
        port = free_port()
        web = self.supervisor.start(web_server(self.home, self.environment, self.holding, port))
        self.supervisor.wait_until(lambda: answers(port), waiting_for=web, seconds=90)
        return f"127.0.0.1:{port}"


@contextmanager
def programs() -> Iterator[Programs]:
    home = Home(Path(os.environ["CLINIC_DATA"]) / "tormented")
    home.make()
    holding = os.open(os.devnull, os.O_RDONLY)
    supervisor = Supervisor(lambda _line: None)
    found = Programs(supervisor, home, holding, dict(os.environ))
    try:
        found.start_broker()
        yield found
    finally:
        supervisor.stop()
        os.close(holding)


def _kill(child: Child) -> None:
    if child.program is None:
        return
    with suppress(ProcessLookupError):
        os.killpg(child.program.pid, signal.SIGKILL)
    child.program.wait()
    child.program = None


def wait_for(is_so: Callable[[], bool], *, seconds: float, every: float = 0.1) -> bool:
    until = time.monotonic() + seconds
    while not is_so():
        if time.monotonic() > until:
            return False
        time.sleep(every)
    return True
