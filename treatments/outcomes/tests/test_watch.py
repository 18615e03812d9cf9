"""Who is due to be looked at again after a course."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import translation

from clinic.tests import builders as clinic
from cocktails.tests.builders import a_catalogue
from treatments.outcomes.terms import Moment
from treatments.outcomes.tests.builders import BEFORE, courses_over
from treatments.outcomes.watch import moment_of, watched
from treatments.plans.models import TreatmentPlan
from treatments.plans.terms import PlanState

pytestmark = pytest.mark.django_db
LAST = (BEFORE + timedelta(days=1)).date()


@pytest.fixture(autouse=True)
def _in_english(db):
    a_catalogue(BEFORE)
    with translation.override("en"):
        yield


def days_after(days):
    return LAST + timedelta(days=days)


def test_a_patient_is_due_after_three_months_until_they_are_analysed():
    (plan,) = courses_over(1, after=(None,))
    (analysed,) = courses_over(1)  # analysed 90 days after the baseline, before the three months

    assert watched(days_after(90)) == []
    due = watched(days_after(91))
    assert {each.patient.pk for each in due} == {plan.patient_id, analysed.patient_id}
    assert {each.moment for each in due} == {Moment.THREE_MONTHS}
    assert [each.moment for each in watched(days_after(182))] == [Moment.SIX_MONTHS] * 2
    assert watched(days_after(600)) == []


def test_a_new_plan_takes_a_patient_off_the_list():
    (plan,) = courses_over(1)
    today = days_after(100)
    assert moment_of(plan.patient, today) is Moment.THREE_MONTHS

    TreatmentPlan.objects.filter(pk=plan.pk).update(state=PlanState.ACTIVE)

    assert moment_of(plan.patient, today) is None
    assert watched(today) == []


def test_the_list_names_who_is_due_and_asks_as_much_for_many_as_for_few(client, monkeypatch):
    monkeypatch.setattr("django.utils.timezone.localdate", lambda *_: days_after(100))
    client.force_login(clinic.physician())
    client.cookies["django_language"] = "en"
    client.get(reverse("outcomes:watch"))
    counts = []
    for number in (1, 20):
        (plan, *_others) = courses_over(number, after=(Decimal(4),))
        with CaptureQueriesContext(connection) as asked:
            text = client.get(reverse("outcomes:watch")).content.decode()
        counts.append(len(asked))
        assert plan.patient.full_name in text
    assert counts[0] == counts[1]
    shown = client.get(reverse("outcomes:course", args=[plan.patient_id])).content.decode()
    assert "Due to be looked at again" in shown
    client.force_login(clinic.manager())
    assert client.get(reverse("outcomes:watch")).status_code == 403
