"""Programs that we start never outlive us, and none of them dies unseen."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from clinic.local.children import Child, StopAsked, Supervisor, Trouble, last_lines

SLEEP = "import time; time.sleep(60)"


@pytest.fixture
def said() -> list[str]:
    return []


@pytest.fixture
def supervisor(said: list[str]) -> Iterator[Supervisor]:
    supervisor = Supervisor(said.append)
    yield supervisor
    supervisor.stop()


def child(folder: Path, code: str, name: str = "A child") -> Child:
    return Child(
        name=name,
        command=[sys.executable, "-c", code],
        log=folder / f"{name}.log",
        environment=dict(os.environ),
        folder=folder,
    )


def is_alive(pid: int) -> bool:
    try:
        # A zombie is dead: its parent, the first process of a container, may never ask for it.
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except FileNotFoundError:
        return False


def soon(is_so: Callable[[], bool], seconds: float = 10) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if is_so():
            return True
        time.sleep(0.02)
    return False


def test_a_child_that_ends_while_we_wait_for_it_is_noticed_at_once(supervisor, tmp_path):
    server = supervisor.start(child(tmp_path, "raise SystemExit('the port is taken')"))

    with pytest.raises(Trouble, match="A child ended while starting") as trouble:
        supervisor.wait_until(lambda: False, waiting_for=server, seconds=30)
    assert trouble.value.log
    assert last_lines(trouble.value.log) == ["the port is taken"]


def test_another_child_that_ends_while_we_wait_is_noticed_too(supervisor, tmp_path):
    supervisor.start(child(tmp_path, "", name="The database"))
    server = supervisor.start(child(tmp_path, SLEEP, name="The web server"))

    with pytest.raises(Trouble, match="The database ended"):
        supervisor.wait_until(lambda: False, waiting_for=server, seconds=30)


def test_a_child_that_is_never_ready_is_not_waited_for_without_end(supervisor, tmp_path):
    server = supervisor.start(child(tmp_path, SLEEP))

    with pytest.raises(Trouble, match="not ready after 0 s"):
        supervisor.wait_until(lambda: False, waiting_for=server, seconds=0.2)


def test_a_step_that_fails_says_so_with_its_log(supervisor, tmp_path):
    with pytest.raises(Trouble, match="A child failed") as trouble:
        supervisor.run_to_its_end(child(tmp_path, "raise SystemExit('no room')"), seconds=30)
    assert trouble.value.log
    assert last_lines(trouble.value.log) == ["no room"]


def test_a_child_that_dies_is_started_again_and_each_time_a_little_later(
    supervisor, said, tmp_path
):
    server = supervisor.start(child(tmp_path, SLEEP))
    pauses = []
    for _ in range(3):
        assert server.program
        server.program.kill()
        server.program.wait()
        before = time.monotonic()
        supervisor._revive(server)
        assert server.program is None
        pauses.append(round(server.due_at - before))
        server.due_at = 0
        supervisor._revive(server)
        assert not server.has_ended()

    assert pauses == [1, 2, 4]
    assert "A child ended (SIGKILL); starting it again in 1 s." in said[0]


def test_a_dead_child_is_not_started_again_before_its_time(supervisor, tmp_path):
    server = supervisor.start(child(tmp_path, ""))
    assert soon(server.has_ended)
    supervisor._revive(server)
    supervisor._revive(server)

    assert server.program is None


def test_children_stop_in_reverse_order(supervisor, tmp_path):
    order = tmp_path / "order"
    code = (
        "import signal, sys, time\n"
        "def end(*_):\n"
        "    open({order!r}, 'a').write({name!r}); sys.exit()\n"
        "signal.signal(signal.SIGTERM, end)\n"
        "open({ready!r}, 'w').close()\n"
        "while True: time.sleep(0.05)\n"
    )
    for name in "abc":
        ready = tmp_path / f"{name}.ready"
        server = supervisor.start(
            child(tmp_path, code.format(order=str(order), name=name, ready=str(ready)), name=name)
        )
        supervisor.wait_until(ready.exists, waiting_for=server, seconds=20)
    supervisor.stop()

    assert order.read_text() == "cba"


def test_what_a_child_started_ends_with_it(supervisor, tmp_path):
    kept = tmp_path / "pid"
    code = (
        "import signal, subprocess, sys, time\n"
        f"p = subprocess.Popen([sys.executable, '-c', {SLEEP!r}])\n"
        f"open({str(kept)!r}, 'w').write(f'{{p.pid}}.')\n"
        "time.sleep(60)\n"
    )
    supervisor.start(child(tmp_path, code))
    assert soon(lambda: kept.exists() and kept.read_text().endswith("."))
    grandchild = int(kept.read_text()[:-1])
    assert is_alive(grandchild)
    supervisor.stop()

    assert soon(lambda: not is_alive(grandchild))


STARTER = """\
import os, subprocess, sys, time
from pathlib import Path
from clinic.local.children import Child
command = [sys.executable, "-c", {sleep!r}]
child = Child("A child", command, Path({log!r}), dict(os.environ))
child.start()
plain = subprocess.Popen(command, start_new_session=True)
print(child.program.pid, plain.pid, flush=True)
time.sleep(60)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="The kernel's request exists on Linux only.")
def test_a_child_ends_when_its_supervisor_is_killed_and_a_plain_one_would_not(tmp_path):
    code = STARTER.format(sleep=SLEEP, log=str(tmp_path / "log"))
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True) as ours:
        assert ours.stdout
        kept, plain = map(int, ours.stdout.readline().split())
        assert is_alive(kept)
        ours.kill()
        ours.wait()
        try:
            assert soon(lambda: not is_alive(kept))
            assert is_alive(plain)
        finally:
            os.kill(plain, signal.SIGKILL)


def test_a_polite_signal_is_heard_at_the_next_safe_place(supervisor):
    with supervisor.listening():
        os.kill(os.getpid(), signal.SIGTERM)
        with pytest.raises(StopAsked):
            supervisor.watch()


def test_a_log_is_for_its_owner_only_and_does_not_grow_without_end(supervisor, tmp_path):
    server = child(tmp_path, "print('one line')")
    server.log.write_bytes(b"x" * 5_000_001)
    supervisor.run_to_its_end(server, seconds=30)

    assert server.log.read_text() == "one line\n"
    assert server.log.stat().st_mode & 0o777 == 0o600
    assert (tmp_path / "A child.older.log").stat().st_size == 5_000_001
