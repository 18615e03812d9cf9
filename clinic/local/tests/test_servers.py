"""The embedded servers are real ones: what was acknowledged survives a kill -9."""

import mailbox
import os
import smtplib
import subprocess
from collections.abc import Iterator
from email.message import EmailMessage
from pathlib import Path

import psycopg2
import pytest
import redis

from clinic.local import locks, mail, postgres, valkey
from clinic.local.children import Supervisor
from clinic.local.folders import Home, free_port


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Home]:
    home = Home(tmp_path / "home")
    home.make()
    yield home
    postgres.remove(home)


@pytest.fixture
def supervisor() -> Iterator[Supervisor]:
    supervisor = Supervisor(lambda line: None)
    yield supervisor
    supervisor.stop()


@pytest.fixture
def lock(home: Home) -> Iterator[int]:
    lock = locks.try_to_own(home)
    assert lock is not None
    yield lock
    os.close(lock)


def ask(address: str, *statements: str) -> list[tuple[object, ...]]:
    connection = psycopg2.connect(address)
    connection.autocommit = True
    try:
        with connection.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement)
            return list(cursor.fetchall()) if cursor.description else []
    finally:
        connection.close()


def kill(supervisor: Supervisor) -> None:
    server = supervisor.children.pop()
    assert server.program
    server.program.kill()
    server.stop()


def test_postgresql_is_one_that_a_managed_server_could_replace(supervisor, home, lock):
    address = postgres.start(supervisor, home, holding=lock)

    assert ask(address, "SELECT rolsuper FROM pg_roles WHERE rolname = current_user") == [(False,)]
    assert ask(address, "SHOW fsync") == [("on",)]
    assert ask(address, "SHOW listen_addresses") == [("127.0.0.1",)]
    ask(address, "CREATE EXTENSION btree_gist", "CREATE EXTENSION pg_trgm")
    with pytest.raises(psycopg2.OperationalError, match="password authentication failed"):
        ask(address.replace(home.password("database"), "guessed"), "SELECT 1")

    ask(address, "CREATE TABLE kept (n int)", "INSERT INTO kept VALUES (7)")
    kill(supervisor)
    again = postgres.start(supervisor, home, holding=lock)
    assert ask(again, "SELECT n FROM kept") == [(7,)]
    log = home.log("postgresql").read_text()
    assert "guessed" not in log


def test_no_value_of_a_failed_statement_reaches_the_log(supervisor, home, lock):
    address = postgres.start(supervisor, home, holding=lock, safe=False)
    ask(address, "CREATE TABLE phones (number text UNIQUE)", "INSERT INTO phones VALUES ('555 01')")
    with pytest.raises(psycopg2.IntegrityError):
        ask(address, "INSERT INTO phones VALUES ('555 01')")

    log = home.log("postgresql").read_text()
    assert "duplicate key" in log
    assert "555 01" not in log


@pytest.mark.slow
def test_a_pid_file_that_names_another_program_is_no_hindrance(supervisor, home, lock):
    postgres.start(supervisor, home, holding=lock, safe=False)
    place = postgres.find_place(home)
    supervisor.stop()
    pid_file = place.cluster / "postmaster.pid"
    account = place.account
    # After a restart of the machine or in a container that number is soon somebody else's.
    with subprocess.Popen(
        ["sleep", "60"],
        user=account.uid if account else None,
        group=account.gid if account else None,
    ) as bystander:
        pid_file.write_text(f"{bystander.pid}\n{place.cluster}\n1\n5432\n\n\n  1 1\nready\n")
        os.chown(pid_file, place.cluster.stat().st_uid, place.cluster.stat().st_gid)

        address = postgres.start(supervisor, home, holding=lock, safe=False)
        assert ask(address, "SELECT 1") == [(1,)]
        assert bystander.poll() is None
        bystander.kill()


@pytest.mark.slow
def test_a_cluster_whose_making_was_interrupted_is_made_anew(supervisor, home, lock):
    place = postgres.find_place(home)
    (place.folder / "cluster.new").mkdir()
    (place.folder / "cluster.new" / "PG_VERSION").write_text("18\n")

    address = postgres.start(supervisor, home, holding=lock, safe=False)
    assert ask(address, "SELECT 1") == [(1,)]


@pytest.mark.slow
def test_valkey_keeps_what_it_acknowledged_and_asks_for_its_password(supervisor, home, lock):
    address = valkey.start(supervisor, home, holding=lock)
    client = redis.Redis.from_url(address)
    client.set("owed", "1")
    client.waitaof(1, 0, 5000)
    client.close()
    kill(supervisor)

    again = redis.Redis.from_url(valkey.start(supervisor, home, holding=lock))
    assert again.get("owed") == b"1"
    again.close()
    stranger = redis.Redis(port=home.port("valkey"))
    with pytest.raises(redis.exceptions.ConnectionError):
        stranger.ping()
    stranger.close()


@pytest.fixture
def sink(tmp_path: Path) -> Iterator[tuple[int, Path]]:
    port, folder = free_port(), tmp_path / "outbox"
    server = mail.serve(port, folder)
    yield port, folder
    server.stop()


def message(to: str) -> EmailMessage:
    made = EmailMessage()
    made["From"], made["To"], made["Subject"] = "clinic@example.invalid", to, "Randevu: Işıl Çağrı"
    made.set_content("Salı 15:40")
    return made


def test_mail_is_kept_as_it_was_sent(sink):
    port, folder = sink
    with smtplib.SMTP("127.0.0.1", port, local_hostname="localhost") as client:
        client.send_message(message("isil@example.invalid"))

    (kept,) = mailbox.Maildir(folder)
    assert kept["X-RcptTo"] == "isil@example.invalid"
    body = kept.get_payload(decode=True)
    assert isinstance(body, bytes)
    assert body.decode().strip() == "Salı 15:40"


@pytest.mark.parametrize(
    ("to", "code"), [("anyone@bounce.invalid", 550), ("anyone@SLOW.invalid", 451)]
)
def test_two_domains_answer_as_servers_sometimes_do(sink, to, code):
    port, folder = sink
    with smtplib.SMTP("127.0.0.1", port, local_hostname="localhost") as client:
        with pytest.raises(smtplib.SMTPRecipientsRefused) as refused:
            client.send_message(message(to))
        assert refused.value.recipients[to][0] == code

    assert list(mailbox.Maildir(folder)) == []
