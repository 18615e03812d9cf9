"""What a course asks its patient's consent for, and what a consent changes in it."""

import json
from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.utils import translation
from django.utils.functional import Promise
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from clinic.audit.actions import Actor
from clinic.hours.queries import local_date
from patients.consents.subjects import ConsentSubject
from patients.consents.terms import ConsentKind
from patients.records.models import Patient
from patients.rulebook.queries import rules_in_force
from patients.screening.plan import consent_fingerprint
from treatments.plans.models import TreatmentPlan
from treatments.plans.queries import RUNNING, running_plan
from treatments.plans.terms import AnaestheticCream, SessionState
from treatments.sessions import queries
from treatments.sessions.actions import screen_again
from treatments.sessions.models import SessionDraft

# Asked for every chart: put together by hand, because the ORM takes longer to say it than the
# database to answer it. Who is loaded along with a plan is asked for when somebody reads the words.
_CONSENTED_TO = """
SELECT plan.*, open.regions::text AS draft_regions, open.anaesthetic_cream AS draft_cream,
    ARRAY(
        SELECT product.ingredient_id FROM cocktails_product product
        WHERE product.id = cocktail.diluent_id OR product.id IN (
            SELECT product_id FROM cocktails_cocktailportion WHERE cocktail_id = cocktail.id
        )
    ) AS ingredients
FROM treatments_treatmentplan plan
LEFT JOIN cocktails_cocktail cocktail ON cocktail.id = plan.cocktail_id
LEFT JOIN LATERAL (
    SELECT draft.regions, draft.anaesthetic_cream, min(visit.starts_at) OVER () AS first_on
    FROM treatments_plannedsession session
    JOIN treatments_sessiondraft draft ON draft.planned_session_id = session.id
    JOIN treatments_appointment visit ON visit.id = session.appointment_id
    WHERE session.plan_id = plan.id AND session.state = %(booked)s AND NOT EXISTS (
        SELECT 1 FROM treatments_signedsession signed WHERE signed.planned_session_id = session.id
    )
    ORDER BY visit.starts_at DESC LIMIT 1
) open ON true
WHERE plan.patient_id = %(patient)s
    AND (open.first_on IS NOT NULL OR plan.state = ANY(%(running)s))
ORDER BY open.first_on NULLS FIRST
"""


def what_is_consented_to(patient: Patient) -> list[ConsentSubject]:
    """The running course, and any other one with a record that still waits for its signature.

    A record that is open counts with what it says: a region beside the plan is another consent.
    """
    said = {
        "patient": patient.pk,
        "running": [state.value for state in RUNNING],
        "booked": SessionState.BOOKED.value,
    }
    plans = TreatmentPlan.objects.raw(_CONSENTED_TO, said)
    return [_subject(plan) for plan in plans]


def fingerprints_of(plan_ids: Iterable[UUID]) -> dict[UUID, str]:
    """Course -> what its consent is about now. The number of queries does not grow with them."""
    plans = TreatmentPlan.objects.filter(pk__in=set(plan_ids))
    ingredients: dict[UUID, set[str]] = defaultdict(set)
    for plan_id, *named in plans.values_list(
        "pk", "cocktail__diluent__ingredient_id", "cocktail__portions__product__ingredient_id"
    ):
        ingredients[plan_id].update(each for each in named if each)
    drafts = {
        draft.planned_session.plan_id: draft
        for draft in _open_drafts_where(planned_session__plan__in=plans)
    }
    return {
        plan.pk: consent_fingerprint(
            _area(plan, drafts[plan.pk].regions if plan.pk in drafts else None),
            ingredients[plan.pk],
            _cream_used(plan, drafts.get(plan.pk)),
        )
        for plan in plans
    }


def screen_after_consent(patient: Patient, kind: ConsentKind, by: Actor, now: datetime) -> None:
    """Listens to `consent_changed`: the open record of the day reads the new answer at once."""
    if kind is not ConsentKind.PROCEDURE:
        return
    for draft in _open_drafts(patient):
        session = draft.planned_session
        on = queries.day_of(session)
        if on == local_date(now) and queries.screening_of_the_day(patient, on) is not None:
            screen_again(session, draft, by=by, now=now)


def effects_of_withdrawal(patient: Patient, kind: ConsentKind) -> list[str | Promise]:
    """How much of a course the withdrawal of the procedure consent would stop."""
    if kind is not ConsentKind.PROCEDURE:
        return []
    plan = running_plan(patient)
    if plan is None:
        return []
    left = plan.sessions.exclude(state__in=[SessionState.DONE, SessionState.CANCELLED]).count()
    return [
        ngettext(
            "%(count)d session of the running course is left. It keeps its time until somebody "
            "cancels it.",
            "%(count)d sessions of the running course are left. They keep their times until "
            "somebody cancels them.",
            left,
        )
        % {"count": left}
    ]


def _open_drafts(patient: Patient) -> Iterable[SessionDraft]:
    return _open_drafts_where(planned_session__plan__patient=patient)


def _open_drafts_where(**whose: Any) -> Iterable[SessionDraft]:
    return (
        SessionDraft.objects.filter(
            **whose,
            planned_session__state=SessionState.BOOKED,
            planned_session__signed__isnull=True,
        )
        .select_related(
            "planned_session__plan__patient",
            "planned_session__plan__physician",
            "planned_session__plan__cocktail__diluent",
            "planned_session__appointment",
        )
        .order_by("planned_session__appointment__starts_at")
    )


def _subject(plan: Any) -> ConsentSubject:
    """As `as_done` sees it; that the two agree is tested. `plan`: with its draft, and what is drawn."""
    area = _area(plan, json.loads(plan.draft_regions or "[]"))
    cream = plan.draft_cream or plan.anaesthetic_cream
    language = get_language() or "en"

    def words() -> tuple[str, ...]:
        with translation.override(language):
            return _words(plan, area, cream)

    return ConsentSubject(
        about_id=plan.pk,
        fingerprint=consent_fingerprint(area, set(plan.ingredients), cream),
        words=words,
        since=local_date(plan.set_at),
    )


def _area(plan: TreatmentPlan, treated_regions: Sequence[Any] | None) -> tuple[str, ...]:
    treated = [entry["region"] for entry in treated_regions or ()]
    return tuple(dict.fromkeys((*plan.regions, *treated)))


def _cream_used(plan: TreatmentPlan, draft: SessionDraft | None) -> str:
    return (draft.anaesthetic_cream if draft else "") or plan.anaesthetic_cream


def _words(plan: TreatmentPlan, area: Sequence[str], cream: str) -> tuple[str, ...]:
    labels = rules_in_force().vocabulary.regions
    language = (get_language() or "en")[:2]
    areas = ", ".join(labels[each].to(language) if each in labels else each for each in area)
    return (
        _("Areas: %(areas)s") % {"areas": areas},
        _("Substances: %(substances)s") % {"substances": _substances(plan)},
        _("Anaesthetic cream: %(cream)s") % {"cream": _cream(cream)},
        _("Course: %(count)d sessions, %(days)d days apart, with %(who)s")
        % {
            "count": plan.session_count,
            "days": plan.interval_days,
            "who": plan.physician.display_name,
        },
    )


def _substances(plan: TreatmentPlan) -> str:
    if plan.cocktail is None:
        return _("not chosen yet")
    portions = plan.cocktail.portions.select_related("product__ingredient").order_by("position")
    names = [each.product.ingredient.name for each in portions]
    if plan.cocktail.diluent is not None:
        names.append(plan.cocktail.diluent.ingredient.name)
    return ", ".join(dict.fromkeys(names))


def _cream(cream: str) -> str:
    if not cream or cream == AnaestheticCream.NONE:
        return _("none")
    return str(AnaestheticCream(cream).label)
