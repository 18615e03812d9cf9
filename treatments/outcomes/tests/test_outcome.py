"""The outcome of a course and its review: action and page."""

from datetime import timedelta
from decimal import Decimal

import pgtrigger
import pytest
from django.db import DatabaseError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import translation

from clinic.audit.models import AuditEntry, ChartReading
from clinic.tests import builders as clinic
from clinic.tests.builders import NOW
from patients.consents.terms import ConsentKind
from patients.consents.tests.builders import decides
from patients.tests.builders import a_healthy_patient
from treatments.analysis.models import AnalysedSpot, InstrumentReading
from treatments.analysis.tests.builders import BASELINE, FOLLOW_UP, LENTIGO, an_analysis, parts
from treatments.measuring.terms import Basis
from treatments.measuring.tests.builders import measured, of_a_face
from treatments.measuring.tests.faces import Face
from treatments.outcomes import actions, queries
from treatments.outcomes.models import CourseReview, ReviewPoint
from treatments.outcomes.rules import NotAllowed, NotDue, WrongReview
from treatments.outcomes.terms import Decision, Missing, Standing
from treatments.outcomes.tests.builders import a_course_begun, scored, session_at, signs
from treatments.plans.actions import stop_plan

pytestmark = pytest.mark.django_db
WORSE = parts((4, 3, 3), (5, 4, 3), (5, 4, 3), (2, 2, 1))


@pytest.fixture(autouse=True)
def _in_english():
    with translation.override("en"):
        yield


def reads(client, who):
    client.force_login(who)
    client.cookies["django_language"] = "en"
    return client


def page(client, plan):
    return client.get(reverse("outcomes:course", args=[plan.patient_id])).content.decode()


def review_set(plan, **fields):
    values = {
        "session_number": 3,
        "series": "mmasi",
        "threshold_percent": 25,
        "reason": "As usual in this clinic.",
        "by": plan.physician,
        "now": NOW + timedelta(hours=1),
    }
    return actions.set_review(plan=plan, **(values | fields))


def decided(point, **fields):
    values = {
        "decision": Decision.GO_ON,
        "reason": "It becomes lighter.",
        "without_score": False,
        "by": point.plan.physician,
        "now": session_at(4),
    }
    return actions.decide_review(point=point, **(values | fields))


def standing_of(plan):
    return queries.outcome_of(plan.patient).review.found.standing


def test_a_fall_and_a_rise_are_shown_alike_with_the_sessions_between(client):
    plan = a_course_begun(2)
    scored(plan, FOLLOW_UP, session_at(2) + timedelta(days=1))
    scored(plan, WORSE, session_at(2) + timedelta(days=2))

    (shown,) = queries.outcome_of(plan.patient).shown
    text = page(reads(client, clinic.nurse()), plan)

    assert [row.moved for row in shown.rows][1] == "fell by 56.6%"
    assert [row.sessions for row in shown.rows] == [0, 2, 2]
    assert "fell by 56.6%" in text
    assert "rose by " in text
    assert "2 of 6 sessions signed" in text
    assert "<desc" in text
    assert "style=" not in text.split('<svg class="outcome-curve"')[1].split("</svg>")[0]


def test_only_the_analyses_of_the_course_are_drawn():
    patient = a_healthy_patient()
    by = clinic.physician()
    an_analysis(patient, by=by, score_parts=WORSE, now=NOW - timedelta(hours=2))
    plan = a_course_begun(1, patient=patient, physician=by, analysis=an_analysis(patient, by=by))
    scored(plan, FOLLOW_UP, session_at(2))
    stop_plan(plan=plan, reason="Moves away for good.", by=by, now=session_at(3))
    later = a_course_begun(
        patient=patient, by=by, now=session_at(4), analysis=patient.analyses.first()
    )
    an_analysis(patient, by=by, score_parts=WORSE, now=session_at(5))

    def values(plan_id):
        (shown,) = queries.outcome_of(patient, plan_id).shown
        return [str(row.value.value) for row in shown.rows]

    assert values(plan.pk) == ["7.6", "3.3"]
    assert values(later.pk)[0] == "3.3"
    assert len(values(later.pk)) == 2


def test_area_count_and_contrast_have_their_own_curves():
    patient, by = a_healthy_patient(), clinic.physician()
    for days, area in ((0, "4.0"), (9, "5.0")):
        at = NOW + timedelta(days=days)
        analysis = an_analysis(patient, by=by, now=at, spots=[LENTIGO], score_parts=None)
        with pgtrigger.ignore():
            AnalysedSpot.objects.filter(analysis=analysis).update(area_cm2=Decimal(area), count=7)
        for number, (read_on, lightness, b) in enumerate(
            # The worked example of the sources: contrast 24.3.
            (("lesion", 55, 18), ("normal", 65, 18)),
            start=1,
        ):
            InstrumentReading.objects.create(
                analysis=analysis, kind="colour", region="hands", read_on=read_on,
                lightness=lightness, a=10, b=b, device="CM-700d", position=number,
            )  # fmt: skip

    shown = {each.series.key: each for each in queries.outcome_of(patient).shown}

    assert list(shown) == ["area:solar_lentigo", "count:solar_lentigo", "contrast:hands:CM-700d"]
    assert shown["area:solar_lentigo"].rows[1].moved == "rose by 25.0%"
    assert shown["contrast:hands:CM-700d"].rows[0].value.value == Decimal("24.3")
    assert shown["contrast:hands:CM-700d"].rows[1].moved == "did not change"
    assert "CM-700d" in shown["contrast:hands:CM-700d"].series.label


def test_two_devices_are_never_one_curve():
    analysis = an_analysis(a_healthy_patient())
    for number, (read_on, device) in enumerate((("lesion", "A"), ("normal", "B")), start=1):
        InstrumentReading.objects.create(
            analysis=analysis, kind="colour", region="chin", read_on=read_on,
            lightness=60, a=10, b=18, device=device, position=number,
        )  # fmt: skip

    assert [each.series.key for each in queries.outcome_of(analysis.patient).shown] == ["mmasi"]


def test_a_spot_without_its_area_leaves_the_sum_out():
    analysis = an_analysis(a_healthy_patient(), spots=[LENTIGO, LENTIGO], score_parts=None)
    with pgtrigger.ignore():
        AnalysedSpot.objects.filter(analysis=analysis, position=1).update(area_cm2=3)
    assert queries.outcome_of(analysis.patient).shown == []


def test_a_review_that_was_reached_without_a_score_is_neither_met_nor_not_met(client):
    plan = a_course_begun(2)
    point = review_set(plan)
    reader = reads(client, plan.physician)
    assert standing_of(plan) is Standing.NOT_DUE
    assert "The review comes after session 3" in page(reader, plan)
    with pytest.raises(NotDue):
        decided(point)

    signs(plan, 3)
    assert standing_of(plan) is Standing.SCORE_MISSING
    text = page(reader, plan)
    assert "No value was taken since that session" in text
    assert "not met" not in text
    with pytest.raises(WrongReview):
        decided(point)

    scored(plan, WORSE, session_at(3) + timedelta(days=3))
    assert standing_of(plan) is Standing.NOT_MET
    text = page(reader, plan)
    assert "The value rose by" in text
    assert "Threshold not met" in text
    assert "No value was taken" not in text


def test_a_fall_meets_the_threshold_and_is_written_down_with_its_values(client):
    plan = a_course_begun(3)
    point = review_set(plan, session_number=4)
    signs(plan, 4)
    scored(plan, FOLLOW_UP, session_at(4) + timedelta(hours=1))

    review = decided(point, decision=Decision.CHANGE, now=session_at(5))

    assert (review.standing, review.fall_percent) == (Standing.MET, Decimal("56.6"))
    assert (review.value_before, review.value_after) == (Decimal("7.6"), Decimal("3.3"))
    assert review.sessions_signed == 4
    assert list(AuditEntry.objects.filter(verb__startswith="review.").values_list("detail")) == [
        ({"session": 4},),
        ({"decision": "change"},),
    ]
    text = page(reads(client, plan.physician), plan)
    assert reverse("plans:length", args=[plan.patient_id, plan.pk]) in text
    assert "It becomes lighter." in text
    with pytest.raises(WrongReview):
        decided(point)


def test_whoever_decides_without_the_score_says_so():
    plan = a_course_begun(2)
    point = review_set(plan)
    signs(plan, 3)

    review = decided(point, without_score=True, decision=Decision.STOP)

    assert (review.standing, review.fall_percent) == (Standing.SCORE_MISSING, None)
    assert queries.outcome_of(plan.patient).review.found.missing is Missing.AFTER


def test_the_database_lets_no_missing_score_pass_for_a_judgement():
    plan = a_course_begun(2)
    point = review_set(plan)
    with pytest.raises(DatabaseError), transaction.atomic():
        CourseReview.objects.create(
            point=point,
            decision="stop",
            reason="Nothing fell, it seems.",
            standing=Standing.NOT_MET,
            sessions_signed=3,
            reviewed_by=plan.physician,
            reviewed_at=NOW,
        )


def test_what_is_no_review_is_refused():
    plan = a_course_begun(2)
    for wrong in (
        {"session_number": 2},  # its result is known
        {"session_number": 7},
        {"series": "area:solar_lentigo"},
        {"threshold_percent": 0},
        {"reason": "short"},
    ):
        with pytest.raises(WrongReview):
            review_set(plan, **wrong)
    for nobody in (clinic.nurse(), clinic.manager(), clinic.receptionist()):
        with pytest.raises(NotAllowed):
            review_set(plan, by=nobody)
    stop_plan(plan=plan, reason="Moves away for good.", by=plan.physician, now=NOW)
    with pytest.raises(WrongReview):
        review_set(plan)
    assert not ReviewPoint.objects.exists()


def test_a_score_from_after_the_first_session_is_no_baseline():
    patient, by = a_healthy_patient(), clinic.physician()
    first = an_analysis(patient, by=by, spots=[LENTIGO], score_parts=None)
    plan = a_course_begun(1, patient=patient, physician=by, analysis=first)
    scored(plan, BASELINE, session_at(1) + timedelta(days=1))
    with pytest.raises(WrongReview):
        review_set(plan)


def test_a_later_review_takes_the_place_of_an_earlier_one():
    plan = a_course_begun(2)
    first = review_set(plan)
    second = review_set(plan, session_number=4, now=NOW + timedelta(days=2))
    signs(plan, 3)
    with pytest.raises(WrongReview):
        decided(first, without_score=True)
    assert [each.point.pk for each in queries.outcome_of(plan.patient).reviews] == [
        second.pk,
        first.pk,
    ]


@pytest.mark.parametrize("model", [ReviewPoint, CourseReview])
def test_reviews_are_never_rewritten(model):
    plan = a_course_begun(2)
    point = review_set(plan)
    signs(plan, 3)
    decided(point, without_score=True)
    for change in (
        lambda: model.objects.update(reason="Something else."),
        lambda: model.objects.all().delete(),
    ):
        with pytest.raises(DatabaseError), transaction.atomic():
            change()


def test_the_pages_of_a_review_choose_nothing_beforehand_and_keep_what_was_typed(client):
    plan = a_course_begun(2)
    reads(client, plan.physician)
    address = reverse("outcomes:set-review", args=[plan.patient_id, plan.pk])
    text = client.get(address).content.decode()
    assert "selected" not in text.split('id="id_session_number"')[1].split("</form>")[0].replace(
        '<option value="" selected>', ""
    )
    typed = {
        "session_number": 3,
        "series": "mmasi",
        "threshold_percent": 130,
        "reason": "As usual.",
    }
    refused = client.post(address, typed)
    assert refused.status_code == 422
    assert 'value="130"' in refused.content.decode()
    right = typed | {"threshold_percent": 30, "reason": "As usual in this clinic."}
    assert client.post(address, right).status_code == 302
    point = ReviewPoint.objects.get()
    signs(plan, 3)
    scored(plan, FOLLOW_UP, session_at(3) + timedelta(days=1))

    address = reverse("outcomes:decide", args=[plan.patient_id, plan.pk, point.pk])
    form = client.get(address).content.decode()
    assert "checked" not in form.split('id="id_decision"')[1].split("</form>")[0]
    assert client.post(address, {"reason": "Because it helps."}).status_code == 422
    assert client.post(address, {"decision": "go_on", "reason": "It helps."}).status_code == 422
    right = {"decision": "go_on", "reason": "It becomes lighter."}
    assert client.post(address, right).status_code == 302
    assert CourseReview.objects.get().decision == Decision.GO_ON


def test_who_may_read_and_who_may_decide(client):
    plan = a_course_begun(2)
    point = review_set(plan)
    show = reverse("outcomes:of-plan", args=[plan.patient_id, plan.pk])
    change = reverse("outcomes:set-review", args=[plan.patient_id, plan.pk])
    decide = reverse("outcomes:decide", args=[plan.patient_id, plan.pk, point.pk])
    for who, may_read in (
        (clinic.nurse(), 200),
        (clinic.receptionist(), 403),
        (clinic.manager(), 403),
    ):
        client.force_login(who)
        assert client.get(show).status_code == may_read
        assert client.get(change).status_code == 403
        assert client.post(decide, {}).status_code == 403
    assert ChartReading.objects.filter(section="outcomes:of-plan").count() == 1
    other = a_course_begun()
    client.force_login(plan.physician)
    for address in ("outcomes:of-plan", "outcomes:set-review"):
        assert client.get(reverse(address, args=[other.patient_id, plan.pk])).status_code == 404
    wrong = reverse("outcomes:decide", args=[other.patient_id, other.pk, point.pk])
    assert client.get(wrong).status_code == 404


def test_the_page_asks_as_much_of_a_long_course_as_of_a_short_one(client):
    short, long = a_course_begun(1), a_course_begun(6)
    for number in range(1, 7):
        scored(long, FOLLOW_UP, session_at(number) + timedelta(days=1))
    reads(client, short.physician)
    page(client, short)  # what is remembered for the day is asked once
    counts = []
    for plan in (short, long):
        with CaptureQueriesContext(
            connection,
        ) as asked:
            page(client, plan)
        counts.append(len(asked))
    assert counts[0] == counts[1]


def test_without_a_baseline_the_page_of_a_review_says_why_and_asks_for_nothing(client):
    patient = a_healthy_patient()
    an_analysis(patient, spots=[LENTIGO], score_parts=None)
    plan = a_course_begun(1, patient=patient)
    page = reads(client, plan.physician).get(
        reverse("outcomes:set-review", args=[plan.patient_id, plan.pk])
    )
    text = page.content.decode()
    assert "A review by numbers needs one." in text
    assert 'name="threshold_percent"' not in text

    scored_plan = a_course_begun(1)
    page = reads(client, scored_plan.physician).get(
        reverse("outcomes:set-review", args=[scored_plan.patient_id, scored_plan.pk])
    )
    assert 'name="threshold_percent"' in page.content.decode()


class TestPhotographs:
    """The contrast of a measured place is a curve like any other, as far as it may be followed."""

    @pytest.fixture
    def plan(self):
        plan = a_course_begun(1)
        decides(plan.patient, ConsentKind.CLINICAL_PHOTOS)
        return plan

    def contrast_of(self, plan):
        outcome = queries.outcome_of(plan.patient)
        return {each.series.label: each.series.values for each in outcome.shown}

    def test_it_stands_beside_the_scores_with_its_sessions(self, client, plan):
        first = measured(patient=plan.patient, now=NOW)
        later = NOW + timedelta(days=20)
        lighter = of_a_face(Face(spot=(180, 134, 108)), patient=plan.patient, now=later)
        measured(lighter, place=first.measured_place, now=later)

        label = "Contrast in degrees, estimated on photographs: Right cheek"
        before, after = self.contrast_of(plan)[label]

        assert after.value < before.value
        assert label in page(reads(client, plan.physician), plan)

    def test_without_a_basis_there_is_no_curve(self, plan):
        measured(patient=plan.patient, now=NOW, basis=Basis.NONE)

        assert not any("photographs" in label for label in self.contrast_of(plan))

    def test_a_photograph_from_before_the_plan_belongs_to_no_course(self, plan):
        long_ago = NOW - timedelta(days=30)
        measured(of_a_face(patient=plan.patient, now=NOW, taken_on=long_ago.date()), now=NOW)

        assert not any("photographs" in label for label in self.contrast_of(plan))
