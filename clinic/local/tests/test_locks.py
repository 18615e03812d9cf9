"""One owner of the servers at a time, and guests who do not lose them under their hands."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from clinic.local import locks
from clinic.local.folders import Home, write_private


@pytest.fixture
def home(tmp_path: Path) -> Home:
    home = Home(tmp_path / "home")
    home.make()
    return home


def test_there_is_one_owner(home):
    lock = locks.try_to_own(home)
    assert lock is not None
    assert locks.try_to_own(home) is None

    os.close(lock)
    again = locks.try_to_own(home)
    assert again is not None
    os.close(again)


def test_the_lock_lasts_until_the_last_program_that_inherited_it_is_gone(home):
    lock = locks.try_to_own(home)
    assert lock is not None
    command = [sys.executable, "-c", "input()"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, pass_fds=(lock,)) as server:
        os.close(lock)
        assert locks.try_to_own(home) is None
        server.communicate(b"\n")

    again = locks.try_to_own(home)
    assert again is not None
    os.close(again)


def test_leftovers_of_a_killed_owner_are_ended_and_nobody_else(home):
    lock = locks.try_to_own(home)
    assert lock is not None
    command = [sys.executable, "-c", "input()"]
    with (
        subprocess.Popen(command, stdin=subprocess.PIPE, pass_fds=(lock,)) as leftover,
        subprocess.Popen(command, stdin=subprocess.PIPE) as bystander,
    ):
        os.close(lock)
        locks.end_leftovers(home)

        assert leftover.wait(10) == -9
        assert bystander.poll() is None
        bystander.communicate(b"\n")


def test_a_file_that_is_closed_meanwhile_hides_no_other(tmp_path):
    descriptors = tmp_path / "fd"
    descriptors.mkdir()
    for number in range(20):
        (descriptors / str(number)).symlink_to(f"/file/{number}")
    found = locks._open_files(descriptors)

    first = next(found)  # the listing is read by now
    for number in range(0, 20, 2):
        (descriptors / str(number)).unlink()

    assert {f"/file/{number}" for number in range(1, 20, 2)} <= {first, *found}


def test_what_a_killed_owner_announced_counts_for_nothing(home):
    with subprocess.Popen([sys.executable, "-c", ""]) as gone:
        gone.wait()
    write_private(home.folder / "running.json", {"pid": gone.pid, "url": "http://127.0.0.1:1"})
    assert locks.announced(home) == {}

    locks.announce(home, url="http://127.0.0.1:2")
    assert locks.announced(home)["url"] == "http://127.0.0.1:2"


def test_an_owner_cannot_close_while_a_guest_is_in_and_no_guest_enters_after(home):
    with locks.owner_known(home):
        locks.announce(home, environment={"A": "1"})
        with locks.as_guest(home) as host:
            assert host["environment"] == {"A": "1"}
            assert not locks.try_to_close(home)
        assert locks.try_to_close(home)
        with locks.as_guest(home) as host:
            assert host == {}
    assert not (home.folder / "running.json").exists()
