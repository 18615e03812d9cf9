"""What a course does when booking, or the patient's answers, changed something: listeners on hooks."""

from collections.abc import Iterable
from datetime import date, datetime
from urllib.parse import urlencode
from uuid import UUID

from django.urls import reverse

from clinic.audit.actions import Actor
from clinic.hours.queries import clinic_zone, local_date
from patients.worklist.actions import finish_task
from patients.worklist.terms import TaskKind
from treatments.booking.hooks import DayLimits
from treatments.booking.models import Appointment
from treatments.booking.terms import AppointmentState, day_in_words
from treatments.plans import hooks, queries, rules, terms
from treatments.plans.marking import mark_waits, screen_for_booking
from treatments.plans.models import PlannedSession, TreatmentPlan
from treatments.plans.terms import PlanState, SessionState

S = SessionState

FOLLOWS = {AppointmentState.MISSED: S.MISSED} | dict.fromkeys(
    (
        AppointmentState.BOOKED,
        AppointmentState.CONFIRMED,
        AppointmentState.ARRIVED,
        AppointmentState.IN_ROOM,
        AppointmentState.DONE,  # the patient was here; the session is done when it is signed
    ),
    S.BOOKED,
)


def check_moved(appointment: Appointment, by: Actor, now: datetime) -> None:
    """Refuse a time that breaks the order of the course or comes too near to a neighbour."""
    session = _session_of(appointment)
    if session is None:
        return
    plan = session.plan
    limit = queries.booking_limit(plan, screen_for_booking(plan.patient, by=by, now=now))
    on = local_date(appointment.starts_at)
    if limit.refusal:
        raise rules.BookingBlocked(limit.refusal)
    if limit.earliest_on and on < limit.earliest_on:
        raise rules.BookingBlocked(limit.reason)
    sessions = queries.planned_sessions(plan)
    try:
        rules.check_order(queries.dates_of(each for each in sessions if each.state == S.BOOKED))
        rules.check_gaps([on, *_other_dates(plan, sessions, session)])
    except (rules.TooClose, rules.WrongPlan) as refusal:
        refusal.leads_to = ripple_url(session, appointment.starts_at, appointment.room_id)
        raise
    if session.wait_until is not None:
        session.wait_until = None
        session.save(update_fields=["wait_until"])
        _finish_moving(plan, by, now)
    hooks.course_changed(plan, by, now)


def ripple_url(session: PlannedSession, to: datetime, room_id: UUID) -> str:
    """The page that shows what else moves when this session goes to that time, and does it."""
    local = to.astimezone(clinic_zone())
    query = urlencode({"day": f"{local:%Y-%m-%d}", "at": f"{local:%H:%M}", "room": str(room_id)})
    url = reverse("plans:replan", args=[session.plan.patient_id, session.plan_id, session.number])
    return f"{url}?{query}"


def follow_cancelled(appointment: Appointment, by: Actor, now: datetime) -> None:
    """The session has no time any more and is to be booked again, once the course goes on."""
    session = _session_of(appointment)
    if session is None:
        return
    if session.state != S.ON_HOLD:
        rules.check_transition(S(session.state), S.PLANNED)
        session.state = S.PLANNED
    session.appointment, session.wait_until = None, None
    session.save(update_fields=["state", "appointment", "wait_until"])
    _finish_moving(session.plan, by, now)
    hooks.course_changed(session.plan, by, now)


def follow_state(appointment: Appointment, by: Actor, now: datetime) -> None:
    session = _session_of(appointment)
    if session is None:
        return
    follows = FOLLOWS[AppointmentState(appointment.state)]
    if session.state in (follows, S.DONE, S.ON_HOLD):
        return
    rules.check_transition(S(session.state), follows)
    session.state, session.wait_until = follows, None
    session.save(update_fields=["state", "wait_until"])
    plan = session.plan
    if follows == S.BOOKED and plan.state == PlanState.ACTIVE:
        # Missed by mistake: whatever moves it to another day does so still.
        screening = screen_for_booking(plan.patient, by=by, now=now)
        mark_waits(plan, screening, by=by, now=now)
    else:
        _finish_moving(plan, by, now)
    hooks.course_changed(plan, by, now)


def _finish_moving(plan: TreatmentPlan, by: Actor, now: datetime) -> None:
    """Nobody is asked to move sessions of which none is left."""
    if not plan.sessions.filter(wait_until__isnull=False).exists():
        finish_task(patient=plan.patient, kind=TaskKind.MOVE_SESSIONS, by=by, now=now)


def limits_of_move(appointment: Appointment, now: datetime) -> DayLimits:
    """From which day on a session may move: 7 days behind the one before, not before a wait ends.

    Nearer to the one behind, or past it, the page of the ripple shows what else would move.
    """
    session = _session_of(appointment, locked=False)
    if session is None:
        return DayLimits()
    limit = queries.booking_limit(session.plan)
    if limit.refusal:
        return DayLimits(refusal=limit.refusal)
    on = local_date(appointment.starts_at)
    days = {"days": rules.MINIMUM_GAP.days}
    reasons = [limit.reason] if limit.reason else []
    dates = queries.dates_of(queries.planned_sessions(session.plan))
    before = max((pair for pair in dates if pair[1] < on), key=_day, default=None)
    after = min((pair for pair in dates if pair[1] > on), key=_day, default=None)
    if before:
        reasons.append(
            terms.AFTER_SESSION % (days | {"number": before[0], "date": day_in_words(before[1])})
        )
    if after:
        reasons.append(
            terms.LATER_SESSIONS_FOLLOW
            % (days | {"number": after[0], "date": day_in_words(after[1])})
        )
    firsts = [before[1] + rules.MINIMUM_GAP] if before else []
    firsts += [limit.earliest_on] if limit.earliest_on else []
    return DayLimits(
        first=max(firsts, default=None),
        reasons=tuple(reasons),
    )


def new_time_page(appointment: Appointment) -> str | None:
    """Where a session that was missed gets its place in the course again."""
    session = _session_of(appointment, locked=False)
    if session is None or session.plan.state not in (PlanState.ACTIVE, PlanState.PROPOSED):
        return None
    return reverse("plans:replan", args=[session.plan.patient_id, session.plan_id, session.number])


def page_of_course(appointment: Appointment) -> str | None:
    """Where one date of a course is called off, to be planned anew, or the course is stopped."""
    session = _session_of(appointment, locked=False)
    if session is None or session.state != S.BOOKED:
        return None
    return reverse(
        "plans:cancel-date", args=[session.plan.patient_id, session.plan_id, session.number]
    )


def _session_of(appointment: Appointment, *, locked: bool = True) -> PlannedSession | None:
    sessions = PlannedSession.objects.select_related("plan__patient", "plan__physician")
    if locked:
        sessions = sessions.select_for_update(no_key=True, of=("self",))
    return sessions.filter(appointment=appointment).first()


def _other_dates(
    plan: TreatmentPlan, sessions: Iterable[PlannedSession], session: PlannedSession
) -> set[date]:
    others = {on for number, on in queries.dates_of(sessions) if number != session.number}
    last = queries.last_session_on(plan.patient)
    return others | ({last} if last else set())


def _day(pair: tuple[int, date]) -> date:
    return pair[1]
