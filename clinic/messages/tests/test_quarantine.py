"""K3 of the test plan: a restored system sends nothing before somebody says so."""

import json
from datetime import timedelta
from uuid import uuid4

import pytest
from django.urls import reverse

from clinic.audit.models import AuditEntry
from clinic.dashboard.examination import _channels
from clinic.messages import quarantine, terms
from clinic.messages.models import LedgerMark, Message
from clinic.messages.queries import oldest_due
from clinic.messages.tasks import send_due_messages
from clinic.messages.terms import MessageState
from clinic.messages.tests.sinks import honest_server
from clinic.tests import builders as clinic
from clinic.tests.builders import NOW

HOUR = timedelta(hours=1)
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def folder(settings, tmp_path, monkeypatch):
    settings.CLINIC_DATA = tmp_path
    monkeypatch.setattr("clinic.messages.tasks.steady_clock", lambda: lambda: NOW)
    return tmp_path


@pytest.fixture
def ring(settings, django_capture_on_commit_callbacks):
    """One ring of the worker; returns the letters that went."""

    def ring():
        with honest_server(settings) as server, django_capture_on_commit_callbacks(execute=True):
            send_due_messages()
        return server.letters

    return ring


def go_back(steps=1):
    """As a restored backup would stand: the ledger behind what the installation has seen."""
    mark = LedgerMark.objects.get()
    LedgerMark.objects.update(step=mark.step - steps)


def test_a_new_installation_sends(ring, composing, owed):
    owed()

    assert len(ring()) == 1
    owed("2")
    assert len(ring()) == 1


def test_k3_a_restored_backup_sends_nothing(ring, composing, owed):
    ring()
    due, later = owed("1"), owed("2", due_at=NOW + HOUR)
    go_back()

    assert ring() == []
    assert ring() == []  # nor at the next ring

    due.refresh_from_db()
    assert (due.state, due.reason) == (MessageState.UNCERTAIN, terms.FROM_A_BACKUP)
    assert due in Message.objects.needing_the_desk()
    later.refresh_from_db()
    assert (later.state, later.held_at) == (MessageState.PENDING, NOW)


def test_k3_without_the_mark_it_would_send(ring, composing, owed, monkeypatch):
    """The negative control."""
    ring()
    owed()
    go_back()
    monkeypatch.setattr(quarantine, "_is_behind", lambda mark, seen: False)

    assert len(ring()) == 1


def test_k3_what_is_owed_after_the_restoring_goes(ring, composing, owed):
    ring()
    owed("old", due_at=NOW + HOUR)
    go_back()
    ring()
    owed("new")

    [letter] = ring()
    assert "No new" in letter.get_content()


def test_a_backup_of_the_minute_before_a_message_went_is_known_too(ring, composing, owed):
    ring()
    owed()
    step = LedgerMark.objects.get().step
    ring()

    assert LedgerMark.objects.get().step == step + 2
    assert json.loads(quarantine.file_of_mark().read_text())["step"] == step + 2


@pytest.mark.parametrize(
    "how", ["another installation", "a new machine", "before there were marks"]
)
def test_k3_each_way_in_which_a_database_is_not_what_stood_here(ring, composing, owed, folder, how):
    ring()
    ring()
    owed()
    if how == "another installation":
        LedgerMark.objects.update(installation=uuid4())
    elif how == "a new machine":
        (folder / "ledger.mark").unlink()
    else:
        LedgerMark.objects.all().delete()

    assert ring() == []
    assert Message.objects.get().state == MessageState.UNCERTAIN


def test_a_file_that_was_never_written_after_the_first_step_is_no_backup(
    ring, composing, owed, folder
):
    ring()
    (folder / "ledger.mark").unlink()
    owed()

    assert len(ring()) == 1


def test_what_was_on_the_wire_in_the_backup_is_uncertain(ring, composing, owed):
    ring()
    message = owed(due_at=NOW + HOUR, not_after=NOW + 2 * HOUR)
    Message.objects.update(state=MessageState.TRANSMITTING, claimed_at=NOW)
    go_back()

    ring()

    message.refresh_from_db()
    assert message.state == MessageState.UNCERTAIN


def test_stale_ones_expire_while_they_are_held(ring, composing, owed, monkeypatch):
    ring()
    expires = owed("1", due_at=NOW + HOUR, not_after=NOW + 2 * HOUR)
    called = owed("2", due_at=NOW + HOUR, not_after=NOW + 2 * HOUR)
    Message.objects.filter(pk=called.pk).update(call_until=NOW + 9 * HOUR)
    go_back()
    ring()

    monkeypatch.setattr("clinic.messages.tasks.steady_clock", lambda: lambda: NOW + 3 * HOUR)
    assert ring() == []

    expires.refresh_from_db()
    called.refresh_from_db()
    assert expires.state == MessageState.EXPIRED
    assert called.state == MessageState.TO_CALL


@pytest.fixture
def one_held(ring, composing, owed):
    ring()
    message = owed(due_at=NOW + HOUR)
    go_back()
    ring()
    return message


def press(client, decision, who=clinic.manager):
    client.force_login(who())
    return client.post(
        reverse("messages:release"), {"kind": "test_letter", "decision": decision}
    ).status_code


def test_a_manager_sends_on(one_held, client, ring, monkeypatch):
    assert press(client, "send") == 302

    monkeypatch.setattr("clinic.messages.tasks.steady_clock", lambda: lambda: NOW + HOUR)
    assert len(ring()) == 1
    assert AuditEntry.objects.filter(verb="message.sent_on").count() == 1


def test_a_manager_drops(one_held, client):
    press(client, "drop")

    one_held.refresh_from_db()
    assert one_held.state == MessageState.CANCELLED
    assert one_held.reason == terms.DROPPED_AFTER_BACKUP
    assert AuditEntry.objects.filter(verb="message.dropped").count() == 1


@pytest.mark.parametrize(
    ("decision", "who", "status"),
    [
        ("send", clinic.receptionist, 403),
        ("send", clinic.physician, 403),
        ("", clinic.manager, 400),
    ],
)
def test_nobody_else_and_nothing_else(one_held, client, decision, who, status):
    assert press(client, decision, who) == status

    one_held.refresh_from_db()
    assert one_held.held_at == NOW


def test_the_pages_and_the_doctor_say_so(one_held, client):
    client.force_login(clinic.manager())
    client.cookies["django_language"] = "en"

    listed = client.get(reverse("messages:list")).content.decode()
    assert "Messages of a restored backup are held" in listed
    assert "Send on" in listed
    assert "1 message of a restored backup is held" in client.get("/today/").content.decode()
    assert [remark.wrong for remark in _channels(NOW)] == [True]


def test_the_desk_reads_it_and_has_no_button(one_held, client):
    client.force_login(clinic.receptionist())
    client.cookies["django_language"] = "en"

    listed = client.get(reverse("messages:list")).content.decode()
    assert "Messages of a restored backup are held" in listed
    assert "Send on" not in listed


def test_what_is_held_does_not_look_like_a_worker_that_stands_still(one_held):
    assert oldest_due(NOW + 2 * HOUR) is None
