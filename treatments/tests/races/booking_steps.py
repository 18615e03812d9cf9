"""What the desk does: answers, courses, times, absences; and the clock."""

from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import uuid4

from hypothesis import strategies as st
from hypothesis.stateful import initialize, precondition, rule

from clinic.hours.actions import block_time, close_day
from clinic.hours.queries import clinic_zone, local_date
from clinic.hours.terms import Blocking
from clinic.refusals import Refused
from patients.intake.actions import list_allergy, record_answers
from patients.intake.terms import Occasion
from patients.rulebook.actions import screen_those_behind
from patients.rulebook.composing import OwnRules
from patients.rulebook.queries import own_rules
from patients.rulebook.tests.builders import a_decision, with_severity
from patients.tests.builders import a_healthy_patient
from treatments.analysis.tests.builders import an_analysis
from treatments.booking import actions as booking
from treatments.booking.models import Appointment
from treatments.booking.terms import EXPECTED, AppointmentKind, AppointmentState
from treatments.plans import actions as plans
from treatments.plans.models import PlannedSession, TreatmentPlan
from treatments.plans.terms import PlanState, SessionState
from treatments.sessions.tests.builders import a_cocktail
from treatments.tests.builders import a_set_plan
from treatments.tests.races.staging import OPEN_ANSWERS, PATIENTS, Staging

S = AppointmentState
CLOCKS = (time(9), time(10), time(10, 15), time(11, 30), time(16))
MOST_PATIENTS = 4


class BookingSteps(Staging):
    # --- where every run begins: otherwise few would ever reach a course ----------------------------

    @initialize(
        target=PATIENTS,
        count=st.sampled_from([4, 6]),
        interval=st.sampled_from([7, 14]),
        booked=st.booleans(),
    )
    def somebody_has_a_course(self, count: int, interval: int, booked: bool) -> Any:
        patient = self.come("no")
        plan = a_set_plan(
            now=self.now, patient=patient, physician=self.world.physicians[0],
            session_count=count, interval_days=interval, cocktail=self.cocktails[patient.pk],
        )  # fmt: skip
        if booked:
            self.book(plan, self.proposed(plan, days=1, clock=CLOCKS[1]))
        return patient

    def come(self, pregnant: str) -> Any:
        patient = a_healthy_patient(now=self.now, answers={"pregnant": pregnant})
        physician = self.world.physicians[0]
        an_analysis(patient, by=physician, now=self.now)
        self.came.append(patient)
        self.heard(patient.pk, pregnant)
        try:
            self.cocktails[patient.pk] = a_cocktail(patient, by=physician, now=self.now)
        except Refused:
            self.cocktails[patient.pk] = None
        return patient

    def heard(self, patient_id: Any, pregnant: str) -> None:
        self.said[patient_id] = pregnant
        self.said_on[patient_id, self.today()] = pregnant

    # --- patients and what they say -----------------------------------------------------------------

    @precondition(lambda self: len(self.came) < MOST_PATIENTS)
    @rule(target=PATIENTS, pregnant=st.sampled_from(["no", "no", "no", "yes", "unknown"]))
    def a_patient_comes(self, pregnant: str) -> Any:
        self.tell()
        return self.come(pregnant)

    @rule(
        patient=PATIENTS, pregnant=st.sampled_from(["no", "yes", "unknown"]), books=st.booleans()
    )  # fmt: skip
    def they_answer(self, patient: Any, pregnant: str, books: bool) -> None:
        """`books`: on a page that was opened before they answered."""
        plan = self.plan_of(patient) if books else None
        visits = self.proposed_or_none(plan, 1, CLOCKS[0]) if plan else []
        self.attempt(
            lambda: record_answers(
                patient=patient, answers={"pregnant": pregnant}, occasion=Occasion.INTAKE,
                on=self.today(), by=self.world.desk, now=self.now,
            ),
            lambda _given: self.heard(patient.pk, pregnant),
            name=f"answers {pregnant}", says=True,
        )  # fmt: skip
        if plan:
            self.try_to_book(plan, visits)

    @rule(patient=PATIENTS, text=st.sampled_from(["penicillin", "niacinamide", "penicillin"]))
    def they_name_an_allergy(self, patient: Any, text: str) -> None:
        def remember(_given: Any) -> None:
            if text == "niacinamide":
                self.allergic_since.setdefault(patient.pk, self.today())

        self.attempt(
            lambda: list_allergy(
                patient=patient, text=text, reaction="rash", severity="mild",
                by=self.world.desk, now=self.now,
            ),
            remember, name=f"allergy {text}", says=True,
        )  # fmt: skip

    @rule(stricter=st.booleans())
    def the_rules_are_changed(self, stricter: bool) -> None:
        """An ordinary rule weighs more than it did, or as shipped again. What it says of verdicts
        from now on is its own; that no law breaks by it is what is asked here.
        """
        own = OwnRules(base=own_rules().base)
        draft = with_severity(own, "R-KELOID", "absolute") if stricter else own
        self.attempt(
            lambda: a_decision(draft, by=self.world.physicians[0], now=self.now),
            name="rules changed",
        )

    @rule()
    def those_behind_are_screened_again(self) -> None:
        """What the beat does after a change: one patient after the other, each for good."""
        self.tell()
        self.passes(minutes=1)  # of two screenings in the same instant nobody knows the later
        caught = screen_those_behind(by="beat", now=self.now, most=100)
        assert not caught.stuck, "somebody cannot be screened by the new rules"
        self.reached["screened again"] += caught.screened > 0

    # --- courses --------------------------------------------------------------------------------------

    @rule(
        patient=PATIENTS,
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
                now=self.now, patient=patient, physician=self.world.physicians[place],
                session_count=count, interval_days=interval, reason=reason,
                cocktail=self.cocktails[patient.pk],
            ),
            name="course set",
        )  # fmt: skip

    @rule(patient=PATIENTS, days=st.integers(0, 12), clock=st.sampled_from(CLOCKS))
    def the_course_is_booked_as_proposed(self, patient: Any, days: int, clock: time) -> None:
        if plan := self.plan_of(patient):
            self.try_to_book(plan, self.proposed_or_none(plan, days, clock))

    @rule(
        patient=PATIENTS, odd=st.sampled_from([6, 6, 7, 3, 8]), at_number=st.integers(1, 4),
        clock=st.sampled_from(CLOCKS), place=st.integers(0, 1),
    )  # fmt: skip
    def the_course_is_booked_by_hand(
        self, patient: Any, odd: int, at_number: int, clock: time, place: int
    ) -> None:
        if plan := self.plan_of(patient):
            on, visits = self.today() + timedelta(days=1), []
            for number, _session in enumerate(self.to_book(plan), start=1):
                visits.append(self.visit(patient, on, clock, place, AppointmentKind.SESSION))
                on += timedelta(days=odd if number == at_number else 7)
            self.try_to_book(plan, visits)

    def try_to_book(self, plan: TreatmentPlan, visits: list[booking.Visit]) -> None:
        if visits:
            self.attempt(
                lambda: self.book(plan, visits),
                lambda booked: self.judge_booking(plan, booked),
                name="course booked",
            )

    def judge_booking(self, plan: TreatmentPlan, booked: Any) -> None:
        """I10, by what this test remembers and not by what the rules say."""
        if not self.in_doubt:
            assert self.said[plan.patient_id] not in OPEN_ANSWERS, "booked against an answer"
            assert plan.state != PlanState.ON_HOLD, "booked although it is on hold"
        self.judge_times(booked)

    @rule(patient=PATIENTS, what=st.sampled_from(["hold", "release", "stop"]))
    def a_course_is_held_or_ended(self, patient: Any, what: str) -> None:
        plan = self.plan_of(patient)
        if plan is None:
            return
        desk, physician = self.world.desk, self.world.physicians[0]
        tried: dict[str, Callable[[], Any]] = {
            "hold": lambda: plans.hold_plan(plan=plan, reason="Waits.", by=desk, now=self.now),
            "release": lambda: plans.release_plan(plan=plan, by=physician, now=self.now),
            "stop": lambda: plans.stop_plan(plan=plan, reason="Ended.", by=desk, now=self.now),
        }
        self.attempt(tried[what], name=f"course {what}", says=True)

    # --- single times ---------------------------------------------------------------------------------

    @rule(
        patient=PATIENTS, days=st.integers(0, 9), clock=st.sampled_from(CLOCKS),
        place=st.integers(0, 1), length=st.sampled_from([15, 30, 60]),
    )  # fmt: skip
    def a_consultation_is_booked(
        self, patient: Any, days: int, clock: time, place: int, length: int
    ) -> None:
        on = self.today() + timedelta(days=days)
        self.consult(self.visit(patient, on, clock, place, AppointmentKind.CONSULTATION, length))

    @precondition(lambda self: self.closures)
    @rule(patient=PATIENTS, pick=st.integers(0, 9), minutes=st.sampled_from([0, 30, 90, -15]))
    def a_consultation_is_booked_into_a_closure(
        self, patient: Any, pick: int, minutes: int
    ) -> None:
        ahead = [each for each in self.closures if each[2] > self.now]
        if not ahead:
            return
        field, key, begin, _end = ahead[pick % len(ahead)]
        place = 0
        if field == "physician":
            place = [each.pk for each in self.world.physicians].index(key)
        elif field == "room":
            place = [each.pk for each in self.world.rooms].index(key)
        start = (begin + timedelta(minutes=minutes)).astimezone(clinic_zone())
        self.consult(
            self.visit(patient, start.date(), start.time(), place, AppointmentKind.CONSULTATION)
        )

    def consult(self, wish: booking.Visit) -> None:
        self.attempt(
            lambda: booking.book(
                patient=wish.patient, physician=wish.physician, room=wish.room,
                kind=wish.kind, starts_at=wish.starts_at, ends_at=wish.ends_at,
                by=self.world.desk, now=self.now,
            ),
            lambda booked: self.judge_times([booked]), name="consultation",
        )  # fmt: skip

    @rule(
        pick=st.integers(0, 99), days=st.integers(-8, 8), clock=st.sampled_from(CLOCKS),
        place=st.integers(0, 1), stale=st.booleans(),
    )  # fmt: skip
    def an_appointment_is_moved(
        self, pick: int, days: int, clock: time, place: int, stale: bool
    ) -> None:
        if (visit := self.one(pick)) is not None:
            on = local_date(visit.starts_at) + timedelta(days=days)
            seen = visit.version - (stale and pick % 3 == 0)
            self.move(visit, datetime.combine(on, clock, clinic_zone()), place, seen)

    @rule(pick=st.integers(0, 99), minutes=st.sampled_from([15, -15, 60, 120, -60]))
    def an_appointment_is_moved_within_its_day(self, pick: int, minutes: int) -> None:
        """Mostly possible, where a move to another day mostly is not."""
        visits = self.visits_in_order(state__in=EXPECTED)
        if visits:
            visit = visits[pick % len(visits)]
            start = visit.starts_at + timedelta(minutes=minutes)
            self.move(visit, start, place=pick % 2, seen=visit.version)

    def move(self, visit: Appointment, start: datetime, place: int, seen: int) -> None:
        self.attempt(
            lambda: booking.move_appointment(
                appointment_id=visit.pk, starts_at=start, room=self.world.rooms[place],
                seen_version=seen, by=self.world.desk, now=self.now,
            ),
            lambda moved: self.judge_times([moved]), name="moved",
        )  # fmt: skip

    @rule(pick=st.integers(0, 99))
    def an_appointment_is_cancelled(self, pick: int) -> None:
        if (visit := self.one(pick)) is not None:
            self.attempt(
                lambda: booking.cancel_appointment(
                    appointment_id=visit.pk, seen_version=visit.version, by=self.world.desk,
                    now=self.now,
                ),
                name="cancelled",
            )  # fmt: skip

    @rule(pick=st.integers(0, 99), to=st.sampled_from([*S, S.MISSED, S.ARRIVED]))
    def somebody_says_where_the_patient_is(self, pick: int, to: AppointmentState) -> None:
        if (visit := self.one(pick)) is not None:
            self.attempt(
                lambda: booking.change_state(
                    appointment_id=visit.pk, to=to, seen_version=visit.version,
                    by=self.world.desk, now=self.now,
                ),
                name=f"visit {to}",
            )  # fmt: skip

    # --- absences, closures, the clock ----------------------------------------------------------------

    @rule(
        what=st.sampled_from(["physician", "physician", "room", "day"]), place=st.integers(0, 1),
        days=st.integers(0, 20), hours=st.sampled_from([2, 8, 72]),
    )  # fmt: skip
    def something_is_closed(self, what: str, place: int, days: int, hours: int) -> None:
        on = self.today() + timedelta(days=days)
        begin = datetime.combine(on, time(9), clinic_zone())
        end = begin + timedelta(hours=hours)
        desk, now, key, action = self.world.desk, self.now, None, None
        if what == "day":
            end = begin + timedelta(hours=15)

            def action() -> Any:
                return close_day(on=on, why="Water.", by=desk, now=now)
        else:
            person = self.world.physicians[place] if what == "physician" else None
            room = self.world.rooms[place] if what == "room" else None
            key = (person or room).pk

            def action() -> Any:
                return block_time(
                    member=person, room=room, kind=Blocking.ABSENCE if person else Blocking.BLOCKED,
                    starts_at=begin, ends_at=end, by=desk, now=now,
                )  # fmt: skip

        self.attempt(
            action,
            lambda _given: self.closures.append((what, key, begin, end)),
            name=f"closed {what}",
            says=True,
        )

    @rule(hours=st.sampled_from([1, 5, 24, 72, 24 * 8]))
    def time_goes_by(self, hours: int) -> None:
        self.tell()
        self.passes(hours=hours)

    # Most actions have few statements; a course has over fifty.
    @rule(statements=st.integers(1, 8) | st.integers(1, 60))
    def the_power_will_fail(self, statements: int) -> None:
        self.tell()
        self.power_fails_after = statements

    # --- what the steps share -------------------------------------------------------------------------

    def judge_times(self, visits: Any) -> None:
        """What was just booked or moved stands in no closure that was known."""
        if self.in_doubt:
            return
        for visit in visits:
            for field, key, begin, end in self.closures:
                meant = field == "day" or getattr(visit, f"{field}_id") == key
                assert not (meant and visit.starts_at < end and begin < visit.ends_at), (
                    "booked into a closure"
                )

    def plan_of(self, patient: Any) -> TreatmentPlan | None:
        courses = TreatmentPlan.objects.filter(patient=patient).select_related("patient")
        return max(
            courses, key=lambda each: (each.set_at, each.state != PlanState.STOPPED), default=None
        )

    def to_book(self, plan: TreatmentPlan) -> list[PlannedSession]:
        waiting = (SessionState.PLANNED, SessionState.MISSED)
        return list(plan.sessions.filter(state__in=waiting).order_by("number"))

    def proposed_or_none(self, plan: TreatmentPlan, days: int, clock: time) -> list[booking.Visit]:
        try:
            return self.proposed(plan, days=days, clock=clock)
        except Refused:
            return []

    def proposed(self, plan: TreatmentPlan, *, days: int, clock: time) -> list[booking.Visit]:
        proposed = plans.propose_course(
            plan, first_on=self.today() + timedelta(days=days), preferred=clock,
            room=self.world.rooms[0], now=self.now,
        )  # fmt: skip
        return plans.visits_for(plan, [each.chosen for each in proposed])

    def book(self, plan: TreatmentPlan, visits: list[booking.Visit]) -> list[Appointment]:
        return plans.book_course(
            plan=plan, visits=visits, request_key=uuid4(), by=self.world.desk, now=self.now
        )

    def visit(
        self, patient: Any, on: date, clock: time, place: int, kind: Any, minutes: int = 30
    ) -> booking.Visit:
        start = datetime.combine(on, clock, clinic_zone())
        return booking.Visit(
            patient=patient, physician=self.world.physicians[place],
            room=self.world.rooms[place], kind=kind,
            starts_at=start, ends_at=start + timedelta(minutes=minutes),
        )  # fmt: skip

    def one(self, pick: int) -> Appointment | None:
        visits = self.visits_in_order()
        return visits[pick % len(visits)] if visits else None
