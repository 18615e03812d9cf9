"""P1: any order of the clinic's actions, over the real services and PostgreSQL.

Every rule tries one thing as staff would; a refusal is an answer like any other and must leave
nothing behind. After each step the invariants of docs/reliability.md are asked of the database.
"""

from collections import Counter
from collections.abc import Callable
from contextlib import ExitStack
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from typing import Any
from uuid import uuid4

from django.db import transaction
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, initialize, invariant, multiple, rule

from clinic.audit.models import AuditEntry
from clinic.hours.actions import block_time
from clinic.hours.queries import clinic_zone, local_date
from clinic.hours.terms import Blocking
from clinic.messages.models import Message
from clinic.refusals import Refused
from clinic.tests import builders as clinic
from patients.intake.actions import record_answers
from patients.intake.terms import Occasion
from patients.screening.models import Screening
from patients.screening.queries import open_items
from patients.tests.builders import a_healthy_patient
from treatments.aftercare.actions import drawn_on_first_view
from treatments.analysis.tests.builders import an_analysis
from treatments.booking import actions as booking
from treatments.booking.models import Appointment
from treatments.booking.terms import EXPECTED, HOLDING, AppointmentKind, AppointmentState
from treatments.plans import actions as plans
from treatments.plans.models import PlannedSession, TreatmentPlan
from treatments.plans.terms import PlanState, SessionState
from treatments.sessions.actions import amend_session
from treatments.sessions.models import SignedSession
from treatments.sessions.tests import builders as treating
from treatments.tests.builders import a_set_plan

S = AppointmentState
VERDICTS = {"clear", "caution", "hold", "refuse"}
CLOCKS = (time(9), time(10), time(10, 15), time(11, 30), time(16))
OPEN_ANSWERS = {"yes", "unknown"}  # to "pregnant": nobody with one of them is treated
ABOUT_APPOINTMENTS = {
    "appointment.booked", "appointment.moved", "appointment.cancelled", "appointment.state",
}  # fmt: skip


class World:
    """The people and rooms of a run; made once, outside of its examples."""

    def __init__(self) -> None:
        clinic.open_weekdays()
        self.physicians = [clinic.physician(), clinic.physician()]
        self.rooms = [clinic.room(), clinic.room()]
        self.desk = clinic.receptionist()
        self.nurse = clinic.nurse()


def machine_in(world: World, *, steps: Callable[[], None] = lambda: None) -> Any:
    """The state machine in that world. `steps` is told of every step that was taken."""

    class Clinic(RuleBasedStateMachine):
        patients = Bundle("patients")

        def __init__(self) -> None:
            super().__init__()
            self.undo = ExitStack()
            self.undo.enter_context(drawn_on_first_view())
            self.undo.enter_context(transaction.atomic())
            self.now = clinic.NOW
            self.said: dict[Any, str] = {}
            self.absences: list[tuple[Any, datetime, datetime, datetime]] = []
            self.signed: dict[Any, tuple[str, str]] = {}
            self.numbers: dict[Any, int] = {}

        def teardown(self) -> None:
            transaction.set_rollback(True)
            self.undo.close()

        # --- where every run begins: otherwise few would ever reach a course ------------------------

        @initialize(
            target=patients,
            count=st.sampled_from([4, 6]),
            interval=st.sampled_from([7, 14]),
            booked=st.booleans(),
        )
        def somebody_has_a_course(self, count: int, interval: int, booked: bool) -> Any:
            patient = self.come("no")
            with transaction.atomic():
                plan = a_set_plan(
                    now=self.now, patient=patient, physician=world.physicians[0],
                    session_count=count, interval_days=interval,
                )  # fmt: skip
                if booked:
                    self.book(plan, self.proposed(plan, days=1, clock=CLOCKS[1]))
            return patient

        def come(self, pregnant: str) -> Any:
            with transaction.atomic():
                patient = a_healthy_patient(now=self.now, answers={"pregnant": pregnant})
                an_analysis(patient, by=world.physicians[0], now=self.now)
            self.said[patient.pk] = pregnant
            return patient

        # --- what staff do -----------------------------------------------------------------------

        @rule(target=patients, pregnant=st.sampled_from(["no", "no", "no", "yes", "unknown"]))
        def a_patient_comes(self, pregnant: str) -> Any:
            steps()
            if len(self.said) == 4:
                return multiple()
            return self.come(pregnant)

        @rule(patient=patients, pregnant=st.sampled_from(["no", "no", "yes", "unknown"]))
        def they_answer(self, patient: Any, pregnant: str) -> None:
            def say() -> None:
                record_answers(
                    patient=patient, answers={"pregnant": pregnant}, occasion=Occasion.INTAKE,
                    on=local_date(self.now), by=world.desk, now=self.now,
                )  # fmt: skip

            if self.attempt(say):
                self.said[patient.pk] = pregnant

        @rule(
            patient=patients,
            count=st.sampled_from([6, 4, 8, 5, 3, 13]),
            interval=st.sampled_from([7, 14, 7, 6, 21]),
            reason=st.sampled_from(["", "", "Fewer are enough for this skin."]),
            place=st.integers(0, 1),
        )
        def a_course_is_set(
            self, patient: Any, count: int, interval: int, reason: str, place: int
        ) -> None:
            self.attempt(
                lambda: a_set_plan(
                    now=self.now, patient=patient, physician=world.physicians[place],
                    session_count=count, interval_days=interval, reason=reason,
                )
            )  # fmt: skip

        @rule(patient=patients, days=st.integers(0, 12), clock=st.sampled_from(CLOCKS))
        def the_course_is_booked_as_proposed(self, patient: Any, days: int, clock: time) -> None:
            def book() -> None:
                plan = self.plan_of(patient)
                self.book(plan, self.proposed(plan, days=days, clock=clock))

            self.attempt(book)

        @rule(
            patient=patients,
            odd=st.sampled_from([6, 6, 7, 3, 8]),
            at_number=st.integers(1, 4),
            clock=st.sampled_from(CLOCKS),
            place=st.integers(0, 1),
        )
        def the_course_is_booked_by_hand(
            self, patient: Any, odd: int, at_number: int, clock: time, place: int
        ) -> None:
            def book() -> None:
                plan = self.plan_of(patient)
                on, visits = local_date(self.now) + timedelta(days=1), []
                for number, _session in enumerate(self.to_book(plan), start=1):
                    visits.append(self.visit(patient, on, clock, place, AppointmentKind.SESSION))
                    on += timedelta(days=odd if number == at_number else 7)
                self.book(plan, visits)

            self.attempt(book)

        @rule(
            patient=patients, days=st.integers(0, 9), clock=st.sampled_from(CLOCKS),
            place=st.integers(0, 1), length=st.sampled_from([15, 30, 60]),
        )  # fmt: skip
        def a_consultation_is_booked(
            self, patient: Any, days: int, clock: time, place: int, length: int
        ) -> None:
            on = local_date(self.now) + timedelta(days=days)
            wish = self.visit(patient, on, clock, place, AppointmentKind.CONSULTATION, length)
            self.attempt(
                lambda: booking.book(
                    patient=wish.patient, physician=wish.physician, room=wish.room,
                    kind=wish.kind, starts_at=wish.starts_at, ends_at=wish.ends_at,
                    by=world.desk, now=self.now,
                )
            )  # fmt: skip

        @rule(
            pick=st.integers(0, 99), days=st.integers(-8, 8), clock=st.sampled_from(CLOCKS),
            place=st.integers(0, 1), stale=st.booleans(),
        )  # fmt: skip
        def an_appointment_is_moved(
            self, pick: int, days: int, clock: time, place: int, stale: bool
        ) -> None:
            if (visit := self.one(pick)) is None:
                return
            on = local_date(visit.starts_at) + timedelta(days=days)
            seen = visit.version - (stale and pick % 3 == 0)
            self.attempt(
                lambda: booking.move_appointment(
                    appointment_id=visit.pk, starts_at=datetime.combine(on, clock, clinic_zone()),
                    room=world.rooms[place], seen_version=seen, by=world.desk, now=self.now,
                )
            )  # fmt: skip

        @rule(pick=st.integers(0, 99))
        def an_appointment_is_cancelled(self, pick: int) -> None:
            if (visit := self.one(pick)) is not None:
                self.attempt(
                    lambda: booking.cancel_appointment(
                        appointment_id=visit.pk, seen_version=visit.version, by=world.desk,
                        now=self.now,
                    )
                )  # fmt: skip

        @rule(pick=st.integers(0, 99), to=st.sampled_from([*S, S.MISSED, S.ARRIVED]))
        def somebody_says_where_the_patient_is(self, pick: int, to: AppointmentState) -> None:
            if (visit := self.one(pick)) is not None:
                self.attempt(
                    lambda: booking.change_state(
                        appointment_id=visit.pk, to=to, seen_version=visit.version,
                        by=world.desk, now=self.now,
                    )
                )  # fmt: skip

        @rule(
            pick=st.integers(0, 99), rescreen=st.sampled_from([True, True, False]),
            by_nurse=st.sampled_from([False, False, False, True]),
        )  # fmt: skip
        def a_session_is_signed(self, pick: int, rescreen: bool, by_nurse: bool) -> None:
            sessions = list(
                PlannedSession.objects.filter(state=SessionState.BOOKED)
                .select_related("plan__patient", "plan__physician", "appointment")
                .order_by("appointment__starts_at", "pk")[:4]
            )
            if not sessions:
                return
            session = sessions[pick % len(sessions)]
            start = treating.start_of(session)
            # The patient comes on the day that was booked: the clock goes there, never back.
            self.now = max(self.now, start)

            def treat_and_sign() -> None:
                if rescreen:
                    treating.ready_to_sign(session)
                else:
                    treating.recorded(session, by=session.plan.physician)
                treating.sign(session, by=world.nurse if by_nurse else None)

            try:
                self.attempt(treat_and_sign)
            except AssertionError as trouble:
                if "open_items" not in str(trouble):  # the builder expected a healthy patient
                    raise
            self.now = max(self.now, start + timedelta(minutes=31))

        @rule(pick=st.integers(0, 99))
        def a_signed_record_is_amended(self, pick: int) -> None:
            signed = list(SignedSession.objects.select_related("signed_by").order_by("pk"))
            if signed:
                one = signed[pick % len(signed)]
                self.attempt(
                    lambda: amend_session(
                        signed=one, text="The other cheek was meant here.",
                        reason="Written down in haste.", by=one.signed_by, now=self.now,
                    )
                )  # fmt: skip

        @rule(patient=patients, what=st.sampled_from(["hold", "release", "stop"]))
        def a_course_is_held_or_ended(self, patient: Any, what: str) -> None:
            def change() -> None:
                plan = self.plan_of(patient)
                if what == "hold":
                    plans.hold_plan(plan=plan, reason="Waits.", by=world.desk, now=self.now)
                elif what == "release":
                    plans.release_plan(plan=plan, by=world.physicians[0], now=self.now)
                else:
                    plans.stop_plan(plan=plan, reason="Ended.", by=world.desk, now=self.now)

            self.attempt(change)

        @rule(place=st.integers(0, 1), days=st.integers(0, 20), hours=st.sampled_from([2, 8, 72]))
        def a_physician_is_away(self, place: int, days: int, hours: int) -> None:
            begin = datetime.combine(
                local_date(self.now) + timedelta(days=days), time(9), clinic_zone()
            )
            end = begin + timedelta(hours=hours)
            member = world.physicians[place]
            if self.attempt(
                lambda: block_time(
                    member=member, kind=Blocking.ABSENCE, starts_at=begin, ends_at=end,
                    by=world.desk, now=self.now,
                )
            ):  # fmt: skip
                self.absences.append((member.pk, begin, end, self.now))
                self.now += timedelta(minutes=1)

        @rule(hours=st.sampled_from([1, 5, 24, 72, 24 * 8]))
        def time_goes_by(self, hours: int) -> None:
            steps()
            self.now += timedelta(hours=hours)

        # --- how it is tried -----------------------------------------------------------------------

        def attempt(self, action: Callable[[], object]) -> bool:
            """Do it as one request would; whatever was refused must leave nothing behind."""
            steps()
            before = traces()
            try:
                with transaction.atomic():
                    action()
            except Refused:
                assert traces() == before, "a refusal left something behind"
                return False
            return True

        def plan_of(self, patient: Any) -> TreatmentPlan:
            found = TreatmentPlan.objects.filter(patient=patient).order_by("-set_at", "-pk").first()
            if found is None:
                raise Refused("nothing is planned")
            return found

        def to_book(self, plan: TreatmentPlan) -> list[PlannedSession]:
            waiting = (SessionState.PLANNED, SessionState.MISSED)
            return list(plan.sessions.filter(state__in=waiting).order_by("number"))

        def proposed(self, plan: TreatmentPlan, *, days: int, clock: time) -> list[booking.Visit]:
            proposed = plans.propose_course(
                plan, first_on=local_date(self.now) + timedelta(days=days), preferred=clock,
                room=world.rooms[0], now=self.now,
            )  # fmt: skip
            return plans.visits_for(plan, [each.chosen for each in proposed])

        def book(self, plan: TreatmentPlan, visits: list[booking.Visit]) -> None:
            if not visits:
                raise Refused("nothing to book")
            plans.book_course(
                plan=plan, visits=visits, request_key=uuid4(), by=world.desk, now=self.now
            )
            # I10, by what this test remembers and not by what the rules say.
            assert self.said[plan.patient_id] not in OPEN_ANSWERS, "booked against an answer"
            assert plan.state != PlanState.ON_HOLD, "booked although it is on hold"

        def visit(
            self, patient: Any, on: date, clock: time, place: int, kind: Any, minutes: int = 30
        ) -> booking.Visit:
            start = datetime.combine(on, clock, clinic_zone())
            return booking.Visit(
                patient=patient, physician=world.physicians[place], room=world.rooms[place],
                kind=kind, starts_at=start, ends_at=start + timedelta(minutes=minutes),
            )  # fmt: skip

        def one(self, pick: int) -> Appointment | None:
            visits = list(Appointment.objects.order_by("starts_at", "pk"))
            return visits[pick % len(visits)] if visits else None

        # --- what must hold after every step -------------------------------------------------------

        @invariant()
        def i1_nothing_is_done_without_a_signature_and_a_clean_screening(self) -> None:
            done = PlannedSession.objects.filter(state=SessionState.DONE)
            signed = {
                each.planned_session_id: each
                for each in SignedSession.objects.select_related("signed_by")
            }
            for session in done.select_related("appointment", "plan"):
                assert session.pk in signed, "done and not signed"
                assert signed[session.pk].signed_by.role == "physician", "not signed by a physician"
                assert session.appointment is not None
                assert session.appointment.state == S.DONE, "done, and its visit is not"
                on = local_date(session.appointment.starts_at)
                screening = (
                    Screening.objects.filter(
                        patient=session.plan.patient_id, purpose="session", on=on
                    )
                    .order_by("-screened_at", "-pk")
                    .first()
                )
                assert screening is not None, "done and not screened"
                assert open_items(screening) == (), "done with something open"

        @invariant()
        def i2_sessions_are_seven_days_apart(self) -> None:
            days: dict[Any, list[date]] = {}
            standing = PlannedSession.objects.filter(
                state__in=[SessionState.BOOKED, SessionState.DONE]
            ).values_list("plan__patient_id", "appointment__starts_at")
            for patient, starts_at in standing:
                days.setdefault(patient, []).append(local_date(starts_at))
            for each in days.values():
                each.sort()
                for one, other in pairwise(each):
                    assert (other - one).days >= 7, "two sessions are too near"

        @invariant()
        def i3_a_course_has_four_to_eight_sessions_or_a_reason(self) -> None:
            for plan in TreatmentPlan.objects.exclude(kind="maintenance"):
                assert 4 <= plan.session_count <= 8 or len(plan.reason) >= 10, "odd count"
                assert plan.interval_days >= 7, "odd interval"

        @invariant()
        def i4_nothing_is_in_two_places(self) -> None:
            visits = list(
                Appointment.objects.filter(state__in=HOLDING, overbooked_because="").order_by(
                    "starts_at"
                )
            )
            for place, one in enumerate(visits):
                for other in visits[place + 1 :]:
                    if other.starts_at >= one.ends_at:
                        break
                    assert one.patient_id != other.patient_id, "a patient in two places"
                    assert one.room_id != other.room_id, "two visits in a room"
                    treated = (
                        one.physician_from < other.ends_at and other.physician_from < one.ends_at
                    )
                    assert not treated or one.physician_id != other.physician_id, "twice at work"

        @invariant()
        def i5_every_session_of_a_plan_is_accounted_for(self) -> None:
            numbers: dict[Any, list[int]] = {}
            for session in PlannedSession.objects.select_related("appointment"):
                numbers.setdefault(session.plan_id, []).append(session.number)
                if session.state == SessionState.BOOKED:
                    assert session.appointment is not None
                    assert session.appointment.state in HOLDING, "booked, and its time is gone"
            for plan, found in numbers.items():
                assert sorted(found) == list(range(1, len(found) + 1)), "a number is missing"
                assert len(found) >= self.numbers.get(plan, 0), "a session disappeared"
                self.numbers[plan] = len(found)

        @invariant()
        def i6_every_session_ahead_has_one_reminder_and_no_other_has_any(self) -> None:
            living = Counter(
                Message.objects.filter(kind="session_reminder", state="pending").values_list(
                    "about_id", flat=True
                )
            )
            states = {
                session: (state, visit_state, starts_at)
                for session, state, visit_state, starts_at in PlannedSession.objects.values_list(
                    "pk", "state", "appointment__state", "appointment__starts_at"
                )
            }
            for about, count in living.items():
                state, visit_state, _starts_at = states[about]
                assert count == 1, "reminded twice"
                # Whoever came early is reminded of nothing either: asked again when it is sent.
                assert state == SessionState.BOOKED, f"reminded of a session that is {state}"
                assert visit_state in HOLDING, f"reminded of a visit that is {visit_state}"
            booked = {
                session: starts_at
                for session, (state, visit_state, starts_at) in states.items()
                if state == SessionState.BOOKED and visit_state in EXPECTED
            }
            for session, starts_at in booked.items():
                if starts_at - timedelta(hours=48) > self.now:
                    assert living[session] == 1, "nobody reminds of it"

        @invariant()
        def i7_what_was_signed_never_changes(self) -> None:
            now = {each.pk: (each.record, each.sha256) for each in SignedSession.objects.all()}
            for key, content in self.signed.items():
                assert now.get(key) == content, "a signed record changed"
            self.signed = now

        @invariant()
        def i8_and_i9_the_audit_tells_every_change_once(self) -> None:
            told: dict[str, tuple[str, datetime]] = {}
            changes: Counter[str] = Counter()
            entries = AuditEntry.objects.filter(verb__in=[*ABOUT_APPOINTMENTS, "plan.booked"])
            for entry in entries.order_by("pk"):
                assert entry.actor_id or entry.by_system, "nobody did it"
                if entry.verb == "plan.booked":
                    for each in entry.detail["appointments"]:
                        told[each["id"]] = (S.BOOKED, datetime.fromisoformat(each["starts_at"]))
                        changes[each["id"]] += 1
                    continue
                state, starts_at = told.get(entry.subject_id, (S.BOOKED, datetime.max))
                if entry.verb in ("appointment.booked", "appointment.moved"):
                    starts_at = datetime.fromisoformat(entry.detail["starts_at"])
                    state = S.BOOKED
                elif entry.verb == "appointment.cancelled":
                    state = S.CANCELLED
                else:
                    state = entry.detail["to"]
                told[entry.subject_id] = (state, starts_at)
                changes[entry.subject_id] += 1
            for visit in Appointment.objects.all():
                assert told.get(str(visit.pk)) == (visit.state, visit.starts_at), "told otherwise"
                assert changes[str(visit.pk)] == visit.version, "not one entry for each change"

        @invariant()
        def i12_and_i13_times_are_utc_and_verdicts_are_four(self) -> None:
            for moment in Appointment.objects.values_list("starts_at", flat=True):
                assert moment.utcoffset() == UTC.utcoffset(None)
            assert set(Screening.objects.values_list("verdict", flat=True)) <= VERDICTS

        @invariant()
        def nobody_is_booked_into_an_absence_that_was_known(self) -> None:
            for member, begin, end, known_at in self.absences:
                late = Appointment.objects.filter(
                    physician=member, state__in=EXPECTED, starts_at__lt=end, ends_at__gt=begin,
                    booked_at__gt=known_at, overbooked_because="", version=1,
                )  # fmt: skip
                assert not late.exists(), "booked into an absence"

    return Clinic


def traces() -> tuple[int, ...]:
    """What a refused action could have left behind."""
    return (
        Appointment.objects.count(),
        sum(Appointment.objects.values_list("version", flat=True)),
        PlannedSession.objects.count(),
        TreatmentPlan.objects.count(),
        SignedSession.objects.count(),
        AuditEntry.objects.count(),
        Message.objects.count(),
    )
