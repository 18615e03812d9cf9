"""Reads of what became of a course: the values of every measure, the sessions between, the reviews."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from django.db.models import QuerySet

from clinic.hours.queries import day_bounds, local_date
from patients.records.models import Patient
from treatments.analysis.models import SkinAnalysis
from treatments.analysis.queries import analyses
from treatments.measuring.queries import followed
from treatments.outcomes import rules
from treatments.outcomes.curve import Drawing, Mark, Reading, draw
from treatments.outcomes.models import CourseReview, ReviewPoint
from treatments.outcomes.rules import Found, Value
from treatments.outcomes.series import Series, series_of, series_of_photographs
from treatments.outcomes.terms import Standing
from treatments.outcomes.words import course_words, found_words, moved_words
from treatments.plans.models import PlannedSession, TreatmentPlan
from treatments.plans.queries import RUNNING, planned_sessions, plans_of
from treatments.plans.terms import SessionState
from treatments.sessions.models import SignedSession


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One value in the table beside a curve. `sessions`: signed between the first value and it."""

    value: Value
    is_first: bool
    moved: str
    fall_percent: Decimal | None
    sessions: int

    @property
    def arrow(self) -> str:
        fall = self.fall_percent or Decimal(0)
        return "↓" if fall > 0 else "↑" if fall < 0 else "→"


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """One measure over the course: the curve, and the same as a table."""

    series: Series
    rows: Sequence[Row]
    drawing: Drawing
    # Its first value is older than the first session of the course.
    has_baseline: bool
    position: int

    @property
    def words(self) -> str:
        last = self.rows[-1]
        return course_words(
            self.rows[0].value, last.value, fall_percent=last.fall_percent, sessions=last.sessions
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Review:
    """One review with where it stands, in words."""

    point: ReviewPoint
    label: str
    found: Found
    words: str
    decided: CourseReview | None

    @property
    def is_open(self) -> bool:
        return self.decided is None

    @property
    def is_due(self) -> bool:
        return self.is_open and self.found.standing is not Standing.NOT_DUE


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of one course, or, without a plan, of all that was analysed."""

    patient: Patient
    plan: TreatmentPlan | None
    plans: Sequence[TreatmentPlan]
    sessions: Sequence[Mark]
    to_come: Sequence[int]
    shown: Sequence[Shown]
    reviews: Sequence[Review]

    @property
    def review(self) -> Review | None:
        """The review in force: the latest that was set."""
        return self.reviews[0] if self.reviews else None

    @property
    def is_running(self) -> bool:
        return self.plan is not None and self.plan.state in RUNNING


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """What the rules need of one course: when it was treated, and what was seen."""

    signed_at: Sequence[datetime]
    series: Sequence[Series]

    @property
    def first_session_at(self) -> datetime | None:
        return self.signed_at[0] if self.signed_at else None

    def reached_on(self, session_number: int) -> date | None:
        """The day of the session after which a review comes; None while it is not signed."""
        if len(self.signed_at) < session_number:
            return None
        return local_date(self.signed_at[session_number - 1])

    def found(self, point: ReviewPoint) -> Found:
        values = next((each.values for each in self.series if each.key == point.series), ())
        return rules.review_standing(
            values,
            threshold_percent=point.threshold_percent,
            first_session_at=self.first_session_at,
            reached_on=self.reached_on(point.session_number),
        )


def outcome_of(patient: Patient, plan_id: UUID | None = None) -> Outcome:
    """The outcome of one plan, or of the latest. Raises TreatmentPlan.DoesNotExist."""
    plans = plans_of(patient)
    plan = next((each for each in plans if plan_id in (None, each.pk)), None)
    if plan is None and plan_id is not None:
        raise TreatmentPlan.DoesNotExist
    course = course_of(patient, plan, plans)
    sessions = planned_sessions(plan) if plan else []
    marks = [
        Mark(on=local_date(at), number=number)
        for number, at in enumerate(course.signed_at, start=1)
    ]
    reviews = [_review(point, course, plan) for point in review_points(plan)] if plan else []
    mark = _review_mark(reviews, marks, sessions)
    return Outcome(
        patient=patient,
        plan=plan,
        plans=plans,
        sessions=marks,
        to_come=numbers_to_come(sessions, len(marks)),
        shown=[
            _shown(each, course, marks, mark, position)
            for position, each in enumerate(course.series, start=1)
        ],
        reviews=reviews,
    )


def course_of(
    patient: Patient, plan: TreatmentPlan | None, plans: Sequence[TreatmentPlan]
) -> Course:
    """The sessions of a plan and the analyses from its own until the next plan was set."""
    signed = SignedSession.objects.filter(planned_session__plan=plan) if plan else None
    return Course(
        signed_at=sorted(signed.values_list("ended_at", flat=True)) if signed is not None else (),
        series=[
            *series_of(_analyses_of(patient, plan, plans)),
            *series_of_photographs(
                followed(patient), since=_first_day(plan), until=_next_plan_at(plan, plans)
            ),
        ],
    )


def _first_day(plan: TreatmentPlan | None) -> datetime | None:
    """The photographs of the day of a plan's analysis belong to it, whichever came first."""
    if plan is None or plan.analysis is None:
        return None
    return day_bounds(local_date(plan.analysis.recorded_at))[0]


def _next_plan_at(plan: TreatmentPlan | None, plans: Sequence[TreatmentPlan]) -> datetime | None:
    later = [each.set_at for each in plans if plan is not None and each.set_at > plan.set_at]
    return min(later, default=None)


def numbers_to_come(sessions: Iterable[PlannedSession], signed: int) -> list[int]:
    """The sessions, counted without the cancelled ones, that are not signed yet."""
    live = sum(each.state != SessionState.CANCELLED for each in sessions)
    return list(range(signed + 1, live + 1))


def review_points(plan: TreatmentPlan) -> QuerySet[ReviewPoint]:
    return (
        ReviewPoint.objects.filter(plan=plan)
        .select_related("set_by", "review__reviewed_by")
        .order_by("-set_at", "-pk")
    )


def review_point(plan: TreatmentPlan, point_id: UUID) -> ReviewPoint:
    return review_points(plan).get(pk=point_id)


def _analyses_of(
    patient: Patient, plan: TreatmentPlan | None, plans: Sequence[TreatmentPlan]
) -> list[SkinAnalysis]:
    found = analyses(patient).prefetch_related("readings").order_by("analysed_on", "recorded_at")
    if plan is not None:
        if plan.analysis is not None:
            found = found.filter(recorded_at__gte=plan.analysis.recorded_at)
        if until := _next_plan_at(plan, plans):
            found = found.filter(recorded_at__lte=until)
    return list(found)


def _shown(
    series: Series, course: Course, marks: Sequence[Mark], review: Mark | None, position: int
) -> Shown:
    first = series.values[0]
    return Shown(
        series=series,
        rows=[_row(each, first, course.signed_at) for each in series.values],
        drawing=draw(
            [Reading(on=each.on, value=each.value) for each in series.values],
            sessions=marks,
            review=review,
        ),
        has_baseline=rules.before_treatment(series.values, course.first_session_at) is not None,
        position=position,
    )


def _row(value: Value, first: Value, signed_at: Sequence[datetime]) -> Row:
    fall = None if value is first else rules.fall_percent(first.value, value.value)
    return Row(
        value=value,
        is_first=value is first,
        moved=moved_words(fall),
        fall_percent=fall,
        sessions=sum(first.at < each < value.at for each in signed_at),
    )


def _review(point: ReviewPoint, course: Course, plan: TreatmentPlan | None) -> Review:
    found = course.found(point)
    is_over = plan is None or plan.state not in RUNNING
    return Review(
        point=point,
        label=Series.label_of(point.series),
        found=found,
        words=found_words(
            found,
            session_number=point.session_number,
            threshold_percent=point.threshold_percent,
            is_over=is_over,
        ),
        decided=getattr(point, "review", None),
    )


def _review_mark(
    reviews: Sequence[Review], marks: Sequence[Mark], sessions: Sequence[PlannedSession]
) -> Mark | None:
    """Where the review in force lies: on the day of its session, signed or booked."""
    if not reviews:
        return None
    number = reviews[0].point.session_number
    if number <= len(marks):
        return marks[number - 1]
    live = [each for each in sessions if each.state != SessionState.CANCELLED]
    if number > len(live):
        return None
    visit = live[number - 1].appointment
    return Mark(on=local_date(visit.starts_at), number=number) if visit else None
