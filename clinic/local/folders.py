"""Where everything lies that the local servers keep, and who may read it."""

import json
import os
import secrets
import socket
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Home:
    """One folder of local servers: the clinic's, or that of one test run."""

    folder: Path

    def make(self) -> None:
        # PostgreSQL refuses to be root: its own account must get through to its folder.
        mode = 0o711 if os.geteuid() == 0 else 0o700
        self.folder.mkdir(mode=mode, parents=True, exist_ok=True)
        for folder in (self.logs, self.valkey, self.beat):
            folder.mkdir(mode=0o700, exist_ok=True)

    @property
    def logs(self) -> Path:
        return self.folder / "logs"

    @property
    def valkey(self) -> Path:
        return self.folder / "valkey"

    @property
    def outbox(self) -> Path:
        return self.folder / "outbox"

    @property
    def beat(self) -> Path:
        return self.folder / "beat"

    def log(self, name: str) -> Path:
        return self.logs / f"{name}.log"

    def password(self, name: str) -> str:
        """Return the random password of that name, made the first time it is asked for."""
        return str(self._kept("passwords", name) or self._keep("passwords", name, new_password()))

    def port(self, name: str) -> int:
        """Return last time's port of that name if it is still free, otherwise a new one."""
        kept = self._kept("ports", name)
        if isinstance(kept, int) and is_free(kept):
            return kept
        return int(self._keep("ports", name, free_port()))

    def _kept(self, kind: str, name: str) -> Any:
        return read_private(self.folder / f"{kind}.json").get(name)

    def _keep(self, kind: str, name: str, value: Any) -> Any:
        path = self.folder / f"{kind}.json"
        write_private(path, read_private(path) | {name: value})
        return value


def new_password() -> str:
    return secrets.token_urlsafe(48)


def read_private(path: Path) -> dict[str, Any]:
    try:
        return dict(json.loads(path.read_text()))
    except FileNotFoundError:
        return {}


def write_private(path: Path, content: dict[str, Any]) -> None:
    """Write a file that only its owner reads; whoever reads it sees the old one or the new one."""
    fresh = path.with_suffix(".new")
    fresh.unlink(missing_ok=True)
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        json.dump(content, file, indent=1)
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)


def is_free(port: int) -> bool:
    with socket.socket() as attempt:
        attempt.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            attempt.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def free_port() -> int:
    with socket.socket() as attempt:
        attempt.bind(("127.0.0.1", 0))
        return int(attempt.getsockname()[1])
