"""Who uses the servers of a home: one owner, who starts and stops them, and guests.

The owner's lock is inherited by every server, so it lasts until the last of them is gone, whatever
ended the owner. Guests (management commands beside a running owner) hold a shared lock of their
own; an owner that is itself only a management command waits for them before it stops the servers.
"""

import fcntl
import os
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from clinic.local.folders import Home, read_private, write_private


def try_to_own(home: Home) -> int | None:
    """Return the descriptor of the owner's lock, or None when somebody else has it."""
    return _try_lock(home.folder / "owner.lock", fcntl.LOCK_EX)


class Wait:
    """The wait for the owner's lock; ends leftovers of a killed owner that do not end by themselves."""

    patience_s = 10.0

    def __init__(self, home: Home) -> None:
        self.home = home
        self.ownerless_since = time.monotonic()

    def go_on(self) -> None:
        now = time.monotonic()
        if announced(self.home):
            self.ownerless_since = now
        elif now - self.ownerless_since > self.patience_s:
            end_leftovers(self.home)
            self.ownerless_since = now
        time.sleep(0.2)


def announce(home: Home, **facts: Any) -> None:
    """Tell guests and a second ./run what is running here."""
    write_private(_notice(home), {"pid": os.getpid(), **facts})


def withdraw(home: Home) -> None:
    _notice(home).unlink(missing_ok=True)


@contextmanager
def owner_known(home: Home) -> Iterator[None]:
    """Say who owns the servers, from the first moment to the last."""
    announce(home)
    try:
        yield
    finally:
        withdraw(home)


def announced(home: Home) -> dict[str, Any]:
    """Return what the living owner announced; nothing when it has not yet, or was killed."""
    facts = read_private(_notice(home))
    return facts if facts and _is_alive(facts["pid"]) else {}


@contextmanager
def as_guest(home: Home) -> Iterator[dict[str, Any]]:
    """Hold the guests' lock; yields what is announced, which is empty when there is no host."""
    lock = _try_lock(home.folder / "guests.lock", fcntl.LOCK_SH)
    try:
        yield announced(home) if lock is not None else {}
    finally:
        if lock is not None:
            os.close(lock)


def try_to_close(home: Home) -> bool:
    """Let no other guest in, once the last one has left. The lock ends with this process."""
    return _try_lock(home.folder / "guests.lock", fcntl.LOCK_EX) is not None


def end_leftovers(home: Home) -> None:
    """End programs that outlived a killed owner and still hold its lock."""
    held = str(home.folder / "owner.lock")
    for descriptors in Path("/proc").glob("[0-9]*/fd"):
        pid = int(descriptors.parent.name)
        with suppress(OSError):
            holds = held in _open_files(descriptors)
            # Another start looks at the lock for a moment, as we do: that one is no leftover.
            words = (descriptors.parent / "cmdline").read_bytes().split(b"\0")
            if holds and b"clinic.local" not in words:
                os.kill(pid, signal.SIGKILL)


def _open_files(descriptors: Path) -> Iterator[str]:
    """What a process has open. It opens and closes files meanwhile: one that is gone hides no other."""
    for entry in descriptors.iterdir():
        with suppress(FileNotFoundError):
            yield os.readlink(entry)


def _notice(home: Home) -> Path:
    return home.folder / "running.json"


def _try_lock(path: Path, kind: int) -> int | None:
    lock = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(lock, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(lock)
        return None
    return lock


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
