"""Setting, booking, holding and finishing a course. A course is booked as a whole or not at all."""

import hashlib
import json
from collections.abc import Collection, Sequence
from datetime import date, datetime
from uuid import UUID

from django.db import transaction

from clinic.audit.actions import Actor, record
from clinic.hours.queries import local_date
from clinic.staff.models import StaffMember
from cocktails.composition.models import Cocktail
from patients.records.models import Patient
from patients.screening.actions import screen_patient
from patients.screening.models import Purpose, Screening
from patients.worklist.actions import finish_task, raise_task
from patients.worklist.terms import TaskKind
from treatments.analysis.models import SkinAnalysis
from treatments.booking import actions as booking
from treatments.booking.actions import Visit
from treatments.booking.locks import again_after_deadlock, lock_patient, lock_resources
from treatments.booking.models import Appointment, BookingRequest
from treatments.booking.queries import Offer
from treatments.booking.terms import EXPECTED, HOLDING, AppointmentKind, AppointmentState
from treatments.plans import hooks, queries, rules, terms
from treatments.plans.models import PlannedSession, TreatmentPlan
from treatments.plans.proposals import ProposedSession, propose_course
from treatments.plans.queries import RUNNING, TO_BOOK
from treatments.plans.terms import PlanState, SessionState

__all__ = [
    "ProposedSession", "book_course", "hold_for_decision", "hold_plan", "mark_session_done",
    "mark_waits", "propose_course", "release_plan", "release_slots", "set_plan", "stop_plan",
    "visits_for",
]  # fmt: skip

P, S = PlanState, SessionState
OPEN = (S.PLANNED, S.BOOKED, S.MISSED, S.ON_HOLD)
CAME = (AppointmentState.ARRIVED, AppointmentState.IN_ROOM)
HOLD_TASKS = (TaskKind.DECIDE_HELD_COURSE, TaskKind.RELEASE_SLOTS)


@again_after_deadlock
@transaction.atomic
def set_plan(
    *,
    patient: Patient,
    analysis: SkinAnalysis | None,
    cocktail: Cocktail | None,
    physician: StaffMember,
    regions: Collection[str],
    session_count: int,
    interval_days: int,
    session_minutes: int,
    reason: str,
    antiseptic: str,
    anaesthetic_cream: str,
    gloves: str,
    by: StaffMember,
    now: datetime,
) -> TreatmentPlan:
    """Set a course from the analysis and the cocktail, and screen the patient for it.

    A course that was set and never booked is replaced. Raises WrongPlan, PlanRunsAlready.
    """
    rules.check_plan(sessions=session_count, interval_days=interval_days, reason=reason)
    rules.check_steps(session_minutes=session_minutes, regions=regions)
    lock_patient(patient.pk)
    _replace_unbooked(patient, by=by, now=now)
    plan = TreatmentPlan.objects.create(
        patient=patient,
        analysis=analysis,
        cocktail=cocktail,
        physician=physician,
        regions=list(regions),
        session_count=session_count,
        interval_days=interval_days,
        session_minutes=session_minutes,
        reason=reason.strip(),
        antiseptic=antiseptic,
        anaesthetic_cream=anaesthetic_cream,
        gloves=gloves,
        state=P.PROPOSED,
        set_at=now,
        set_by=by,
    )
    PlannedSession.objects.bulk_create(
        PlannedSession(plan=plan, number=number) for number in range(1, session_count + 1)
    )
    record(
        verb="plan.set",
        subject=plan,
        by=by,
        now=now,
        patient_id=patient.pk,
        sessions=session_count,
        interval_days=interval_days,
    )
    screen_for_booking(patient, by=by, now=now)
    return plan


def visits_for(plan: TreatmentPlan, offers: Sequence[Offer]) -> list[Visit]:
    """The wishes that `book_course` takes, from the options that were picked."""
    return [
        Visit(
            patient=plan.patient,
            physician=plan.physician,
            room=offer.room,
            kind=AppointmentKind.SESSION,
            starts_at=offer.span.starts_at,
            ends_at=offer.span.ends_at,
        )
        for offer in offers
    ]


@again_after_deadlock
@transaction.atomic
def book_course(
    *,
    plan: TreatmentPlan,
    visits: Sequence[Visit],
    request_key: UUID,
    by: StaffMember,
    now: datetime,
) -> list[Appointment]:
    """Book every session that has no time yet, or none. The same key again gives the same answer.

    Raises SlotTaken, NotBookable, TooClose, BookingBlocked, CourseChanged, IdempotencyMismatch.
    """
    visits = sorted(visits, key=lambda visit: visit.starts_at)
    request, is_new = BookingRequest.objects.get_or_create(
        key=request_key,
        defaults={"by": by, "at": now, "fingerprint": _fingerprint(plan, visits, by)},
    )
    if not is_new:
        return _booked_before(request, plan, visits, by)
    booking.lock_visits(visits)
    plan = lock_plan(plan.pk)
    sessions = lock_sessions(plan)
    waiting = [session for session in sessions if session.state in TO_BOOK]
    screening = screen_for_booking(plan.patient, by=by, now=now)
    limit = queries.booking_limit(plan, screening)
    if limit.refusal:
        raise rules.BookingBlocked(limit.refusal)
    if not waiting or len(waiting) != len(visits):
        raise rules.CourseChanged(terms.COURSE_CHANGED if waiting else terms.NOTHING_TO_BOOK)
    _check_dates(plan, sessions, visits, limit)
    booked = booking.place(visits, by=by, now=now)
    has_marks = any(session.wait_until is not None for session in sessions)
    _seat(sessions, booked)
    if plan.state != P.ACTIVE:
        _change_plan(plan, P.ACTIVE)
    record(
        verb="plan.booked",
        subject=plan,
        by=by,
        now=now,
        patient_id=plan.patient_id,
        appointments=[
            {
                "id": str(each.pk),
                "starts_at": each.starts_at.isoformat(),
                "ends_at": each.ends_at.isoformat(),
                "room": str(each.room_id),
            }
            for each in booked
        ],
    )
    if has_marks:  # The times were dealt out anew: what stood before the wait stands there still.
        mark_waits(plan, screening, by=by, now=now)
    hooks.course_booked(plan, by, now)
    hooks.course_changed(plan, by, now)
    return booked


@again_after_deadlock
@transaction.atomic
def hold_plan(*, plan: TreatmentPlan, reason: str, by: Actor, now: datetime) -> TreatmentPlan:
    """Hold every session that is not done; the course keeps its place.

    The times stay taken, marked as held, until somebody confirms that they are given back
    (`release_slots`): whoever holds by mistake has lost nothing.
    """
    lock_course(plan)
    plan = lock_plan(plan.pk)
    if plan.state == P.ON_HOLD:
        return plan
    rules.check_plan_transition(P(plan.state), P.ON_HOLD)
    plan.hold_reason = reason[:200]
    _change_plan(plan, P.ON_HOLD)
    _mark_held(plan, today=local_date(now))
    finish_task(patient=plan.patient, kind=TaskKind.MOVE_SESSIONS, by=by, now=now)
    if queries.held_appointments(plan):
        raise_task(
            patient=plan.patient, kind=TaskKind.RELEASE_SLOTS, physician=None, by=by, now=now
        )
    record(verb="plan.held", subject=plan, by=by, now=now, patient_id=plan.patient_id)
    hooks.plan_held(plan, by, now)
    hooks.course_changed(plan, by, now)
    return plan


@again_after_deadlock
@transaction.atomic
def release_plan(*, plan: TreatmentPlan, by: StaffMember, now: datetime) -> TreatmentPlan:
    """Let a held course go on. What still has its time ahead keeps it; the rest is booked anew.

    Raises BookingBlocked while the answers still stand against it.
    """
    lock_course(plan)
    plan = lock_plan(plan.pk)
    sessions = lock_sessions(plan)
    begun = any(session.state == S.DONE or _keeps_time(session, now) for session in sessions)
    goes_on_as = P.ACTIVE if begun else P.PROPOSED
    rules.check_plan_transition(P(plan.state), goes_on_as)
    plan.hold_reason = ""
    _change_plan(plan, goes_on_as)
    screening = screen_for_booking(plan.patient, by=by, now=now)
    if queries.booking_limit(plan, screening).refusal:
        raise rules.BookingBlocked(terms.PHYSICIAN_MUST_DECIDE)
    lapsed = []
    for session in sessions:
        if session.state != S.ON_HOLD:
            continue
        if _keeps_time(session, now):
            session.state = S.BOOKED
            continue
        if session.appointment is not None and session.appointment.state in EXPECTED:
            lapsed.append(session.appointment)
        session.state, session.appointment = S.PLANNED, None
    PlannedSession.objects.bulk_update(sessions, ["state", "appointment"])
    _give_back(lapsed, by=by, now=now)
    for kind in HOLD_TASKS:
        finish_task(patient=plan.patient, kind=kind, by=by, now=now)
    record(verb="plan.released", subject=plan, by=by, now=now, patient_id=plan.patient_id)
    mark_waits(plan, screening, by=by, now=now)
    hooks.course_changed(plan, by, now)
    return plan


@again_after_deadlock
@transaction.atomic
def stop_plan(*, plan: TreatmentPlan, reason: str, by: Actor, now: datetime) -> TreatmentPlan:
    """End a course before its last session; what is not done is cancelled."""
    lock_course(plan)
    plan = lock_plan(plan.pk)
    rules.check_plan_transition(P(plan.state), P.STOPPED)
    plan.hold_reason = reason[:200]
    _change_plan(plan, P.STOPPED)
    _take_off_calendar(plan, by=by, now=now)
    for kind in (*HOLD_TASKS, TaskKind.MOVE_SESSIONS):
        finish_task(patient=plan.patient, kind=kind, by=by, now=now)
    record(verb="plan.stopped", subject=plan, by=by, now=now, patient_id=plan.patient_id)
    hooks.course_changed(plan, by, now)
    return plan


@again_after_deadlock
@transaction.atomic
def mark_session_done(
    *, planned_session: PlannedSession, by: Actor, now: datetime
) -> PlannedSession:
    """The session was signed: it, its appointment, and after the last one the course are done."""
    lock_visit_of(planned_session)
    plan = lock_plan(planned_session.plan_id)
    session = PlannedSession.objects.select_for_update(no_key=True).get(pk=planned_session.pk)
    rules.check_transition(S(session.state), S.DONE)
    session.state, session.wait_until = S.DONE, None
    session.save(update_fields=["state", "wait_until"])
    record(verb="session.done", subject=session, by=by, now=now, patient_id=plan.patient_id)
    assert session.appointment_id is not None  # the table refuses a booked session without one
    _finish_appointment(session.appointment_id, by=by, now=now)
    if plan.state == P.ACTIVE and not plan.sessions.filter(state__in=OPEN).exists():
        _change_plan(plan, P.COMPLETED)
        record(verb="plan.completed", subject=plan, by=by, now=now, patient_id=plan.patient_id)
    hooks.course_changed(plan, by, now)
    return session


@again_after_deadlock
@transaction.atomic
def release_slots(
    *, plan: TreatmentPlan, seen: Collection[UUID], by: StaffMember, now: datetime
) -> TreatmentPlan:
    """Give the times of a held course back, as the desk or the physician has seen and confirmed.

    `seen`: the appointments of the list that was confirmed. Raises CourseChanged for any other.
    """
    lock_course(plan)
    plan = lock_plan(plan.pk)
    if plan.state != P.ON_HOLD:
        raise rules.CourseChanged(terms.NOT_ON_HOLD)
    held = queries.held_appointments(plan)
    if {each.pk for each in held} != set(seen):
        raise rules.CourseChanged(terms.SLOTS_CHANGED)
    _give_back(held, by=by, now=now)
    finish_task(patient=plan.patient, kind=TaskKind.RELEASE_SLOTS, by=by, now=now)
    record(
        verb="plan.slots_released",
        subject=plan,
        by=by,
        now=now,
        patient_id=plan.patient_id,
        appointments=[str(each.pk) for each in held],
    )
    hooks.course_changed(plan, by, now)
    return plan


def hold_for_decision(*, plan: TreatmentPlan, reason: str, by: Actor, now: datetime) -> None:
    """A refuse: the whole remaining course waits for its physician, and its times for a yes."""
    if plan.state in (P.ON_HOLD, P.COMPLETED, P.STOPPED):
        return
    hold_plan(plan=plan, reason=reason, by=by, now=now)
    raise_task(
        patient=plan.patient,
        kind=TaskKind.DECIDE_HELD_COURSE,
        physician=plan.physician,
        by=by,
        now=now,
    )


def mark_waits(plan: TreatmentPlan, screening: Screening, *, by: Actor, now: datetime) -> bool:
    """Mark the sessions that a finding with a date lets not be on their day; whether there are any.

    They keep their time until their new one is confirmed, and cannot begin before it.
    """
    earliest = queries.earliest_day(screening)
    today = local_date(now)
    changed, marked = [], False
    for session in lock_sessions(plan):
        visit = session.appointment
        if session.state != S.BOOKED or visit is None or visit.state == AppointmentState.DONE:
            continue
        on = local_date(visit.starts_at)
        waits = earliest if earliest is not None and today <= on < earliest else None
        marked = marked or waits is not None
        if session.wait_until != waits:
            session.wait_until = waits
            changed.append(session)
    PlannedSession.objects.bulk_update(changed, ["wait_until"])
    if not marked:
        finish_task(patient=plan.patient, kind=TaskKind.MOVE_SESSIONS, by=by, now=now)
    elif changed:
        record(
            verb="plan.to_move",
            subject=plan,
            by=by,
            now=now,
            patient_id=plan.patient_id,
            sessions=[each.number for each in changed if each.wait_until],
        )
        raise_task(
            patient=plan.patient, kind=TaskKind.MOVE_SESSIONS, physician=None, by=by, now=now
        )
    if changed:
        hooks.course_changed(plan, by, now)
    return marked


def screen_for_booking(patient: Patient, *, by: Actor, now: datetime) -> Screening:
    """The verdict of this moment. An older one may rest on answers that no longer hold, another
    birth date or older rules, so nothing is booked by it.
    """
    return screen_patient(
        patient=patient,
        planned=queries.planned_treatment(patient),
        purpose=Purpose.BOOKING,
        on=local_date(now),
        by=by,
        now=now,
    )


def _replace_unbooked(patient: Patient, *, by: StaffMember, now: datetime) -> None:
    running = TreatmentPlan.objects.filter(patient=patient, state__in=RUNNING).first()
    if running is None:
        return
    states = list(running.sessions.values_list("state", flat=True))
    if running.state != P.PROPOSED:
        raise rules.PlanRunsAlready(
            terms.PLAN_RUNS_ALREADY % {"done": states.count(S.DONE), "count": running.session_count}
        )
    stop_plan(plan=running, reason="", by=by, now=now)


def _check_dates(
    plan: TreatmentPlan,
    sessions: Sequence[PlannedSession],
    visits: Sequence[Visit],
    limit: queries.BookingLimit,
) -> None:
    """Refuse days that a wait of the patient or the other sessions do not allow."""
    if any(visit.patient != plan.patient for visit in visits):
        raise ValueError("the visits are another patient's")
    dates = [local_date(visit.starts_at) for visit in visits]
    if limit.earliest_on and min(dates) < limit.earliest_on:
        raise rules.BookingBlocked(limit.reason)
    last = queries.last_session_on(plan.patient)
    standing = {on for _number, on in queries.dates_of(sessions)} | ({last} if last else set())
    rules.check_gaps([*dates, *standing])


def _seat(sessions: Sequence[PlannedSession], booked: Sequence[Appointment]) -> None:
    """Give the open sessions the old and new times in order, so that numbers follow the calendar."""
    waiting = [session for session in sessions if session.state in TO_BOOK]
    expected = {
        session: session.appointment
        for session in sessions
        if session.state == S.BOOKED
        and session.appointment is not None
        and AppointmentState(session.appointment.state) in EXPECTED
    }
    standing = list(expected.values())
    movable = sorted([*waiting, *expected], key=lambda session: session.number)
    if standing:
        # A time has one session at any moment: all let go first, then all sit down.
        PlannedSession.objects.filter(appointment__in=standing).update(
            state=S.PLANNED, appointment=None, wait_until=None
        )
    times = sorted([*standing, *booked], key=lambda each: each.starts_at)
    for session, appointment in zip(movable, times, strict=True):
        session.appointment, session.state, session.wait_until = appointment, S.BOOKED, None
    PlannedSession.objects.bulk_update(movable, ["appointment", "state", "wait_until"])


def _mark_held(plan: TreatmentPlan, *, today: date) -> None:
    """Every open session is on hold; what was booked keeps its time, and nobody may begin it."""
    changed = []
    for session in lock_sessions(plan):
        visit = session.appointment
        waits_for_signature = visit is not None and (
            visit.state == AppointmentState.DONE
            or (visit.state in CAME and local_date(visit.starts_at) < today)
        )
        if session.state not in OPEN or session.state == S.ON_HOLD or waits_for_signature:
            continue
        if session.state != S.BOOKED:
            session.appointment = None
        rules.check_transition(S(session.state), S.ON_HOLD)
        session.state, session.wait_until = S.ON_HOLD, None
        changed.append(session)
    PlannedSession.objects.bulk_update(changed, ["state", "appointment", "wait_until"])


def _keeps_time(session: PlannedSession, now: datetime) -> bool:
    """Whether a held session still has a time that it can have again."""
    visit = session.appointment
    if session.state != S.ON_HOLD or visit is None:
        return False
    here = visit.state in (AppointmentState.ARRIVED, AppointmentState.IN_ROOM)
    today = local_date(visit.starts_at) == local_date(now)
    return (visit.state in EXPECTED and visit.starts_at >= now) or (here and today)


def _give_back(appointments: Sequence[Appointment], *, by: Actor, now: datetime) -> None:
    for appointment in appointments:
        booking.cancel_appointment(
            appointment_id=appointment.pk, seen_version=appointment.version, by=by, now=now
        )


def _take_off_calendar(plan: TreatmentPlan, *, by: Actor, now: datetime) -> None:
    """Cancel every open session, and its appointment.

    A session whose appointment is done waits for its signature and stays.
    """
    given_back = []
    changed = []
    for session in lock_sessions(plan):
        appointment = session.appointment
        if session.state not in OPEN:
            continue
        if session.state in (S.BOOKED, S.ON_HOLD) and appointment is not None:
            if appointment.state == AppointmentState.DONE:
                continue
            if appointment.state in HOLDING:
                given_back.append(appointment)
        rules.check_transition(S(session.state), S.CANCELLED)
        session.state, session.appointment, session.wait_until = S.CANCELLED, None, None
        changed.append(session)
    PlannedSession.objects.bulk_update(changed, ["state", "appointment", "wait_until"])
    _give_back(given_back, by=by, now=now)


def _finish_appointment(appointment_id: UUID, *, by: Actor, now: datetime) -> None:
    """Signing says that the patient was here, whatever the desk had time to click."""
    appointment = Appointment.objects.get(pk=appointment_id)
    if appointment.state == AppointmentState.DONE:
        return
    expected = AppointmentState(appointment.state) in EXPECTED
    came = [AppointmentState.ARRIVED] if expected else []
    for step in (*came, AppointmentState.DONE):
        appointment = booking.change_state(
            appointment_id=appointment.pk,
            to=step,
            seen_version=appointment.version,
            by=by,
            now=now,
        )


def _change_plan(plan: TreatmentPlan, state: PlanState) -> None:
    rules.check_plan_transition(P(plan.state), state)
    plan.state = state
    plan.save(update_fields=["state", "hold_reason"])


def lock_visit_of(session: PlannedSession) -> None:
    """Physician, room, patient, as everywhere; the patient's row is the queue of the records too."""
    visit = session.appointment
    lock_resources(
        physicians=[visit.physician_id] if visit else [],
        rooms=[visit.room_id] if visit else [],
        patients=[session.plan.patient_id],
    )


def lock_course(plan: TreatmentPlan) -> None:
    """Everything that giving the times of this course back will lock, in the one order."""
    visits = Appointment.objects.filter(planned_session__plan=plan)
    held = list(visits.values_list("physician_id", "room_id"))
    lock_resources(
        physicians={physician for physician, _room in held},
        rooms={room for _physician, room in held},
        patients=[plan.patient_id],
    )


def lock_plan(plan_id: UUID) -> TreatmentPlan:
    return (
        TreatmentPlan.objects.select_for_update(no_key=True, of=("self",))
        .select_related("patient", "physician")
        .get(pk=plan_id)
    )


def lock_sessions(plan: TreatmentPlan) -> list[PlannedSession]:
    return list(
        PlannedSession.objects.select_for_update(no_key=True, of=("self",))
        .select_related("appointment")
        .filter(plan=plan)
        .order_by("number")
    )


def _fingerprint(plan: TreatmentPlan, visits: Sequence[Visit], by: StaffMember) -> str:
    wish = [
        str(plan.pk),
        str(by.pk),
        [
            [each.starts_at.timestamp(), each.ends_at.timestamp(), str(each.room.pk)]
            for each in visits
        ],
    ]
    return hashlib.sha256(json.dumps(wish).encode()).hexdigest()


def _booked_before(
    request: BookingRequest, plan: TreatmentPlan, visits: Sequence[Visit], by: StaffMember
) -> list[Appointment]:
    if request.fingerprint != _fingerprint(plan, visits, by):
        raise rules.IdempotencyMismatch(terms.IDEMPOTENCY_MISMATCH)
    return list(
        Appointment.objects.filter(
            patient=plan.patient_id, booked_by=by, booked_at=request.at
        ).order_by("starts_at")
    )
