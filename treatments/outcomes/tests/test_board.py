"""The outcomes of the clinic: who is counted, what is hidden, and a file without anybody's name."""

import csv
from datetime import timedelta
from decimal import Decimal
from io import StringIO

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import translation

from clinic.tests import builders as clinic
from clinic.tests.builders import NOW
from cocktails.tests.builders import a_catalogue
from treatments.outcomes.board import board, results_of_courses
from treatments.outcomes.terms import MIXTURE_CHANGED, Grouping
from treatments.outcomes.tests.builders import AFTER, BEFORE, courses_over
from treatments.plans.models import TreatmentPlan
from treatments.plans.terms import PlanKind, PlanState

pytestmark = pytest.mark.django_db
TXA, NIACINAMIDE = "txa-50", "niacinamide-20"


@pytest.fixture(autouse=True)
def _in_english():
    with translation.override("en"):
        yield


@pytest.fixture(autouse=True)
def _shelf(db):
    a_catalogue(NOW)


def groups(of, found=None):
    (table,) = [each for each in (found or board()).tables if each.grouping == of]
    return {each.label: each.group for each in table.groups}


def amounts(*values):
    return tuple(Decimal(value) for value in values)


def test_a_change_is_that_of_completed_courses_with_what_was_in_their_syringes():
    courses_over(5, after=amounts(7, 6, 5, 4, 3))
    courses_over(6, mixtures=[(TXA, NIACINAMIDE)] * 2, phototype="V", depth="dermal")

    found = board()

    assert (found.completed, found.compared, found.drop_outs) == (11, 11, 0)
    alone, both = groups(Grouping.MIXTURE, found).values()
    assert list(groups(Grouping.MIXTURE, found)) == [
        "Niacinamide (nicotinamide, vitamin B3)",
        "Niacinamide (nicotinamide, vitamin B3) + Tranexamic acid (TXA)",
    ]
    # Changes -1 to -5: the worked example of the rules.
    assert (alone.count, alone.before, alone.after) == (5, Decimal("8.00"), Decimal("5.00"))
    assert (alone.change.mean, alone.change.low, alone.change.high) == amounts(
        "-3", "-4.96", "-1.04"
    )
    assert (both.count, both.change.mean) == (6, Decimal("-3.00"))
    assert found.everybody.change == "−3.00"
    assert [each.count for each in groups(Grouping.PHOTOTYPE, found).values()] == [5, 6]
    assert list(groups(Grouping.DEPTH, found)) == ["Dermal", "Mixed"]
    assert groups(Grouping.SPOT_TYPE, found)["Melasma"].count == 11


def test_four_are_hidden_and_five_are_shown(client):
    courses_over(4, phototype="II")
    courses_over(5, phototype="IV")
    client.force_login(clinic.manager())
    client.cookies["django_language"] = "en"

    def shown():
        return client.get(reverse("outcomes:board")).content.decode()

    assert [group.count for group in groups(Grouping.PHOTOTYPE).values()] == [5]
    assert "II: burns easily" not in shown()
    assert "IV: burns little" in shown()
    assert "1 group is not shown" in shown()

    courses_over(1, phototype="II")
    assert [group.count for group in groups(Grouping.PHOTOTYPE).values()] == [5, 5]
    assert "II: burns easily" in shown()


def test_who_stopped_is_counted_apart_and_in_no_mean():
    courses_over(5)
    courses_over(2, state=PlanState.STOPPED, after=amounts(20))
    courses_over(3, after=(None,))
    courses_over(3, state=PlanState.ACTIVE, after=amounts(20))

    found = board()

    assert (found.completed, found.compared, found.unscored, found.drop_outs) == (8, 5, 3, 2)
    assert (found.everybody.group.count, found.everybody.group.drop_outs) == (5, 2)
    assert found.everybody.group.change.mean == Decimal("-3.00")


def test_a_course_in_which_the_mixture_changed_stands_with_no_mixture():
    courses_over(5, mixtures=[(TXA,), (NIACINAMIDE,)])
    assert list(groups(Grouping.MIXTURE)) == [str(MIXTURE_CHANGED)]


def test_maintenance_is_no_course_and_a_plan_without_a_session_is_nothing():
    plans = courses_over(5)
    TreatmentPlan.objects.filter(pk=plans[0].pk).update(kind=PlanKind.MAINTENANCE, interval_days=28)
    courses_over(5, mixtures=())
    assert len(results_of_courses()) == 4


@pytest.mark.parametrize(
    ("before", "after"),
    [
        # Recorded after the first session: no baseline.
        (BEFORE + timedelta(days=1, hours=1), AFTER),
        # Before the last session, or too late for it: no outcome.
        (BEFORE, BEFORE + timedelta(hours=23)),
        (BEFORE, BEFORE + timedelta(days=182)),
    ],
)
def test_a_score_counts_only_before_the_first_and_soon_after_the_last_session(
    monkeypatch, before, after
):
    from treatments.outcomes.tests import builders

    courses_over(1)
    assert [each.is_compared for each in results_of_courses()] == [True]
    real = builders._analysis
    moved = {BEFORE: before, AFTER: after}

    def other_day(patient, score, phototype, at, by):
        return real(patient, score, phototype, moved[at], by)

    monkeypatch.setattr(builders, "_analysis", other_day)
    courses_over(1)
    assert sorted(each.is_compared for each in results_of_courses()) == [False, True]


def test_a_score_from_after_the_next_course_is_none_of_this_one():
    (plan,) = courses_over(1)
    TreatmentPlan.objects.create(
        **{
            field.attname: getattr(plan, field.attname)
            for field in plan._meta.concrete_fields
            if field.attname not in ("id", "set_at", "state")
        },
        set_at=AFTER - timedelta(days=1),
        state=PlanState.PROPOSED,
    )
    assert [each.is_compared for each in results_of_courses()] == [False]


def test_the_file_names_nobody_and_holds_what_the_page_shows(client):
    plans = courses_over(6)
    courses_over(4, phototype="VI")
    client.force_login(clinic.physician())
    client.cookies["django_language"] = "en"

    answer = client.get(reverse("outcomes:board-csv"))

    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    text = answer.content.decode("utf-8-sig")
    rows = list(csv.reader(StringIO(text)))
    assert {len(row) for row in rows} == {9}
    assert ["Phototype", "III: burns moderately, tans", "6", "0", "8.00", "5.00", "-3.00"] in [
        row[:7] for row in rows
    ]
    assert "never burns" not in text
    for plan in plans:
        for secret in (plan.patient.full_name, str(plan.patient_id), str(plan.pk), "Gizli"):
            assert secret not in text
        assert str(plan.patient.number) not in text


def test_the_page_names_nobody_ranks_nothing_and_says_so(client):
    courses_over(5, mixtures=[(TXA,)], after=amounts(1))
    courses_over(5, after=amounts(7))
    client.force_login(clinic.manager())
    client.cookies["django_language"] = "en"

    text = client.get(reverse("outcomes:board")).content.decode()

    assert "Gizli" not in text
    assert "The groups cannot be compared with each other." in text
    # The one with the larger fall comes later in the alphabet, and later on the page.
    assert text.index("Niacinamide (nicotinamide") < text.index("Tranexamic acid (TXA)")


def test_only_physician_and_manager_read_the_board(client):
    for who, status in (
        (clinic.physician(), 200),
        (clinic.manager(), 200),
        (clinic.nurse(), 403),
        (clinic.receptionist(), 403),
    ):
        client.force_login(who)
        for address in ("outcomes:board", "outcomes:board-csv"):
            assert client.get(reverse(address)).status_code == status


def test_many_courses_are_asked_for_in_as_many_statements_as_few():
    counts = []
    for number in (2, 40):
        courses_over(number, mixtures=[(TXA, NIACINAMIDE)] * 3)
        with CaptureQueriesContext(connection) as asked:
            board()
        counts.append(len(asked))
    assert counts[0] == counts[1] <= 5
