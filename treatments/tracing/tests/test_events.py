"""Adverse events: against a session and its lots, and two on one lot are said aloud."""

from datetime import timedelta

import pgtrigger
import pytest
from django.db import DatabaseError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import translation

from clinic.tests import builders as clinic
from cocktails.stock.tests.builders import a_lot
from patients.worklist.models import StaffTask
from patients.worklist.queries import tasks_for
from patients.worklist.terms import TaskKind
from treatments.sessions.tests.builders import a_course, a_signed_session
from treatments.tracing import actions, events
from treatments.tracing.models import AdverseEvent
from treatments.tracing.refusals import NotAllowed, WrongEvent
from treatments.tracing.terms import EventCode, EventSeverity, Outcome

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _in_english():
    with translation.override("en"):
        yield


@pytest.fixture
def signed():
    return a_signed_session()


def note(signed, **fields):
    values = {
        "signed": signed,
        "code": EventCode.NODULE,
        "onset_on": signed.ended_at.date(),
        "severity": EventSeverity.MODERATE,
        "note": "Two hard lumps on the left cheek.",
        "by": signed.signed_by,
        "now": signed.ended_at + timedelta(days=20),
    }
    return actions.note_event(**(values | fields))


def test_an_event_belongs_to_the_session_and_its_lots(signed):
    event = note(signed)

    assert event.patient == signed.patient
    (draw,) = events.draws_of_session(signed)
    assert list(events.events_on(draw.product_id, draw.lot_key)) == [event]
    assert events.clusters() == {}


@pytest.mark.parametrize(
    ("fields", "refusal"),
    [
        ({"note": "lump"}, WrongEvent),
        ({"onset_on": "before"}, WrongEvent),
        ({"onset_on": "future"}, WrongEvent),
        ({"by": "receptionist"}, NotAllowed),
        ({"by": "manager"}, NotAllowed),
    ],
)
def test_what_cannot_be_is_refused(signed, fields, refusal):
    day = signed.ended_at.date()
    real = {
        "before": day - timedelta(days=1),
        "future": day + timedelta(days=21),
        "receptionist": clinic.receptionist(),
        "manager": clinic.manager(),
    }
    with pytest.raises(refusal):
        note(signed, **{name: real.get(value, value) for name, value in fields.items()})
    assert not AdverseEvent.objects.exists()


def test_two_events_on_one_lot_are_a_cluster_for_the_lot_and_for_staff(signed, client):
    """One lot was drawn from the stock, once its number was written by hand: still one lot."""
    lot = a_lot("niacinamide-20", "A-123")
    other = a_lot("txa-50", "A-123")
    second = a_signed_session(a_course())
    note(signed)
    assert events.notices_of_lots([lot.pk, other.pk]) == {}

    event = note(second)

    said = events.notices_of_lots([lot.pk, other.pk])
    assert list(said) == [lot.pk]
    assert "2 adverse events" in said[lot.pk][0]
    client.force_login(clinic.nurse())
    client.cookies["django_language"] = "en"
    for address in (
        reverse("stock:list"),
        reverse("stock:lot", args=[lot.pk]),
        reverse("tracing:lot", args=[lot.pk]),
        reverse("tracing:event", args=[event.patient_id, event.pk]),
    ):
        assert "2 adverse events" in client.get(address).content.decode()
    assert (
        "adverse events" not in client.get(reverse("stock:lot", args=[other.pk])).content.decode()
    )


def test_how_it_went_on_is_added_and_never_rewritten(signed):
    event, day = note(signed), signed.ended_at.date()
    facts = {"event": event, "note": "", "by": signed.signed_by}
    later = signed.ended_at + timedelta(days=30)
    with pytest.raises(WrongEvent):
        actions.follow_event_up(
            outcome=Outcome.OPEN, on=day - timedelta(days=1), now=later, **facts
        )
    for days, outcome in ((20, Outcome.REFERRED), (30, Outcome.RESOLVED)):
        at = signed.ended_at + timedelta(days=days)
        actions.follow_event_up(outcome=outcome, on=at.date(), now=at, **facts)

    read = events.event_of(event.patient_id, event.pk)
    assert [each.outcome for each in read.follow_ups.all()] == ["resolved", "referred"]
    with pytest.raises(DatabaseError, match="pgtrigger"), transaction.atomic():
        AdverseEvent.objects.update(severity="mild")
    with pgtrigger.ignore():  # the negative control
        AdverseEvent.objects.update(severity="mild")
    assert AdverseEvent.objects.get().severity == "mild"


@pytest.fixture
def nurse(client, signed, monkeypatch):
    monkeypatch.setattr("django.utils.timezone.now", lambda: signed.ended_at + timedelta(days=20))
    client.force_login(clinic.nurse())
    client.cookies["django_language"] = "en"
    return client


def test_it_is_written_down_from_the_record_and_printed(nurse, signed):
    at = [signed.patient_id, signed.planned_session_id]
    add = reverse("tracing:add-event", args=at)
    assert add in nurse.get(reverse("sessions:record", args=at)).content.decode()
    typed = {
        "code": "mycobacteria",
        "onset_on": (signed.ended_at + timedelta(days=14)).date().isoformat(),
        "severity": "serious",
        "note": "",
    }

    refused = nurse.post(add, typed)
    assert refused.status_code == 422
    assert 'value="serious" selected' in refused.content.decode()
    answer = nurse.post(add, typed | {"note": "Painful red lumps in several points."}, follow=True)

    html = answer.content.decode()
    for wanted in ("A-123", "Painful red lumps", "Serious", "MedWatch", "data-print"):
        assert wanted in html
    event = AdverseEvent.objects.get()
    follow = reverse("tracing:follow-up", args=[signed.patient_id, event.pk])
    assert nurse.post(follow, {"outcome": "", "on": ""}).status_code == 422
    day = (signed.ended_at + timedelta(days=20)).date().isoformat()
    done = nurse.post(follow, {"outcome": "referred", "on": day, "note": "Seen."}, follow=True)
    assert "Referred" in done.content.decode()


def test_an_event_of_another_patient_is_not_found(nurse, signed):
    event = note(signed)
    other = a_signed_session(a_course())
    assert nurse.get(reverse("tracing:event", args=[other.patient_id, event.pk])).status_code == 404


def test_a_manager_reads_no_event(client, signed):
    event = note(signed)
    client.force_login(clinic.manager())
    address = reverse("tracing:event", args=[event.patient_id, event.pk])
    assert client.get(address).status_code == 403


def test_the_notices_of_many_lots_are_asked_at_once(signed):
    note(signed)
    note(a_signed_session(a_course()))
    lots = [a_lot("niacinamide-20", f"A-{number}").pk for number in (123, 4, 5, 6)]
    with CaptureQueriesContext(connection) as asked:
        assert list(events.notices_of_lots(lots)) == [lots[0]]
    assert len(asked) == 2


# --- the task of the physicians ---------------------------------------------------------------


def tasks():
    return list(StaffTask.objects.filter(kind=TaskKind.LOTS_IN_CLUSTER))


def test_a_cluster_is_a_task_of_the_physicians_once(signed):
    """One event is none; the second makes the cluster; a third, looked at or not, makes no other."""
    second, third = a_signed_session(a_course()), a_signed_session(a_course())
    note(signed)
    assert tasks() == []

    note(second)

    (task,) = tasks()
    assert (task.patient, task.physician, task.done_at) == (second.patient, None, None)
    doctor = clinic.physician()
    assert task in tasks_for(doctor)
    assert task not in tasks_for(clinic.receptionist())
    note(third)
    actions.look_at_cluster(patient=second.patient, by=doctor, now=task.since)
    note(third)
    assert [each.done_by for each in tasks()] == [doctor]


def test_two_events_after_one_session_are_a_cluster_of_its_lots(signed):
    note(signed)
    note(signed)
    assert [each.patient for each in tasks()] == [signed.patient]


def test_a_second_event_waits_at_the_products_of_its_lots(signed):
    """Of two at once, neither would otherwise see the other, and nobody would be told."""
    with CaptureQueriesContext(connection) as asked:
        note(signed)
    said = [each["sql"] for each in asked]
    locks = [at for at, sql in enumerate(said) if "FOR NO KEY UPDATE" in sql and "product" in sql]
    written = [at for at, sql in enumerate(said) if "INSERT" in sql and "adverseevent" in sql]
    assert locks
    assert max(locks) < min(written)


def test_the_task_leads_to_the_lots_and_is_done_there(signed, client):
    lot = a_lot("niacinamide-20", "A-123")
    note(signed)
    note(a_signed_session(a_course()))
    (task,) = tasks()
    page = reverse("tracing:cluster", args=[task.patient_id])
    done = reverse("tracing:cluster-looked-at", args=[task.patient_id])
    client.cookies["django_language"] = "en"
    client.force_login(clinic.nurse())
    assert done not in client.get(page).content.decode()
    assert client.post(done).status_code == 403
    assert tasks()[0].done_at is None

    client.force_login(clinic.physician())
    assert page in client.get(reverse("patients:tasks")).content.decode()
    html = client.get(page).content.decode()
    for wanted in ("A-123", "2 adverse events", done):
        assert wanted in html
    by_hand = reverse("tracing:number", args=[lot.product_id])
    assert by_hand in html or reverse("tracing:lot", args=[lot.pk]) in html
    assert client.post(done).status_code == 302

    assert tasks()[0].done_at is not None
    assert done not in client.get(page).content.decode()


def test_a_patient_without_a_cluster_has_nothing_to_look_at(signed, client):
    note(signed)
    client.force_login(clinic.physician())
    client.cookies["django_language"] = "en"
    page = client.get(reverse("tracing:cluster", args=[signed.patient_id])).content.decode()
    assert "No lot of this patient" in page
    assert "A-123" not in page
