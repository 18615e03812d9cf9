"""J1 and J2: a signed record cannot be changed in any way that a program has, and who changes it past
the database is found out by whoever computes the chain again."""

import json
import random
from datetime import datetime
from types import SimpleNamespace
from typing import Any
from uuid import uuid4

import pgtrigger
import pytest
from django.apps import apps
from django.db import DatabaseError, connection, transaction
from django.db.models import ProtectedError

from clinic.audit.models import AuditEntry
from patients.tests.builders import a_patient
from treatments.sessions import actions, queries
from treatments.sessions.models import SessionAmendment, SessionDraw, SignedSession
from treatments.sessions.refusals import SignedAlready
from treatments.sessions.rules import GENESIS, canonical, digest
from treatments.sessions.tests.builders import a_signed_session
from treatments.sessions.verifying import faults_of

SEED = 20261123


@pytest.fixture
def signed(db):
    return a_signed_session()


def _run(statement, *values):
    with connection.cursor() as cursor:
        cursor.execute(statement, values)


def _saved(signed):
    signed.record = "{}"
    signed.save()


def _saved_in_part(signed):
    signed.sha256 = GENESIS
    signed.save(update_fields=["sha256"])


def _in_bulk(signed):
    signed.record = "{}"
    SignedSession.objects.bulk_update([signed], ["record"])


def _in_bulk_over_it(signed):
    signed.record = "{}"
    SignedSession.objects.bulk_create(
        [signed], update_conflicts=True, unique_fields=["id"], update_fields=["record"]
    )


def _to_another_patient(signed):
    SignedSession.objects.filter(pk=signed.pk).update(patient=a_patient())


def _written_on(signed):
    actions.save_draft(
        draft_id=signed.planned_session.draft.pk,
        seen_version=signed.planned_session.draft.version,
        values={"pain": 1},
        by=signed.signed_by,
        now=signed.signed_at,
    )


WAYS: dict[str, Any] = {
    "save": _saved,
    "save in part": _saved_in_part,
    "update": lambda signed: SignedSession.objects.update(record="{}"),
    "bulk update": _in_bulk,
    "bulk create over it": _in_bulk_over_it,
    "statement": lambda signed: _run(
        "UPDATE treatments_signedsession SET record = '{}' WHERE id = %s", signed.pk
    ),
    "to another patient": _to_another_patient,
    "delete": lambda signed: signed.delete(),
    "delete many": lambda signed: SignedSession.objects.all().delete(),
    "delete by statement": lambda signed: _run("DELETE FROM treatments_sessiondraw"),
    "cascade from the patient": lambda signed: signed.patient.delete(),
    "cascade from the session": lambda signed: signed.planned_session.delete(),
    "another lot": lambda signed: SessionDraw.objects.update(lot_number="B-999"),
    "written on": _written_on,
}


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS.keys())
def test_no_way_leads_to_a_changed_record(signed, way):
    record, draws = signed.record, list(signed.draws.values())

    with (
        pytest.raises((DatabaseError, ProtectedError, SignedAlready)),
        transaction.atomic(),
    ):
        way(signed)

    kept = SignedSession.objects.get()
    assert (kept.record, list(kept.draws.values())) == (record, draws)


@pytest.mark.parametrize("name", ["save", "update", "bulk update", "statement", "another lot"])
def test_without_the_triggers_they_would(signed, name):
    """The negative control."""
    record, draws = signed.record, list(signed.draws.values())

    with pgtrigger.ignore():
        WAYS[name](signed)

    kept = SignedSession.objects.get()
    assert (kept.record, list(kept.draws.values())) != (record, draws)


def test_nothing_that_was_signed_has_a_page_of_the_administration():
    assert not apps.is_installed("django.contrib.admin")


def test_what_is_right_stands_beside_it_and_in_the_audit(signed):
    amendment = actions.amend_session(
        signed=signed,
        text="The pain was 5, not 3.",
        reason="Misread at the bedside.",
        by=signed.signed_by,
        now=signed.signed_at,
    )

    assert SessionAmendment.objects.get() == amendment
    events = AuditEntry.objects.filter(verb="session.amended")
    assert [event.actor_id for event in events] == [signed.signed_by_id]
    assert queries.signed_session(signed.pk).record == signed.record


def a_chain(length: int) -> list[Any]:
    """Records as they lie in the table, without a database."""
    chain, previous, patient = [], GENESIS, uuid4()
    for number in range(length):
        session, signer = uuid4(), uuid4()
        moment = f"2026-11-{number + 1:02}T10:00:00Z"
        content = {
            "format": 1, "patient": {"id": patient}, "course": {}, "session_id": session,
            "appointment": None, "screening": {}, "asepsis": {}, "anaesthetic_cream": {},
            "technique": "papule", "device": "needle", "regions": [], "cocktail": None,
            "reactions": [], "pain": number % 11, "note": "", "started_at": moment,
            "ended_at": moment, "signed_at": moment, "signed_by": {"id": signer},
        }  # fmt: skip
        written = canonical(content)
        row = SimpleNamespace(
            pk=uuid4(), record=written.decode(), sha256=digest(written, previous),
            previous_sha256=previous, planned_session_id=session, patient_id=patient,
            signed_by_id=signer, **{name: _moment(moment) for name in ("ended_at", "signed_at")},
        )  # fmt: skip
        chain.append(row)
        previous = row.sha256
    return chain


def _moment(text):
    return datetime.fromisoformat(text)


def _edited(chain, drawn):
    row = drawn.choice(chain)
    row.record = json.dumps(json.loads(row.record) | {"pain": 99})


def _edited_with_its_digest(chain, drawn):
    row = drawn.choice(chain[:-1])
    row.record = row.record.replace("papule", "nappage")
    row.sha256 = digest(row.record.encode(), row.previous_sha256)


def _cut_out(chain, drawn):
    del chain[drawn.randrange(len(chain) - 1)]


def _put_in(chain, drawn):
    chain.insert(drawn.randrange(len(chain)), a_chain(1)[0])


def _swapped(chain, drawn):
    place = drawn.randrange(len(chain) - 1)
    chain[place], chain[place + 1] = chain[place + 1], chain[place]


def _given_another_signer(chain, drawn):
    drawn.choice(chain).signed_by_id = uuid4()


HARMS = (_edited, _edited_with_its_digest, _cut_out, _put_in, _swapped, _given_another_signer)


def test_a_chain_that_nobody_touched_has_no_fault():
    assert list(faults_of(SimpleNamespace(signed=a_chain(12)))) == []  # type: ignore[arg-type]


def test_a_hundred_harms_of_a_hundred_are_found_and_located():
    drawn = random.Random(SEED)
    for number in range(100):
        chain = a_chain(drawn.randint(3, 12))
        harm = HARMS[number % len(HARMS)]
        harm(chain, drawn)
        faults = list(faults_of(SimpleNamespace(signed=chain)))  # type: ignore[arg-type]
        assert faults, f"seed {SEED}: {harm.__name__}, {number}"
        assert all(f" of {len(chain)} (" in fault for fault in faults)
