"""A signed record never changes, and a change that got in by another door is found."""

import io
import json

import pgtrigger
import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, transaction
from django.urls import reverse

from clinic.tests import builders as clinic
from patients.consents.queries import decisions
from patients.consents.terms import ConsentKind
from treatments.plans.queries import planned_session, planned_sessions
from treatments.sessions import actions, rules
from treatments.sessions.models import SessionAmendment, SignedSession
from treatments.sessions.refusals import AmendmentNeedsWords, NotASigner
from treatments.sessions.tests.builders import (
    a_course,
    a_signed_session,
    first_session,
    ready_to_sign,
    sign,
    start_of,
)

pytestmark = pytest.mark.django_db

TABLES = ("treatments_signedsession", "treatments_sessionamendment")


@pytest.fixture
def signed():
    return a_signed_session()


def an_amendment(signed):
    return actions.amend_session(
        signed=signed,
        text="The pain was 5, not 3.",
        reason="Misread at the bedside.",
        by=signed.signed_by,
        now=signed.signed_at,
    )


@pytest.fixture
def chain():
    """Two signed sessions of one patient."""
    plan = a_course()
    first = a_signed_session(plan)
    second = planned_session(planned_sessions(plan)[1].pk)
    ready_to_sign(second)
    return [first, sign(second)]


def _change(signed):
    SignedSession.objects.filter(pk=signed.pk).update(record="{}")


def _delete(signed):
    _run("DELETE FROM treatments_sessiondraw WHERE signed_session_id = %s", [signed.pk])
    _run("DELETE FROM treatments_signedsession WHERE id = %s", [signed.pk])


def _empty(signed):
    _run("SET CONSTRAINTS ALL IMMEDIATE")  # no deferred key may be waiting
    _run(f"TRUNCATE {', '.join(TABLES)} CASCADE")


def _run(statement, values=()):
    with connection.cursor() as cursor:
        cursor.execute(statement, values)


@pytest.mark.parametrize("harm", [_change, _delete, _empty])
def test_the_database_refuses_to_change_a_signed_record(signed, harm):
    with pytest.raises(DatabaseError, match="pgtrigger"), transaction.atomic():
        harm(signed)
    assert SignedSession.objects.get().record == signed.record


@pytest.mark.parametrize("harm", [_change, _delete, _empty])
def test_without_the_trigger_the_harm_is_done(signed, harm):
    """The negative control."""
    from treatments.aftercare.models import AftercareSheet

    AftercareSheet.objects.all().delete()
    with pgtrigger.ignore():
        harm(signed)
    left = SignedSession.objects.first()
    assert left is None or left.record != signed.record


def test_an_amendment_stands_beside_the_record_and_cannot_be_changed_either(signed):
    an_amendment(signed)

    for harm in (
        lambda: SessionAmendment.objects.update(text="other"),
        lambda: SessionAmendment.objects.update(ended_at=None),
        lambda: SessionAmendment.objects.all().delete(),
    ):
        with pytest.raises(DatabaseError, match="pgtrigger"), transaction.atomic():
            harm()
    assert SignedSession.objects.get().record == signed.record


def test_an_amendment_needs_words_and_a_signer(signed):
    facts = {"signed": signed, "now": signed.signed_at}
    with pytest.raises(AmendmentNeedsWords):
        actions.amend_session(text="5", reason="typo", by=signed.signed_by, **facts)
    with pytest.raises(NotASigner):
        actions.amend_session(
            text="The pain was 5, not 3.", reason="Misread there.", by=clinic.nurse(), **facts
        )


def verify():
    said = io.StringIO()
    status = 0
    try:
        call_command("verify_records", stdout=said)
    except CommandError as error:
        status = error.returncode
    return said.getvalue(), status


def test_records_that_nobody_touched_are_whole(chain):
    said, status = verify()

    assert status == 0
    assert said == "2 records of 1 patients, 0 faults\n"


def test_anybody_can_compute_the_digest_again(signed):
    assert rules.digest(signed.record.encode(), "0" * 64) == signed.sha256


@pytest.mark.parametrize("place", [pytest.param(0, marks=pytest.mark.slow), 1])
def test_a_planted_edit_is_located(chain, place):
    edited = chain[place]
    with pgtrigger.ignore():
        SignedSession.objects.filter(pk=edited.pk).update(
            record=edited.record.replace('"pain":3', '"pain":1')
        )

    said, status = verify()

    assert status == 1
    assert str(edited.pk) in said
    assert f"record {place + 1} of 2" in said


def test_an_edit_with_a_matching_digest_breaks_the_next_link(chain):
    first = chain[0]
    record = first.record.replace('"pain":3', '"pain":1')
    with pgtrigger.ignore():
        SignedSession.objects.filter(pk=first.pk).update(
            record=record, sha256=rules.digest(record.encode(), first.previous_sha256)
        )

    said, status = verify()

    assert status == 1
    assert "record 2 of 2" in said


@pytest.mark.parametrize("place", [pytest.param(0, marks=pytest.mark.slow), 1])
def test_a_record_that_is_gone_is_missed(chain, place):
    from treatments.aftercare.models import AftercareSheet

    AftercareSheet.objects.all().delete()
    with pgtrigger.ignore():
        chain[place].draws.all().delete()
        SignedSession.objects.filter(pk=chain[place].pk).delete()

    said, status = verify()

    assert status == 1
    assert "its signed record is gone" in said


def test_a_column_that_contradicts_its_record_is_found(signed):
    with pgtrigger.ignore():
        SignedSession.objects.update(signed_by=clinic.physician())

    said, status = verify()

    assert status == 1
    assert "says something else than its columns" in said


def rewritten(signed, change):
    """As a record of another making: whole in itself, with a digest that fits."""
    record = json.loads(signed.record)
    change(record)
    content = rules.canonical(record)
    with pgtrigger.ignore():
        SignedSession.objects.filter(pk=signed.pk).update(
            record=content.decode(), sha256=rules.digest(content, signed.previous_sha256)
        )


def of_the_first_format(record):
    del record["consent"]
    record["format"] = 1


def test_a_record_cites_the_consent_that_stood_behind_it(signed):
    record = json.loads(signed.record)
    given = decisions(signed.patient).get(kind=ConsentKind.PROCEDURE)

    assert record["format"] == 4
    assert record["consent"] == {
        "id": str(given.pk),
        "kind": "procedure",
        "version": given.text.version,
        "language": given.text.language,
        "text_sha256": given.text.sha256,
        "shown_sha256": given.sha256,
        "decided_on": given.decided_on.isoformat(),
    }


def test_a_record_that_was_signed_before_consents_were_cited_is_whole(signed):
    rewritten(signed, of_the_first_format)

    assert verify() == ("1 records of 1 patients, 0 faults\n", 0)


def of_the_second_format(record):
    """A lot was a number and nothing else."""
    del record["prepared"]
    for each in (*record["cocktail"]["portions"], record["cocktail"]["diluent"]):
        for name in ("lot_id", "lot_expires_on", "lot_source"):
            del each[name]
    record["format"] = 2


def test_a_record_that_was_signed_before_lots_were_drawn_is_whole(signed):
    rewritten(signed, of_the_second_format)

    assert verify() == ("1 records of 1 patients, 0 faults\n", 0)


def of_the_third_format(record):
    for name in ("needle", "depth_mm", "numbing_since", "observed_min"):
        del record[name]
    record["format"] = 3


def test_a_record_that_was_signed_before_needles_were_written_down_is_whole(signed, client):
    rewritten(signed, of_the_third_format)

    assert verify() == ("1 records of 1 patients, 0 faults\n", 0)
    client.force_login(signed.signed_by)
    page = client.get(
        reverse("sessions:record", args=[signed.patient_id, signed.planned_session_id])
    )
    assert page.status_code == 200


@pytest.mark.parametrize(
    "change",
    [
        lambda record: record.pop("needle"),
        lambda record: record["cocktail"]["portions"][0].pop("lot_source"),
        lambda record: record["cocktail"]["diluent"].pop("lot_id"),
        lambda record: record.pop("consent"),
        lambda record: record.update(format=5),
        lambda record: (of_the_first_format(record), record.pop("technique")),
    ],
)
def test_a_record_that_is_not_of_its_format_is_found(signed, change):
    rewritten(signed, change)

    said, status = verify()

    assert status == 1
    assert "is not of the format that it names" in said


def test_two_signatures_at_once_make_one_record():
    session = first_session(a_course())
    ready_to_sign(session)
    sign(session)
    with pytest.raises(DatabaseError), transaction.atomic():
        SignedSession.objects.create(
            planned_session=planned_session(planned_sessions(session.plan)[1].pk),
            patient=session.plan.patient,
            record="{}",
            sha256="f" * 64,
            previous_sha256="0" * 64,
            ended_at=start_of(session),
            signed_by=session.plan.physician,
            signed_at=start_of(session),
        )
