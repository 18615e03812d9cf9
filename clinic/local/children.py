"""Child programs that never outlive us: started, awaited, restarted, stopped in order."""

import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType

from clinic.local.folders import ROOT

_LIBC = ctypes.CDLL(None)
_PR_SET_PDEATHSIG = 1
_LARGEST_LOG_BYTES = 5_000_000
_STEADY_AFTER_S = 60.0
_LONGEST_PAUSE_S = 30.0


class Trouble(Exception):
    """Why it does not go on: one plain sentence, and the log that shows it."""

    def __init__(self, sentence: str, log: Path | None = None) -> None:
        super().__init__(sentence)
        self.log = log


class StopAsked(Exception):
    """Ctrl-C, or a polite signal."""


@dataclass(frozen=True)
class Account:
    """Whom a child runs as."""

    uid: int
    gid: int


@dataclass
class Child:
    name: str
    command: Sequence[str | Path]
    log: Path
    environment: dict[str, str]
    folder: Path = ROOT
    account: Account | None = None
    stop_signal: signal.Signals = signal.SIGTERM
    orphan_signal: signal.Signals = signal.SIGTERM
    patience_s: float = 10.0
    holding: tuple[int, ...] = ()  # descriptors it keeps open: a lock lasts until it is gone
    program: "subprocess.Popen[bytes] | None" = None
    started_at: float = 0.0
    failures: int = 0
    due_at: float = 0.0  # when it is started again

    def start(self) -> None:
        self.started_at = time.monotonic()
        make_way(self.log)
        with open(os.open(self.log, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600), "ab") as output:
            self.program = subprocess.Popen(
                [str(part) for part in self.command],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                env=self.environment,
                cwd=self.folder,
                start_new_session=True,  # a Ctrl-C is ours to pass on, in order
                pass_fds=self.holding,
                user=self.account.uid if self.account else None,
                group=self.account.gid if self.account else None,
                extra_groups=[] if self.account else None,
                preexec_fn=end_with_parent(self.orphan_signal),
            )

    def has_ended(self) -> bool:
        return self.program is None or self.program.poll() is not None

    def status(self) -> int:
        return self.program.returncode if self.program else 0

    def stop(self) -> None:
        if self.program is None:
            return
        if self.program.poll() is None:
            self.program.send_signal(self.stop_signal)
            try:
                self.program.wait(self.patience_s)
            except subprocess.TimeoutExpired:
                self.program.kill()
                self.program.wait()
        self.sweep()
        self.program = None

    def sweep(self) -> None:
        """End what a dead child left of its own: it leads a process group of its own."""
        if self.program is not None:
            with suppress(ProcessLookupError):
                os.killpg(self.program.pid, signal.SIGKILL)


def end_with_parent(orphan_signal: signal.Signals) -> Callable[[], None] | None:
    """Return what a child does before it begins: ask the kernel for a signal when we are gone.

    Runs after the change of account, which would clear the request.
    """
    if sys.platform != "linux":
        return None
    parent = os.getpid()

    def ask() -> None:
        _LIBC.prctl(_PR_SET_PDEATHSIG, int(orphan_signal))
        if os.getppid() != parent:
            os._exit(1)

    return ask


def make_way(log: Path) -> None:
    """Keep one older log, so that a clinic that runs for months does not fill the disk."""
    if log.exists() and log.stat().st_size > _LARGEST_LOG_BYTES:
        log.replace(log.with_suffix(".older.log"))


def last_lines(log: Path, count: int = 15) -> list[str]:
    if not log.exists():
        return []
    with log.open("rb") as file:
        file.seek(max(0, log.stat().st_size - 20_000))
        return file.read().decode(errors="replace").splitlines()[-count:]


@dataclass
class Supervisor:
    """Starts children one after the other, keeps them alive, stops them in reverse."""

    say: Callable[[str], None]
    children: list[Child] = field(default_factory=list)
    stop_was_asked: bool = False

    @contextmanager
    def listening(self) -> Iterator[None]:
        """Turn the polite signals into `StopAsked`, at the next safe place."""

        def remember(_number: int, _frame: FrameType | None) -> None:
            self.stop_was_asked = True

        polite = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
        before = {number: signal.signal(number, remember) for number in polite}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    def start(self, child: Child) -> Child:
        self.children.append(child)
        child.start()
        return child

    def wait_until(self, is_so: Callable[[], bool], *, waiting_for: Child, seconds: float) -> None:
        """Wait for `is_so`; notice at once when any child has ended meanwhile."""
        deadline = time.monotonic() + seconds
        while not is_so():
            self.check_stop()
            for child in self.children:
                if child.has_ended():
                    raise Trouble(f"{child.name} ended while starting.", child.log)
            if time.monotonic() > deadline:
                raise Trouble(
                    f"{waiting_for.name} was not ready after {seconds:.0f} s.", waiting_for.log
                )
            time.sleep(0.05)

    def run_to_its_end(self, child: Child, *, seconds: float) -> None:
        """Run a child that does one thing and ends."""
        child.start()
        deadline = time.monotonic() + seconds
        try:
            while not child.has_ended():
                self.check_stop()
                for other in self.children:
                    if other.has_ended():
                        raise Trouble(f"{other.name} ended unexpectedly.", other.log)
                if time.monotonic() > deadline:
                    raise Trouble(f"{child.name} was not done in {seconds:.0f} s.", child.log)
                time.sleep(0.05)
            if child.status() != 0:
                raise Trouble(f"{child.name} failed.", child.log)
        finally:
            child.stop()

    def check_stop(self) -> None:
        if self.stop_was_asked:
            raise StopAsked

    def watch(self) -> None:
        """Keep every child alive until a stop is asked for."""
        while True:
            self.check_stop()
            for child in self.children:
                self._revive(child)
            time.sleep(0.2)

    def _revive(self, child: Child) -> None:
        if not child.has_ended():
            return
        now = time.monotonic()
        if child.program is not None:
            if now - child.started_at > _STEADY_AFTER_S:
                child.failures = 0
            pause = min(_LONGEST_PAUSE_S, 2.0**child.failures)
            self.say(
                f"{child.name} ended ({describe(child.status())}); "
                f"starting it again in {pause:.0f} s. Log: {child.log}"
            )
            child.sweep()
            child.program, child.failures, child.due_at = None, child.failures + 1, now + pause
        elif now >= child.due_at:
            child.start()

    def stop(self) -> None:
        """Stop all children, the last started first."""
        if self.stop_was_asked and self.children:
            self.say("\nStopping ...")
        while self.children:
            self.children.pop().stop()


def describe(status: int) -> str:
    if status >= 0:
        return f"status {status}"
    try:
        return signal.Signals(-status).name
    except ValueError:
        return f"signal {-status}"
