from uuid import uuid4

import pytest
from django.urls import reverse

from clinic.messages import hooks, terms
from clinic.messages.hooks import Patients
from clinic.messages.models import Message
from clinic.messages.terms import MessageState
from clinic.tests import builders as clinic
from clinic.tests.builders import NOW


@pytest.fixture
def desk(client, db):
    client.force_login(clinic.receptionist())
    client.cookies["django_language"] = "en"
    return client


@pytest.fixture
def ayse(monkeypatch):
    patient_id = uuid4()
    known = Patients(names=lambda ids: {patient_id: "Ayşe Işık"}, one=lambda id_: None)
    monkeypatch.setattr(hooks, "_patients", [known])
    return patient_id


def ended(owed, patient_id, state, reason="", key="1"):
    message = owed(key, patient_id=patient_id)
    Message.objects.filter(pk=message.pk).update(state=state, reason=reason, finished_at=NOW)
    return message


def test_what_failed_stands_on_top_until_somebody_settles_it(desk, owed, ayse):
    message = ended(owed, ayse, MessageState.FAILED, terms.NO_CONNECTION)

    text = desk.get(reverse("messages:list")).content.decode()
    assert "1 message needs a telephone call" in text
    assert "Ayşe Işık" in text
    assert "the mail server could not be reached" in text

    answer = desk.post(reverse("messages:settle", args=[message.pk]), follow=True)
    assert "needs a telephone call" not in answer.content.decode()
    message.refresh_from_db()
    assert message.settled_at is not None


def test_settling_by_looking_is_not_possible(desk, owed, ayse):
    message = ended(owed, ayse, MessageState.UNCERTAIN)

    assert desk.get(reverse("messages:settle", args=[message.pk])).status_code == 405
    message.refresh_from_db()
    assert message.settled_at is None


def test_settling_leads_back_only_within_the_clinic(desk, owed, ayse):
    message = ended(owed, ayse, MessageState.FAILED)
    address = reverse("messages:settle", args=[message.pk])

    away = desk.post(address, {"next": "https://elsewhere.example/"})
    assert away["Location"] == reverse("messages:list")
    back = desk.post(address, {"next": "/messages/?state=failed"})
    assert back["Location"] == "/messages/?state=failed"


def test_the_list_is_filtered_by_state(desk, owed, ayse):
    ended(owed, ayse, MessageState.SENT, key="sent")
    owed("waiting", patient_id=ayse)
    row = 'ms-chip-ok"'

    assert desk.get(reverse("messages:list")).content.decode().count(row) == 1
    assert row in desk.get(reverse("messages:list") + "?state=sent").content.decode()
    assert row not in desk.get(reverse("messages:list") + "?state=pending").content.decode()
    assert desk.get(reverse("messages:list") + "?state=x'").status_code == 200


@pytest.mark.parametrize(
    ("who", "status"),
    [
        (clinic.receptionist, 200),
        (clinic.manager, 200),
        (clinic.physician, 200),
        (clinic.nurse, 403),
    ],
)
def test_the_ledger_requires_the_role(client, db, who, status):
    client.force_login(who())

    assert client.get(reverse("messages:list")).status_code == status


def test_a_reason_is_read_in_the_readers_language(desk, owed, ayse, monkeypatch):
    monkeypatch.setattr("clinic.messages.lines._", lambda words: f"«{words}»")
    ended(owed, ayse, MessageState.FAILED, terms.NO_CONNECTION)

    text = desk.get(reverse("messages:list")).content.decode()
    assert f"«{terms.NO_CONNECTION}»" in text
