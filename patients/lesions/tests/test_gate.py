"""The red-flag gate through screening and its page."""

from datetime import timedelta

import pgtrigger
import pytest
from django.db import transaction
from django.db.utils import InternalError
from django.urls import reverse
from django.utils import timezone

from clinic.hours.queries import local_date
from clinic.tests import builders as clinic
from patients.intake.actions import record_answers
from patients.intake.terms import Occasion
from patients.lesions import actions, queries
from patients.lesions.models import LesionReferral, LesionReport, LesionResult
from patients.lesions.terms import Source
from patients.screening.actions import screen_patient
from patients.screening.models import Purpose
from patients.screening.plan import PlannedTreatment
from patients.screening.queries import response_of
from patients.tests.builders import a_healthy_patient
from patients.worklist.queries import open_task
from patients.worklist.terms import TaskKind

pytestmark = pytest.mark.django_db

RULE = "R-SUSPECT-LESION"
PLANNED = PlannedTreatment(
    area=("chin", "nose"), antiseptic="alcohol_70", anaesthetic_cream="none", gloves="nitrile"
)


@pytest.fixture
def now(settings):
    settings.LANGUAGE_CODE = "en"
    return timezone.now()


@pytest.fixture
def doctor():
    return clinic.physician()


@pytest.fixture
def patient(now):
    return a_healthy_patient(now=now - timedelta(days=1))


def say(patient, now, occasion=Occasion.INTAKE, **answers):
    record_answers(
        patient=patient,
        answers=answers,
        occasion=occasion,
        on=local_date(now),
        by=clinic.receptionist(),
        now=now,
    )


def targets(patient, now):
    screening = screen_patient(
        patient=patient,
        planned=PLANNED,
        purpose=Purpose.BOOKING,
        on=local_date(now),
        by="test",
        now=now,
    )
    return {each.target for each in response_of(screening).findings if each.rule == RULE}


def found(patient, doctor, now, *regions, outcome="clears"):
    return actions.record_result(
        patient=patient,
        regions=regions,
        method="dermoscopy",
        examined_by="Dr. Deniz Ak",
        examined_on=local_date(now),
        finding="Regular network, no change against March.",
        outcome=outcome,
        by=doctor,
        now=now,
    )


def test_a_named_change_blocks_its_region(patient, now):
    assert targets(patient, now) == set()
    say(patient, now, spot_changed=["chin"])
    assert targets(patient, now) == {"chin"}


def test_a_referral_clears_nothing(patient, doctor, now):
    say(patient, now, spot_changed=["chin"])
    actions.record_referral(
        patient=patient,
        regions=["chin"],
        referred_to="Dr. Deniz Ak",
        referred_on=local_date(now),
        note="",
        by=doctor,
        now=now,
    )
    assert targets(patient, now) == {"chin"}


def test_the_result_clears_its_own_region_until_the_spot_changes_again(patient, doctor, now):
    say(patient, now, spot_changed=["chin", "nose"])

    found(patient, doctor, now + timedelta(minutes=1), "chin")
    assert targets(patient, now) == {"nose"}

    say(patient, now + timedelta(minutes=2), spot_changed=["chin", "nose"])
    assert targets(patient, now) == {"chin", "nose"}


def test_a_result_against_it_keeps_it_blocked(patient, doctor, now):
    say(patient, now, spot_changed=["chin"])
    found(patient, doctor, now + timedelta(minutes=1), "chin", outcome="blocks")
    assert targets(patient, now) == {"chin"}


def test_a_later_no_does_not_open_what_waits_for_a_result(patient, now):
    actions.report_change(
        patient=patient, regions=["chin"], features=["border"], source=Source.ANALYSIS,
        by=clinic.physician(), now=now,
    )  # fmt: skip
    say(patient, now + timedelta(minutes=1), spot_changed="no", abcde_positive="no")

    assert targets(patient, now) == {"chin"}


def test_what_somebody_types_as_cleared_does_not_count(patient, now):
    say(patient, now, spot_changed=["chin"], spot_cleared_by_exam=["chin"])
    assert targets(patient, now) == {"chin"}


def test_what_the_door_confirms_is_no_new_change_and_what_it_names_is(patient, doctor, now):
    say(patient, now, spot_changed=["chin"])
    found(patient, doctor, now + timedelta(minutes=1), "chin")

    # A line about what is new, answered no, writes the standing answer down again.
    say(patient, now + timedelta(minutes=2), occasion=Occasion.SESSION, spot_changed=["chin"])
    assert targets(patient, now) == set()

    actions.report_change(
        patient=patient, regions=["chin"], source=Source.DOOR, by=doctor,
        now=now + timedelta(minutes=3),
    )  # fmt: skip
    assert targets(patient, now) == {"chin"}


def test_a_report_is_a_task_until_every_region_has_its_result(patient, doctor, now):
    actions.report_change(
        patient=patient, regions=["chin", "nose"], source=Source.DOOR, by=doctor, now=now
    )
    found(patient, doctor, now + timedelta(minutes=1), "chin")
    assert open_task(patient, TaskKind.EXAMINE_LESION)

    found(patient, doctor, now + timedelta(minutes=2), "nose")
    assert open_task(patient, TaskKind.EXAMINE_LESION) is None


@pytest.mark.parametrize("by", [clinic.nurse, clinic.receptionist])
def test_only_a_physician_writes_a_result_down(patient, now, by):
    with pytest.raises(actions.NotForYou):
        found(patient, by(), now, "chin")


@pytest.mark.parametrize(
    "wrong",
    [
        {"regions": []},
        {"regions": ["moon"]},
        {"finding": "ok"},
        {"outcome": ""},
        {"method": "guess"},
        {"examined_by": " "},
    ],
)
def test_half_a_result_is_refused(patient, doctor, now, wrong):
    whole = {
        "regions": ["chin"],
        "method": "biopsy",
        "examined_by": "Dr. Deniz Ak",
        "examined_on": local_date(now),
        "finding": "Solar lentigo, benign.",
        "outcome": "clears",
    }
    with pytest.raises(actions.NotComplete):
        actions.record_result(patient=patient, **(whole | wrong), by=doctor, now=now)


@pytest.mark.parametrize("harm", ["update", "delete"])
def test_the_database_refuses_to_change_a_result(patient, doctor, now, harm):
    result = found(patient, doctor, now, "chin")
    rows = LesionResult.objects.filter(pk=result.pk)

    def do_harm():
        rows.update(outcome="blocks") if harm == "update" else rows.delete()

    with pytest.raises(InternalError, match="Cannot"), transaction.atomic():
        do_harm()
    # Negative control: it is the trigger that refuses.
    with pgtrigger.ignore("patients.LesionResult:append_only"):
        do_harm()


class TestPage:
    def url(self, patient, name="lesions"):
        return reverse(f"patients:{name}", args=[patient.pk])

    def test_it_shows_what_is_blocked_and_takes_a_result(self, client, patient, doctor, now):
        say(patient, now, spot_changed=["chin"])
        client.force_login(doctor)
        assert "Blocked until a result clears it" in client.get(self.url(patient)).content.decode()

        answer = client.post(
            self.url(patient, "lesion-result"),
            {
                "result-regions": ["chin"],
                "result-method": "dermoscopy",
                "result-examined_by": "Dr. Deniz Ak",
                "result-examined_on": local_date(now).isoformat(),
                "result-finding": "Regular network, no change.",
                "result-outcome": "clears",
            },
        )

        assert answer.status_code == 302
        assert queries.cleared_regions(patient, local_date(now)) == ["chin"]
        assert "No region waits" in client.get(self.url(patient)).content.decode()

    def test_nothing_is_chosen_beforehand_and_what_was_typed_stays(self, client, patient, doctor):
        client.force_login(doctor)
        page = client.get(self.url(patient)).content.decode()
        _before, _found, form = page.partition('name="result-')
        assert " checked" not in form.partition("</form>")[0]

        answer = client.post(
            self.url(patient, "lesion-result"), {"result-examined_by": "Dr. Deniz Ak"}
        )
        assert answer.status_code == 422
        assert "Dr. Deniz Ak" in answer.content.decode()

    def test_a_referral_is_written_down(self, client, patient, doctor, now):
        client.force_login(doctor)
        client.post(
            self.url(patient, "lesion-referral"),
            {
                "referral-regions": ["chin"],
                "referral-referred_to": "Hospital",
                "referral-referred_on": local_date(now).isoformat(),
            },
        )
        assert LesionReferral.objects.get().referred_to == "Hospital"

    def test_it_requires_its_roles(self, client, patient):
        client.force_login(clinic.receptionist())
        assert client.get(self.url(patient)).status_code == 403
        client.force_login(clinic.nurse())
        assert client.get(self.url(patient)).status_code == 200
        assert client.post(self.url(patient, "lesion-result"), {}).status_code == 403
        assert not LesionReport.objects.exists()
