"""The page of the desk reads by index, however long the ledger has become: judged by the plan, not by time."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import connection
from django.urls import reverse

from clinic.messages import queries, views
from clinic.messages.models import Message
from clinic.messages.terms import MessageState
from clinic.tests import builders as clinic
from clinic.tests.builders import NOW

pytestmark = pytest.mark.django_db


@pytest.fixture
def long_ledger(db):
    """A table too long to be read or sorted whole."""
    Message.objects.bulk_create(
        Message(
            patient_id=uuid4(), kind="test_letter", event_key=str(number), about_id=uuid4(),
            channel="email", due_at=NOW - timedelta(days=1), not_after=NOW, recorded_at=NOW,
            state=MessageState.SENT, finished_at=NOW,
        )
        for number in range(500)
    )  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE clinic_message")
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute("SET LOCAL enable_sort = off")
        cursor.execute("SET LOCAL enable_bitmapscan = off")


@pytest.mark.parametrize(("state", "index"), [
    ("", "message_latest"),
    (MessageState.SENT, "message_latest"),
    (MessageState.PENDING, "message_due"),
    (MessageState.CANCELLED, "message_rare_state"),
    (MessageState.EXPIRED, "message_rare_state"),
])  # fmt: skip
def test_each_list_has_its_index(long_ledger, state, index):
    plan = queries.messages_in(state, NOW)[:50].explain()
    assert f"using {index} " in plan
    assert "Seq Scan" not in plan


def test_the_calls_have_theirs(long_ledger):
    plan = queries.messages_needing_the_desk()[:50].explain()
    assert "using message_for_the_desk " in plan


def test_a_search_without_an_index_would_show(long_ledger):
    """Negative control: a plan that reads everything names no index of ours."""
    plan = queries.messages().filter(reason="x").explain()
    assert "using message_rare_state " not in plan
    assert "using message_for_the_desk " not in plan


def test_no_more_are_counted_than_are_looked_through(client, owed, monkeypatch):
    monkeypatch.setattr(views, "MOST_LOOKED_THROUGH", 2)
    for key in "abc":
        owed(key, due_at=NOW)
    client.force_login(clinic.receptionist())

    page = client.get(reverse("messages:list")).context

    assert page["page"].paginator.count == 2
    assert page["most"] == 2

    monkeypatch.setattr(views, "MOST_LOOKED_THROUGH", 4)
    assert client.get(reverse("messages:list")).context["most"] == 0
