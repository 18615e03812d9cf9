"""Servers of one soak: PostgreSQL, Valkey, mail and gunicorn on loopback, gone when it ends.

The tests themselves run in a child program that knows only these servers. Whatever happens,
Ctrl-C and a polite signal included, every server ends and its folder is removed.
"""

import os
import secrets
import signal
import subprocess
import sys
from collections.abc import Sequence
from contextlib import suppress

from clinic.local import checking, locks, running, servers
from clinic.local.children import Child, StopAsked, Supervisor, Trouble, end_with_parent
from clinic.local.folders import ROOT, Home, free_port
from clinic.local.servers import Progress
from clinic.management.soak.guard import NAMED_IN

LONGEST_S = 45 * 60
HOMES = ROOT / ".local" / "soak"
OWN_MOUNTS = "CLINIC_SOAK_OWN_MOUNTS"  # set where what the soak mounts is seen by the soak alone
OURS = ("DATABASE_URL", "REDIS_URL", "EMAIL_URL", "SECRET_KEY", "CLINIC_DATA", "CLINIC_LOCAL")


def on_own_servers(arguments: Sequence[str]) -> int:
    """Run `manage.py soak ... --inside` beside servers of its own; return its status."""
    progress = Progress(lambda text: print(text, end="", file=sys.stderr, flush=True))  # noqa: T201
    supervisor = Supervisor(progress.say)
    home = Home(HOMES / str(os.getpid()))
    with supervisor.listening():
        try:
            home.make()
            lock = locks.try_to_own(home)
            if lock is None:
                raise Trouble(f"Another soak uses {home.folder}.")
            return _run(supervisor, home, progress, lock, arguments)
        except StopAsked:
            progress.say("\nStopped.")
            return 130
        except Trouble as trouble:
            running.report(trouble, progress)
            return 1
        finally:
            supervisor.stop()
            checking.remove(home)


def _run(
    supervisor: Supervisor, home: Home, progress: Progress, lock: int, arguments: Sequence[str]
) -> int:
    own = {name: value for name, value in os.environ.items() if name not in OURS}
    found = servers.start(supervisor, home, given=own, holding=lock, progress=progress)
    port = free_port()
    environment = own | found | {
        NAMED_IN: secrets.token_hex(16),
        "CLINIC_SOAK_URL": f"127.0.0.1:{port}",
        "CLINIC_BASE_URL": f"http://127.0.0.1:{port}",
        "CLINIC_SOAK_POSTGRES_LOG": str(home.log("postgresql")),
    }  # fmt: skip
    with progress.step("Tables, catalogue"):
        running.prepare(supervisor, home, environment, lock, demo=False)
    with progress.step("Web server"):
        web = supervisor.start(web_server(home, environment, lock, port))
        supervisor.wait_until(lambda: answers(port), waiting_for=web, seconds=90)
    return _inside(supervisor, environment, arguments)


def web_server(home: Home, environment: dict[str, str], lock: int, port: int) -> Child:
    listen = [f"--bind=127.0.0.1:{port}", "--worker-class=gthread", "--workers=2", "--threads=4"]
    return Child(
        name="The web server",
        command=[sys.executable, "-m", "gunicorn", "clinic.wsgi", *listen, "--no-control-socket"],
        log=home.log("web"),
        environment=environment,
        orphan_signal=signal.SIGQUIT,
        holding=(lock,),
    )


def answers(port: int) -> bool:
    import http.client

    line = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        line.request("GET", "/accounts/login/")
        return line.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        line.close()


def _inside(supervisor: Supervisor, environment: dict[str, str], arguments: Sequence[str]) -> int:
    apart = mounting_apart()
    program = subprocess.Popen(  # noqa: S603
        [*apart, sys.executable, str(ROOT / "manage.py"), "soak", *arguments, "--inside"],
        env=environment | ({OWN_MOUNTS: "1"} if apart else {}),
        stdin=subprocess.DEVNULL,
        start_new_session=True,
        preexec_fn=end_with_parent(signal.SIGTERM),
    )
    try:
        waited = 0.0
        while program.poll() is None:
            supervisor.check_stop()
            if waited > LONGEST_S:
                raise Trouble("The soak was not done in 45 minutes.")
            try:
                program.wait(0.2)
            except subprocess.TimeoutExpired:
                waited += 0.2
        return program.returncode
    finally:
        if program.poll() is None:
            program.kill()
            program.wait()


def mounting_apart() -> list[str]:
    """The words that let a program mount file systems that nobody else sees and that end with it;
    none where this machine does not permit it.
    """
    words = ["unshare", "--mount"]
    tried = [*words, "mount", "-t", "tmpfs", "tmpfs", "/mnt"]
    with suppress(OSError):
        if subprocess.run(tried, capture_output=True, check=False).returncode == 0:  # noqa: S603
            return words
    return []
