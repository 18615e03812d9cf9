"""The servers that no address was given for, and the environment in which the clinic finds them."""

import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import environ

from clinic.local import mail, postgres, valkey
from clinic.local.children import Supervisor
from clinic.local.folders import ROOT, Home


@dataclass
class Progress:
    """Lines for the person who waits."""

    write: Callable[[str], None]

    def say(self, line: str) -> None:
        self.write(line + "\n")

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        """Name what is under way, and when it is done, how long it took."""
        began = time.monotonic()
        self.write(f"  {name:<40} ")
        yield
        self.write(f"{time.monotonic() - began:5.1f} s\n")


def given_environment() -> dict[str, str]:
    """Return the user's environment with what .env adds to it; what is set already wins."""
    if (ROOT / ".env").exists():
        environ.Env.read_env(ROOT / ".env")
    given = dict(os.environ)
    if folder := given.get("CLINIC_DATA"):
        # Children stand in another folder than the user does.
        given["CLINIC_DATA"] = str(Path(folder).absolute())
    return given


def home_of(environment: dict[str, str]) -> Home:
    return Home(Path(environment.get("CLINIC_DATA") or ROOT / ".local" / "data"))


def start(
    supervisor: Supervisor,
    home: Home,
    *,
    given: dict[str, str],
    holding: int,
    progress: Progress,
    safe: bool = True,
) -> dict[str, str]:
    """Start what is not given; return the variables that lead to it, and those of this machine."""
    found = {
        "CLINIC_LOCAL": "1",
        "CLINIC_DATA": str(home.folder),
        "SECRET_KEY": home.password("secret key"),
    }
    if not given.get("DATABASE_URL"):
        with progress.step("PostgreSQL"):
            found["DATABASE_URL"] = postgres.start(supervisor, home, holding=holding, safe=safe)
    if not given.get("REDIS_URL"):
        with progress.step("Valkey"):
            found["REDIS_URL"] = valkey.start(supervisor, home, holding=holding, safe=safe)
    if not given.get("EMAIL_URL"):
        with progress.step("Mail server (keeps what it is given)"):
            address, outbox = mail.start(supervisor, home, environment=given, holding=holding)
            found |= {"EMAIL_URL": address, "CLINIC_OUTBOX": str(outbox)}
    return {name: value for name, value in found.items() if not given.get(name)}
