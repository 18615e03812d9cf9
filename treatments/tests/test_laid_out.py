"""A copied clinic is the one that the real actions build."""

from io import StringIO

import pytest
from django.core.management import call_command
from django.db import transaction

from clinic.staff.models import StaffMember
from clinic.staff.terms import Role
from clinic.tests import laid_out
from clinic.tests.builders import physician, receptionist
from patients.records.models import Patient
from treatments.plans.models import PlannedSession
from treatments.sessions.models import SignedSession
from treatments.sessions.tests.builders import a_signed_session


def rows():
    return {table: len(laid_out.lines_of(table)) for table in laid_out.tables()}


def added_by(build):
    before = rows()
    build()
    return {table: count - before[table] for table, count in rows().items()}


def test_a_copy_holds_as_many_rows_as_what_is_built_and_the_next_one_is_built(db, monkeypatch):
    copies: list[laid_out.Layout] = []
    monkeypatch.setattr(laid_out.Layout, "copy", counted(laid_out.Layout.copy, copies))
    copied = added_by(a_signed_session)
    assert len(copies) == 1

    second = added_by(a_signed_session)

    assert len(copies) == 1
    assert {table: count for table, count in second.items() if "treatments_" in table} == {
        table: count for table, count in copied.items() if "treatments_" in table
    }
    assert second["treatments_signedsession"] == 1


def test_what_is_returned_stands_in_the_database_and_its_chain_holds(db):
    signed = a_signed_session()

    assert SignedSession.objects.get() == signed
    assert Patient.objects.get() == signed.patient
    assert PlannedSession.objects.filter(plan=signed.planned_session.plan).count() == 6
    call_command("verify_records", stdout=StringIO())


def test_where_somebody_is_already_nothing_is_copied(db, monkeypatch):
    monkeypatch.setattr(laid_out.Layout, "copy", lambda *_: pytest.fail("copied"))
    physician()

    assert a_signed_session().pk


def test_each_way_has_a_clinic_of_its_own(db):
    layout = laid_out.Layout(physician)
    nothing: dict[str, set[str]] = {table: set() for table in ("clinic_staffmember",)}
    for way, build in (("one", physician), ("another", receptionist)):
        layout.build = build
        with transaction.atomic():
            layout.prepare(way, nothing)
            transaction.set_rollback(True)

    copied = layout.copy("one")

    assert copied == StaffMember.objects.get()
    assert copied.role == Role.PHYSICIAN


def counted(copy, calls):
    def told(layout, way):
        calls.append(layout)
        return copy(layout, way)

    return told
