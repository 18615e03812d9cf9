"""Locking a course in the one order, changing its state, and giving its times back."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from uuid import UUID

from clinic.audit.actions import Actor
from treatments.booking import actions as booking
from treatments.booking.locks import lock_resources
from treatments.booking.models import Appointment
from treatments.plans import rules
from treatments.plans.models import PlannedSession, TreatmentPlan
from treatments.plans.terms import PlanState, SessionState

P, S = PlanState, SessionState


def lock_course(plan: TreatmentPlan, *, rooms: Iterable[UUID] = ()) -> None:
    """Everything that giving the times of this course back will lock, in the one order; `rooms`: and
    those that it will move to."""
    visits = Appointment.objects.filter(planned_session__plan=plan)
    held = list(visits.values_list("physician_id", "nurse_id", "room_id", "device_id"))
    lock_resources(
        physicians={plan.physician_id, *(row[0] for row in held)},
        nurses={row[1] for row in held},
        rooms={*rooms, *(row[2] for row in held)},
        devices={row[3] for row in held},
        patients=[plan.patient_id],
    )


def lock_visit_of(session: PlannedSession) -> None:
    """Physician, room, patient, as everywhere; the patient's row is the queue of the records too."""
    visit = session.appointment
    lock_resources(
        physicians=[visit.physician_id] if visit else [],
        rooms=[visit.room_id] if visit else [],
        patients=[session.plan.patient_id],
    )


def lock_plan(plan_id: UUID) -> TreatmentPlan:
    return (
        TreatmentPlan.objects.select_for_update(no_key=True, of=("self",))
        .select_related("patient", "physician", "analysis", "cocktail__diluent")
        .get(pk=plan_id)
    )


def lock_sessions(plan: TreatmentPlan) -> list[PlannedSession]:
    return list(
        PlannedSession.objects.select_for_update(no_key=True, of=("self",))
        .select_related("appointment")
        .filter(plan=plan)
        .order_by("number")
    )


def change_plan(plan: TreatmentPlan, state: PlanState) -> None:
    rules.check_plan_transition(P(plan.state), state)
    plan.state = state
    plan.save(update_fields=["state", "hold_reason"])


def give_back(appointments: Sequence[Appointment], *, by: Actor, now: datetime) -> None:
    for appointment in appointments:
        booking.cancel_appointment(
            appointment_id=appointment.pk, seen_version=appointment.version, by=by, now=now
        )
