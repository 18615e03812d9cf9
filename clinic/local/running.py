"""./run: the whole clinic on this machine, until it is told to stop."""

import http.client
import json
import signal
import subprocess
import sys

from clinic.local import locks, servers
from clinic.local.children import Child, StopAsked, Supervisor, Trouble, last_lines
from clinic.local.folders import ROOT, Home, is_free
from clinic.local.servers import Progress

_FIRST_PORT = 8000
_STARTED_PARTS = ("database", "broker", "worker", "beat")


def run(*, port: int | None, demo: bool) -> int:
    progress = Progress(lambda text: print(text, end="", flush=True))
    given = servers.given_environment()
    home = servers.home_of(given)
    home.make()
    supervisor = Supervisor(progress.say)
    with supervisor.listening():
        try:
            if (lock := own(home, supervisor, progress)) is None:
                return 0
            with locks.owner_known(home):
                try:
                    open_clinic(supervisor, home, progress, given, lock, port=port, demo=demo)
                    supervisor.watch()
                finally:
                    locks.announce(home)  # no address any more: guests wait
                    supervisor.stop()
        except StopAsked:
            progress.say("\nStopped. Everything that was entered is kept.")
        except Trouble as trouble:
            report(trouble, progress)
            return 1
    return 0


def own(home: Home, supervisor: Supervisor, progress: Progress) -> int | None:
    """Return the owner's lock; None when the clinic is running already (and say where)."""
    said, wait = "", locks.Wait(home)
    while (lock := locks.try_to_own(home)) is None:
        supervisor.check_stop()
        running = locks.announced(home)
        if running.get("url"):
            progress.say(f"Already running: {running['url']}")
            return None
        if "environment" in running:
            line = f"A management command (process {running['pid']}) uses the servers: waiting."
        elif running:
            line = f"Another start or stop (process {running['pid']}) is under way: waiting."
        else:
            line = "What an earlier run left behind is still ending: waiting."
        if line != said:
            progress.say(line)
            said = line
        wait.go_on()
    return lock


def open_clinic(
    supervisor: Supervisor,
    home: Home,
    progress: Progress,
    given: dict[str, str],
    lock: int,
    *,
    port: int | None,
    demo: bool,
) -> None:
    port = choose_port(port, progress)
    url = f"http://127.0.0.1:{port}"
    found = servers.start(supervisor, home, given=given, holding=lock, progress=progress)
    if not given.get("CLINIC_BASE_URL"):
        found["CLINIC_BASE_URL"] = url
    if demo and not given.get("CLINIC_DEMO_LOGINS"):
        found["CLINIC_DEMO_LOGINS"] = "1"
    environment = given | found
    first = "" if (home.folder / "prepared").exists() else " (the first time)"
    with progress.step(("Demo clinic, tables" if demo else "Tables") + ", catalogue" + first):
        prepare(supervisor, home, environment, lock, demo=demo)
    with progress.step("Web server, worker, beat"):
        web = start_programs(supervisor, home, environment, lock, port=port)
        wait_for_health(supervisor, web, port)
    locks.announce(home, url=url, environment=found)
    progress.say(f"\nREADY  {url}\n       kept in {home.folder}")
    if demo:
        progress.say(f"\n{demo_logins(environment)}")
    progress.say("\nCtrl-C stops everything.")


def choose_port(wanted: int | None, progress: Progress) -> int:
    if wanted is not None:
        if not is_free(wanted):
            raise Trouble(f"Port {wanted} is in use. Choose another one with --port.")
        return wanted
    port = next(port for port in range(_FIRST_PORT, _FIRST_PORT + 1000) if is_free(port))
    if port != _FIRST_PORT:
        progress.say(f"  port {_FIRST_PORT} is in use: taking {port}")
    return port


def prepare(
    supervisor: Supervisor, home: Home, environment: dict[str, str], lock: int, *, demo: bool
) -> None:
    """Bring database and translations up to date with the code, in one program."""
    words = ["demo"] if demo else []
    supervisor.run_to_its_end(
        Child(
            name="Preparing the database",
            command=[sys.executable, "-m", "clinic.local.preparing", *words],
            log=home.log("preparing"),
            environment=environment,
            patience_s=30,
            holding=(lock,),
        ),
        seconds=1800,
    )
    (home.folder / "prepared").touch()


def start_programs(
    supervisor: Supervisor, home: Home, environment: dict[str, str], lock: int, *, port: int
) -> Child:
    """Start web server, worker and beat; return the web server."""
    celery = ["celery", "-A", "clinic"]
    listen = [f"--bind=127.0.0.1:{port}", "--worker-class=gthread", "--workers=2", "--threads=4"]
    web = ["gunicorn", "clinic.wsgi", *listen, "--no-control-socket", "--graceful-timeout=10"]
    worker = [*celery, "worker", "--pool=prefork", "--concurrency=2", "--loglevel=INFO"]
    beat = [*celery, "beat", "--loglevel=INFO", "--pidfile=", f"--schedule={home.beat}/schedule"]

    def start(name: str, log: str, words: list[str], orphan_signal: signal.Signals) -> Child:
        return supervisor.start(
            Child(
                name=name,
                command=[sys.executable, "-m", *words],
                log=home.log(log),
                environment=environment,
                orphan_signal=orphan_signal,
                patience_s=20,
                holding=(lock,),
            )
        )

    server = start("The web server", "web", web, signal.SIGQUIT)
    # Without its broker a worker never ends politely; whatever it was doing is done again.
    start("The worker", "worker", [*worker, "--without-gossip", "--without-mingle"], signal.SIGKILL)
    start("Beat", "beat", beat, signal.SIGTERM)
    return server


def wait_for_health(supervisor: Supervisor, web: Child, port: int) -> None:
    answers: list[str] = []
    try:
        supervisor.wait_until(lambda: is_healthy(port, answers), waiting_for=web, seconds=90)
    except Trouble as trouble:
        if answers and "not ready" in str(trouble):
            raise Trouble(f"Not everything came up: {answers[-1]}", trouble.log) from trouble
        raise


def is_healthy(port: int, answers: list[str]) -> bool:
    """Say whether the parts that were started are there.

    What else is wrong (no Pango on this machine, messages that became due while it was switched off)
    is for the health page: it does not keep the clinic closed.
    """
    # Not urllib: that would ask a proxy named in the environment.
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        connection.request("GET", "/healthz")
        response = connection.getresponse()
        answers.append(response.read().decode(errors="replace")[:500])
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
    if response.status not in (200, 503):
        return False
    try:
        parts = json.loads(answers[-1])
    except ValueError as error:
        raise Trouble(f"Another program answers on port {port}. Choose one with --port.") from error
    return all(parts.get(part) == "ok" for part in _STARTED_PARTS)


def demo_logins(environment: dict[str, str]) -> str:
    shown = subprocess.run(
        [sys.executable, str(ROOT / "manage.py"), "demo", "--logins"],
        capture_output=True,
        text=True,
        env=environment,
        stdin=subprocess.DEVNULL,
        check=False,
    )
    return (
        shown.stdout.strip() or "The demo log-ins could not be listed: ./run manage demo --logins"
    )


def report(trouble: Trouble, progress: Progress) -> None:
    progress.say(f"\n{trouble}")
    if trouble.log:
        progress.say(f"The last lines of {trouble.log}:")
        for line in last_lines(trouble.log):
            progress.say(f"    {line}")
        progress.say("Nothing that was entered is lost. When the cause is gone, start again.")
