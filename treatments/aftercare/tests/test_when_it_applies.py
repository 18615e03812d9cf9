"""Lines that only some sheets have: medicines that make the skin sensitive to light, preparation."""

import pytest

from patients.intake.actions import list_medication
from patients.intake.terms import MedicationStatus
from patients.tests.builders import a_healthy_patient
from treatments.aftercare import facts
from treatments.aftercare.actions import sheet_content
from treatments.aftercare.models import AftercareSheet
from treatments.sessions.tests.builders import LAST_WEEK, a_course, a_signed_session

BY = "test builder"


@pytest.fixture
def signed(db):
    patient = a_healthy_patient(now=LAST_WEEK, language="en")
    return a_signed_session(a_course(patient=patient))


def lines(signed):
    return {each["id"]: each for each in sheet_content(signed)["do"]}


def takes(signed, text, status=MedicationStatus.CURRENT):
    list_medication(
        patient=signed.patient,
        text=text,
        status=status,
        last_taken=None,
        since=None,
        by=BY,
        now=signed.signed_at,
    )


@pytest.mark.parametrize("status", [MedicationStatus.CURRENT, MedicationStatus.AS_NEEDED])
def test_who_takes_a_medicine_that_makes_the_skin_sensitive_reads_which_one(signed, status):
    takes(signed, "Doxycycline 100 mg", status)

    line = lines(signed)["light_medicine"]
    assert "Doxycycline 100 mg" in line["text"]
    assert "Doxycycline 100 mg" in line["short"]


def test_who_takes_none_or_stopped_reads_nothing_of_it(signed):
    assert "light_medicine" not in lines(signed)

    takes(signed, "Paracetamol 500 mg")
    takes(signed, "Doxycycline 100 mg", MedicationStatus.STOPPED)

    assert "light_medicine" not in lines(signed)


def test_the_preparation_is_for_whoever_has_a_next_session(signed):
    assert "preparation" in lines(signed)

    others = signed.patient.appointments.exclude(pk=signed.planned_session.appointment_id)
    others.update(state="cancelled")

    assert "preparation" not in lines(signed)


def test_braces_that_somebody_typed_are_letters_like_others():
    line = facts.when_it_applies()["light_medicine"].about("{hours} of {x}")

    assert "{hours} of {x}" in line.words("en")
    assert "{hours} of {x}" in line.short_words("tr")


def test_both_languages_have_every_line(signed):
    assert AftercareSheet.objects.exists()
    for line in facts.when_it_applies().values():
        assert line.en
        assert line.tr
        assert line.short_en
        assert line.short_tr
        assert line.sources
