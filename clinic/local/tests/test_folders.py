"""What is kept between two starts, and who may read it."""

import socket
from pathlib import Path

import pytest

from clinic.local.folders import Home


@pytest.fixture
def home(tmp_path: Path) -> Home:
    home = Home(tmp_path / "home")
    home.make()
    return home


def test_a_password_is_made_once_kept_and_its_owners_secret(home):
    first = home.password("database")

    assert len(first) >= 40
    assert Home(home.folder).password("database") == first
    assert home.password("broker") != first
    assert (home.folder / "passwords.json").stat().st_mode & 0o777 == 0o600


def test_a_port_stays_the_same_while_it_is_free_and_changes_when_it_is_taken(home):
    first = home.port("valkey")
    assert home.port("valkey") == first

    with socket.socket() as neighbour:
        neighbour.bind(("127.0.0.1", first))
        neighbour.listen()
        assert home.port("valkey") != first


def test_others_cannot_list_the_home(home):
    assert home.folder.stat().st_mode & 0o077 in (0o000, 0o011)
    for part in (home.logs, home.valkey, home.beat):
        assert part.stat().st_mode & 0o777 == 0o700
