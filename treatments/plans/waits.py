"""Moving the sessions that a finding with a date lets not be on their day: one cause of a reflow."""

from collections.abc import Sequence
from datetime import datetime

from clinic.staff.models import StaffMember
from treatments.plans import rules, terms
from treatments.plans.models import TreatmentPlan
from treatments.plans.reflow import Ripple, propose_reflow
from treatments.plans.replanning import Move, replan

__all__ = ["Move", "Ripple", "move_sessions", "propose_moves"]


def propose_moves(plan: TreatmentPlan, *, now: datetime) -> list[Ripple]:
    """Every session ahead, in order, with its new times where it has to go.

    Raises CourseChanged when nothing is marked, NoOpenDay when the calendar has no room.
    """
    ripples = propose_reflow(plan, now=now)
    if not any(each.is_marked for each in ripples):
        raise rules.CourseChanged(terms.NOTHING_TO_MOVE)
    return ripples


def move_sessions(
    *, plan: TreatmentPlan, moves: Sequence[Move], by: StaffMember, now: datetime
) -> TreatmentPlan:
    """Move what was confirmed, all of it or none. Raises what `replan` does."""
    if not plan.sessions.filter(wait_until__isnull=False).exists():
        raise rules.CourseChanged(terms.NOTHING_TO_MOVE)
    replan(plan=plan, moves=moves, by=by, now=now)
    plan.refresh_from_db()
    return plan
