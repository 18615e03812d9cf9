"""What a record says against what was said here before it came: a no of yesterday ends nothing."""

from datetime import date, timedelta

import pytest

from clinic.tests.builders import NOW
from patients.importing import actions
from patients.importing.files import units
from patients.importing.tests.records import SNOMED, bundle, concept, illness, person
from patients.intake.actions import record_answers
from patients.intake.queries import standing_answers
from patients.records.models import Patient
from patients.tests.builders import a_patient

pytestmark = pytest.mark.django_db
ON = date(2026, 11, 23)
PREGNANT = concept(SNOMED, "72892002", "Normal pregnancy")
NOBODY_KNOWS = concept(SNOMED, "0", "Morbus fictus")


def brought_in_after(tmp_path, **said):
    patient = a_patient(full_name="Ayşe Işık509", born_on=date(1990, 5, 1), sex="F")
    record_answers(
        patient=patient, answers=said, occasion="intake", on=ON, by="test",
        now=NOW - timedelta(hours=1),
    )  # fmt: skip
    for unit in units([bundle(tmp_path, person(), illness(PREGNANT), illness(NOBODY_KNOWS))]):
        actions.bring_in_files(unit=unit, on=ON, by="test", now=NOW)
    assert Patient.objects.get() == patient  # the record was added to the file that was here
    return standing_answers(patient, ON)


@pytest.mark.parametrize("said", ["no", "unknown"])
def test_an_earlier_no_does_not_end_what_the_record_says(tmp_path, said):
    assert brought_in_after(tmp_path, pregnant=said)["pregnant"] == "yes"


def test_an_earlier_yes_stays(tmp_path):
    assert brought_in_after(tmp_path, pregnant="yes", breastfeeding="yes") == {
        "pregnant": "yes",
        "breastfeeding": "yes",
        "conditions": ["Morbus fictus"],
    }


def test_illnesses_that_were_told_before_stand_beside_those_of_the_record(tmp_path):
    standing = brought_in_after(tmp_path, conditions=["asthma"])
    assert standing["conditions"] == ["asthma", "Morbus fictus"]
