"""A correction of the file takes its locks in the one order: physician, room, patient."""

from concurrent.futures import ThreadPoolExecutor
from time import monotonic, sleep

import pytest
from django.db import connection, transaction

from clinic.staff.models import StaffMember
from clinic.tests.builders import NOW, receptionist
from patients.records.actions import change_patient
from patients.records.models import Patient
from treatments.plans.terms import PlanState
from treatments.tests.builders import a_booked_course

pytestmark = pytest.mark.django_db(transaction=True)

PATIENCE = 2


def made_a_minor(patient, by):
    """Another connection: the birth date is corrected, and the course has to be held."""
    try:
        change_patient(
            patient=patient, full_name=patient.full_name,
            born_on=NOW.date().replace(year=NOW.year - 15), sex=patient.sex, phone=patient.phone,
            email=patient.email, language=patient.language, reminders=patient.reminders,
            by=by, now=NOW,
        )  # fmt: skip
    finally:
        connection.close()


def somebody_waits():
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_stat_clear_snapshot()")  # else a transaction sees the first look
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity"
            " WHERE datname = current_database() AND wait_event_type = 'Lock'"
        )
        return cursor.fetchone()[0] > 0


def test_a_correction_waits_for_the_physician_before_it_holds_the_patient():
    plan, desk = a_booked_course(), receptionist()
    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            StaffMember.objects.select_for_update(no_key=True).get(pk=plan.physician_id)
            correction = pool.submit(made_a_minor, plan.patient, desk)
            until = monotonic() + PATIENCE
            while not somebody_waits() and monotonic() < until:
                sleep(0.02)
            assert somebody_waits()
            # Whoever holds the physician goes on to the patient: nobody may sit there meanwhile.
            Patient.objects.select_for_update(no_key=True, nowait=True).get(pk=plan.patient_id)
        correction.result(timeout=10)

    plan.refresh_from_db()
    assert plan.state == PlanState.ON_HOLD
