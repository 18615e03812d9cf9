"""./run manage COMMAND: one management command, with the servers up while it runs.

Standard input and output belong to the command alone; what we say goes to standard error.
"""

import os
import signal
import subprocess
import sys
import time

from clinic.local import locks, running, servers
from clinic.local.children import StopAsked, Supervisor, Trouble, end_with_parent
from clinic.local.folders import ROOT, Home
from clinic.local.servers import Progress


def manage(arguments: list[str]) -> int:
    progress = Progress(lambda text: print(text, end="", file=sys.stderr, flush=True))
    given = servers.given_environment()
    home = servers.home_of(given)
    home.make()
    supervisor = Supervisor(progress.say)
    with supervisor.listening():
        try:
            wait = locks.Wait(home)
            while True:
                if (lock := locks.try_to_own(home)) is not None:
                    return as_owner(supervisor, home, progress, given, lock, arguments)
                with locks.as_guest(home) as host:
                    if "environment" in host:
                        return command(arguments, given | without(given, host["environment"]))
                supervisor.check_stop()
                wait.go_on()
        except StopAsked:
            return 130
        except Trouble as trouble:
            running.report(trouble, progress)
            return 1


def without(given: dict[str, str], found: dict[str, str]) -> dict[str, str]:
    return {name: value for name, value in found.items() if not given.get(name)}


def as_owner(
    supervisor: Supervisor,
    home: Home,
    progress: Progress,
    given: dict[str, str],
    lock: int,
    arguments: list[str],
) -> int:
    quiet = Progress(lambda text: None)
    with locks.owner_known(home):
        try:
            found = servers.start(supervisor, home, given=given, holding=lock, progress=quiet)
            environment = given | found
            if "DATABASE_URL" in found and not (home.folder / "prepared").exists():
                progress.say("  tables and catalogue: making them (once)")
                running.prepare(supervisor, home, environment, lock, demo=False)
            locks.announce(home, environment=found)
            status = command(arguments, environment)
            # Whoever reads our output must see its end now: it may be a guest of ours.
            give_up_standard_streams()
            while not locks.try_to_close(home):
                supervisor.check_stop()
                time.sleep(0.05)
        finally:
            locks.announce(home)
            supervisor.stop()
    return status


def command(arguments: list[str], environment: dict[str, str]) -> int:
    """Run manage.py with our own standard streams; return its exit status."""
    sys.stdout.flush()
    program = subprocess.Popen(
        [sys.executable, str(ROOT / "manage.py"), *arguments],
        env=environment,
        preexec_fn=end_with_parent(signal.SIGTERM),
    )
    # A Ctrl-C reaches the command itself, which shares our terminal; it decides what that means.
    # A signal that was meant for us alone is passed on.
    before = {
        number: signal.signal(number, lambda which, _frame: program.send_signal(which))
        for number in (signal.SIGTERM, signal.SIGHUP)
    }
    try:
        status = program.wait()
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
    return status if status >= 0 else 128 - status


def give_up_standard_streams() -> None:
    nowhere = os.open(os.devnull, os.O_RDWR)
    os.dup2(nowhere, 0)
    os.dup2(nowhere, 1)
