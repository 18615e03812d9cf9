"""./check: every check of the project, on servers of its own, each named with its time.

A step that fails does not stop the others; all failures are listed at the end.
"""

import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from clinic.local import locks, postgres, running, servers
from clinic.local.children import StopAsked, Supervisor, Trouble, end_with_parent
from clinic.local.folders import ROOT, Home, new_password
from clinic.local.servers import Progress

_BIN = Path(sys.executable).parent
_MANAGE = [sys.executable, str(ROOT / "manage.py")]
_NO_TEST_MATCHED = 5
_MOST_LINES = 60
_LOGS = ROOT / ".local" / "logs"
_SERVED_BY_A_BROWSER = "(browser or journey)"
_BROWSER_MARK = re.compile(r"mark\.(browser|journey)\b")
_TEST_HOMES = ROOT / ".local" / "test"
# Not the installed script: that one names the folder in which it was installed.
_LINT_IMPORTS = "from importlinter.cli import lint_imports_command as main; main()"
_OURS = ("DATABASE_URL", "REDIS_URL", "EMAIL_URL", "SECRET_KEY", "CLINIC_DATA", "CLINIC_LOCAL")
# What a production installation sets; `check --deploy` judges the settings that come of it.
_PRODUCTION = {
    "ALLOWED_HOSTS": "clinic.example",
    "CSRF_TRUSTED_ORIGINS": "https://clinic.example",
    "CLINIC_BASE_URL": "https://clinic.example",
    "CLINIC_LOCAL": "0",
    "DEBUG": "0",
    "EMAIL_URL": "smtp+tls://clinic:secret@mail.example:587",
}


@dataclass
class Report:
    """What was run, how long it took, what failed."""

    failed: list[str] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)

    def step(
        self,
        name: str,
        command: Sequence[str | Path],
        environment: dict[str, str],
        *,
        loud: bool = False,
        fine: tuple[int, ...] = (0,),
    ) -> int:
        """Run one check; its output is shown when it fails (a loud one shows it as it comes)."""
        if loud:
            print(f"\n--- {name}", flush=True)
        began = time.monotonic()
        ended = subprocess.Popen(
            [str(part) for part in command],
            cwd=ROOT,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=None if loud else subprocess.PIPE,
            stderr=None if loud else subprocess.STDOUT,
            text=True,
            preexec_fn=end_with_parent(signal.SIGTERM),
        )
        output, _ = ended.communicate()
        passed = ended.returncode in fine
        line = f"  {'passed' if passed else 'FAILED'}  {name:<42} {time.monotonic() - began:6.1f} s"
        print(line, flush=True)
        self.lines.append(line)
        if not passed:
            self.failed.append(name)
            show(name, output or "")
        return ended.returncode


def show(name: str, output: str) -> None:
    """Show what a failed check said; a long text goes to a file."""
    lines = output.splitlines()
    for line in lines[:_MOST_LINES]:
        print(f"    {line}")
    if len(lines) > _MOST_LINES:
        _LOGS.mkdir(parents=True, exist_ok=True)
        log = _LOGS / f"check-{name.split()[0]}.log"
        log.write_text(output)
        print(f"    ... and {len(lines) - _MOST_LINES} more lines: {log}", flush=True)


def check(arguments: list[str]) -> int:
    everything = "--all" in arguments
    chosen = [argument for argument in arguments if argument != "--all"]
    progress = Progress(lambda text: print(text, end="", flush=True))
    supervisor = Supervisor(progress.say)
    with supervisor.listening():
        try:
            return on_own_servers(supervisor, progress, chosen, everything=everything)
        except StopAsked:
            progress.say("\nStopped.")
            return 130
        except Trouble as trouble:
            running.report(trouble, progress)
            return 1


def on_own_servers(
    supervisor: Supervisor, progress: Progress, chosen: list[str], *, everything: bool
) -> int:
    sweep_abandoned_homes()
    home = Home(_TEST_HOMES / str(os.getpid()))
    home.make()
    lock = locks.try_to_own(home)
    if lock is None:
        raise Trouble(f"Another check uses {home.folder}.")
    given = dict(os.environ)
    own = {name: value for name, value in given.items() if name not in _OURS}
    try:
        found = servers.start(
            supervisor, home, given=own, holding=lock, progress=progress, safe=False
        )
        return run_checks(supervisor, own | found, chosen, everything=everything)
    finally:
        supervisor.stop()
        remove(home)


def run_checks(
    supervisor: Supervisor, environment: dict[str, str], chosen: list[str], *, everything: bool
) -> int:
    began = time.monotonic()
    report = Report()
    scripts: list[str | Path] = ["run", "check"]  # no ".py": they have to be named
    ruff = _BIN / "ruff"
    production = environment | _PRODUCTION | {"SECRET_KEY": new_password()}
    steps: list[tuple[str, list[str | Path], dict[str, str]]] = [
        # The databases of the tests are copies of this one: laid out once, not by each process.
        ("migrations", [*_MANAGE, "migrate"], environment),
        (
            "types (mypy)",
            [sys.executable, "-m", "mypy", "--scripts-are-modules", ".", *scripts],
            environment,
        ),
        ("format (ruff)", [ruff, "format", "--check", ".", *scripts], environment),
        ("lint (ruff)", [ruff, "check", ".", *scripts], environment),
        ("import contracts (lint-imports)", [sys.executable, "-c", _LINT_IMPORTS], environment),
        (
            "no migration missing",
            [*_MANAGE, "makemigrations", "--check", "--dry-run"],
            environment,
        ),
        ("translations", [*_MANAGE, "translations", "check"], environment),
        ("compile translations", [*_MANAGE, "translations", "compile"], environment),
        (
            "production settings (check --deploy)",
            [*_MANAGE, "check", "--deploy", "--fail-level", "WARNING"],
            production,
        ),
    ]
    with ThreadPoolExecutor(2) as two_at_a_time:
        for done in [two_at_a_time.submit(report.step, *step) for step in steps]:
            done.result()
    supervisor.check_stop()
    run_tests(report, supervisor, environment, chosen, everything=everything)
    return close(report, began)


def run_tests(
    report: Report,
    supervisor: Supervisor,
    environment: dict[str, str],
    chosen: list[str],
    *,
    everything: bool,
) -> None:
    """Run the tests, two at a time; then those in a browser, two files at a time."""
    environment = environment | {"CLINIC_TEST_TEMPLATE": _database_of(environment)}
    # What pytest made of the tests is kept for the second group.
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    # The databases that the first group makes serve the second too.
    pytest: list[str | Path] = [sys.executable, "-m", "pytest", "--reuse-db"]
    # Who is done takes over from the other: the long ones come by lot. Not in a browser: a test that
    # was taken over would meet the browser of the file that it came from.
    two_at_a_time = ["-n", "2", "--dist", "worksteal"]
    a_file_each = ["-n", "2", "--dist", "loadfile"]
    slow = "" if everything else " and not slow"
    # With tests chosen by hand, one of the two groups may be empty.
    fine = (0, _NO_TEST_MATCHED) if chosen else (0,)
    groups: dict[str, list[str | Path]] = {
        "tests": [*pytest, *two_at_a_time, "-m", f"not {_SERVED_BY_A_BROWSER}{slow}", *chosen],
        "browser tests": [
            *[*pytest, *a_file_each, "-m", f"{_SERVED_BY_A_BROWSER}{slow}"],
            *(chosen or _with_browser_tests()),
        ],
    }
    if not environment.get("CLINIC_CHROMIUM"):
        del groups["browser tests"]  # each would lay out its clinic only to be left out
    statuses = []
    for name, command in groups.items():
        statuses.append(report.step(name, command, environment, loud=True, fine=fine))
        supervisor.check_stop()
    if set(statuses) == {_NO_TEST_MATCHED}:
        report.failed.append("tests: none matched")


def _with_browser_tests() -> list[str]:
    """The files to look into: each process reads all that it is given."""
    return [
        str(path.relative_to(ROOT))
        for app in ("clinic", "patients", "cocktails", "treatments")
        for path in sorted((ROOT / app).rglob("test_*.py"))
        if _BROWSER_MARK.search(path.read_text("utf-8"))
    ]


def _database_of(environment: dict[str, str]) -> str:
    return urlsplit(environment["DATABASE_URL"]).path.removeprefix("/")


def close(report: Report, began: float) -> int:
    print("\n" + "\n".join(report.lines))
    if reason := os.environ.get("CLINIC_NO_CHROMIUM"):
        print(f"\nLEFT OUT: the tests marked browser and journey. {reason}")
    took = f"{time.monotonic() - began:.0f} s"
    if report.failed:
        print(f"\nFAILED after {took}: {'; '.join(report.failed)}")
        return 1
    print(f"\nAll checks passed in {took}.")
    return 0


def sweep_abandoned_homes() -> None:
    """Remove what a killed check left behind."""
    for folder in _TEST_HOMES.glob("*"):
        home = Home(folder)
        if locks.try_to_own(home) is not None:
            remove(home)


def remove(home: Home) -> None:
    postgres.remove(home)
    shutil.rmtree(home.folder, ignore_errors=True)
