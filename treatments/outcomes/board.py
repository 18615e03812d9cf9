"""The outcomes of the clinic: courses that are over, grouped, in a fixed number of statements.

Nothing of a patient leaves this module: no name, no number, no id.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from django.contrib.postgres.aggregates import ArrayAgg
from django.db.models import OuterRef, Q, Subquery
from django.utils.translation import gettext as _

from clinic.folding import turkish_sort_key
from cocktails.catalogue.models import Ingredient
from treatments.analysis.models import AnalysedSpot, SkinAnalysis
from treatments.analysis.rules import may_be_scored
from treatments.analysis.terms import Depth, Phototype, SpotType
from treatments.outcomes import rules, terms
from treatments.outcomes.rules import AFTER_A_COURSE, CourseResult, Group, Grouped, Value
from treatments.outcomes.terms import Grouping
from treatments.outcomes.words import signed_words
from treatments.plans.models import TreatmentPlan
from treatments.plans.terms import PlanKind, PlanState
from treatments.sessions.models import SignedSession

OVER = (PlanState.COMPLETED, PlanState.STOPPED)
Mixture = tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedGroup:
    label: str
    group: Group[Any]

    @property
    def change(self) -> str:
        return signed_words(self.group.change.mean)

    @property
    def interval(self) -> str:
        change = self.group.change
        ends = {"low": signed_words(change.low), "high": signed_words(change.high)}
        return terms.FROM_LOW_TO_HIGH % ends


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """One way to group the courses. The groups stand in the order of the alphabet, never of effect."""

    grouping: Grouping
    groups: Sequence[NamedGroup]
    hidden: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Board:
    completed: int
    compared: int
    drop_outs: int
    everybody: NamedGroup | None
    tables: Sequence[Table]

    @property
    def unscored(self) -> int:
        return self.completed - self.compared


class _Plan(NamedTuple):
    plan_id: UUID
    patient_id: UUID
    state: str
    analysis_id: UUID | None
    analysed_at: datetime | None
    phototype: str | None
    next_set_at: datetime | None


class _Session(NamedTuple):
    ended_at: datetime
    mixture: Mixture


def board() -> Board:
    results = results_of_courses()
    names = {each.pk: each.name for each in Ingredient.objects.in_bulk().values()}
    completed = [each for each in results if not each.is_drop_out]
    everybody = rules.summed("", results)
    return Board(
        completed=len(completed),
        compared=sum(each.is_compared for each in completed),
        drop_outs=len(results) - len(completed),
        everybody=NamedGroup(label=_("All"), group=everybody) if everybody else None,
        tables=[
            _table(
                Grouping.SPOT_TYPE, results, lambda each: each.spot_types, _labels_from(SpotType)
            ),
            _table(Grouping.DEPTH, results, lambda each: each.depths, _labels_from(Depth)),
            _table(
                Grouping.PHOTOTYPE,
                results,
                lambda each: [each.phototype] if each.phototype else [],
                _labels_from(Phototype),
            ),
            _table(
                Grouping.MIXTURE,
                results,
                lambda each: [rules.mixture_of(each)],
                lambda key: _mixture_label(key, names),
            ),
        ],
    )


def results_of_courses() -> list[CourseResult]:
    """Every course that is over and in which at least one session was signed."""
    sessions = _sessions()
    scores = _scores()
    spots = _spots()
    found = []
    for plan in _plans():
        treated = sessions.get(plan.plan_id)
        if not treated:
            continue
        values = scores.get(plan.patient_id, [])
        begins, ends = treated[0].ended_at, treated[-1].ended_at
        before = rules.before_treatment(
            [each for each in values if plan.analysed_at is None or each.at >= plan.analysed_at],
            begins,
        )
        after = rules.of_first_day(
            each
            for each in values
            if ends < each.at <= ends + AFTER_A_COURSE
            and (plan.next_set_at is None or each.at <= plan.next_set_at)
        )
        seen = spots.get(plan.analysis_id, ()) if plan.analysis_id else ()
        found.append(
            CourseResult(
                is_drop_out=plan.state == PlanState.STOPPED,
                before=before.value if before else None,
                after=after.value if after else None,
                spot_types={spot_type for spot_type, _depth, _regions in seen},
                depths={depth for kind, depth, regions in seen if may_be_scored(kind, regions)},
                phototype=plan.phototype or "",
                mixtures=frozenset(each.mixture for each in treated),
            )
        )
    return found


def _plans() -> list[_Plan]:
    following = TreatmentPlan.objects.filter(
        patient=OuterRef("patient"), set_at__gt=OuterRef("set_at")
    ).order_by("set_at")
    rows = (
        TreatmentPlan.objects.filter(kind=PlanKind.COURSE, state__in=OVER)
        .order_by("set_at")
        .values_list(
            "pk",
            "patient_id",
            "state",
            "analysis_id",
            "analysis__recorded_at",
            "analysis__phototype",
            Subquery(following.values("set_at")[:1]),
        )
    )
    return [_Plan(*row) for row in rows]


def _sessions() -> dict[UUID, list[_Session]]:
    """The signed sessions of each course in their order, each with what was in its syringe."""
    found: dict[UUID, list[_Session]] = defaultdict(list)
    rows = (
        SignedSession.objects.filter(_of_over("planned_session__plan__"))
        .values("planned_session__plan_id", "pk", "ended_at")
        .annotate(
            mixture=ArrayAgg(
                "draws__product__ingredient_id",
                # Position 0 is the diluent: it is part of every mixture.
                filter=Q(draws__position__gt=0),
                distinct=True,
                default=[],
            )
        )
        .order_by("ended_at")
        .values_list("planned_session__plan_id", "ended_at", "mixture")
    )
    for plan_id, ended_at, mixture in rows:
        found[plan_id].append(_Session(ended_at, tuple(sorted(mixture))))
    return found


def _scores() -> dict[UUID, list[Value]]:
    found: dict[UUID, list[Value]] = defaultdict(list)
    patients = TreatmentPlan.objects.filter(_of_over("")).order_by().values("patient_id")
    rows = SkinAnalysis.objects.filter(mmasi__isnull=False, patient_id__in=patients).order_by()
    for patient_id, on, at, mmasi in rows.values_list(
        "patient_id", "analysed_on", "recorded_at", "mmasi"
    ):
        if mmasi is not None:
            found[patient_id].append(Value(on=on, at=at, value=mmasi))
    return found


def _spots() -> dict[UUID, list[tuple[str, str, list[str]]]]:
    """What the analyses behind the courses found: type, depth, regions."""
    found: dict[UUID, list[tuple[str, str, list[str]]]] = defaultdict(list)
    analyses = TreatmentPlan.objects.filter(_of_over(""), analysis__isnull=False).order_by()
    rows = AnalysedSpot.objects.filter(analysis_id__in=analyses.values("analysis_id")).order_by()
    for analysis_id, spot_type, depth, regions in rows.values_list(
        "analysis_id", "spot_type", "depth", "regions"
    ):
        found[analysis_id].append((spot_type, depth, regions))
    return found


def _of_over(plan: str) -> Q:
    return Q(**{f"{plan}kind": PlanKind.COURSE, f"{plan}state__in": OVER})


def _table(
    grouping: Grouping,
    results: Sequence[CourseResult],
    keys: Callable[[CourseResult], Iterable[Any]],
    label_of: Callable[[Any], str],
) -> Table:
    found: Grouped[Any] = rules.grouped(results, keys)
    groups = [NamedGroup(label=label_of(each.key), group=each) for each in found.shown]
    return Table(
        grouping=grouping,
        groups=sorted(groups, key=lambda each: turkish_sort_key(each.label)),
        hidden=found.hidden,
    )


def _labels_from(words: Any) -> Callable[[str], str]:
    return lambda key: str(words(key).label) if key in words.values else key


def _mixture_label(mixture: Mixture | None, names: dict[str, str]) -> str:
    if mixture is None:
        return str(terms.MIXTURE_CHANGED)
    if not mixture:
        return str(terms.NO_MIXTURE)
    parts = sorted((names.get(each, each) for each in mixture), key=turkish_sort_key)
    return " + ".join(parts)
