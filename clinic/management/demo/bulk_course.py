"""One course of a large demo: plan, consents, scores, intake, sessions with all that hangs on them."""

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from decimal import Decimal
from random import Random
from typing import Any

from clinic.hours.models import Room
from clinic.management.demo.bulk_rows import Pattern, Rows
from clinic.management.demo.course import MINUTES, moment
from clinic.messages.models import Message
from clinic.messages.terms import Channel, MessageState
from clinic.staff.models import StaffMember
from cocktails.composition.models import Cocktail
from patients.consents.models import ConsentDecision
from patients.consents.rules import fingerprint
from patients.consents.terms import ConsentKind
from patients.intake.models import Answer
from patients.intake.rules import HOLDS_FOR_DAYS
from patients.records.models import Patient
from patients.records.terms import ReminderWish
from treatments.aftercare.models import AftercareSheet
from treatments.analysis.models import SkinAnalysis
from treatments.booking.models import Appointment
from treatments.booking.terms import AppointmentKind, AppointmentState
from treatments.plans.models import PlannedSession, TreatmentPlan
from treatments.plans.terms import PlanState, SessionState
from treatments.reminders.queries import leads
from treatments.reminders.rules import in_words, reminder_key
from treatments.sessions.models import SessionDraw, SignedSession
from treatments.sessions.rules import GENESIS, canonical, digest

SHEETS_KEPT_READY = timedelta(days=60)
SLOTS = [time(hour, minute) for hour in range(9, 18) for minute in (0, 30)]


@dataclass
class BulkCourse:
    """One patient of a large demo with a course, as rows that are inserted later."""

    rows: Rows
    patient: Patient
    random: Random
    now: datetime

    def add(
        self,
        patterns: list[Pattern],
        teams: list[tuple[StaffMember, Room]],
        taken: set[tuple[int, datetime]],
        years: float,
    ) -> None:
        random = self.random
        pattern = random.choice(patterns)
        sessions, interval = random.choice((4, 6, 6, 8)), random.choice((7, 14))
        place = random.randrange(len(teams))
        starts = self._starts(place, sessions, interval, taken, years)
        if not starts:
            return  # registered, and never came
        physician, room = teams[place]
        self.patient.registered_at = starts[0] - timedelta(days=random.randint(2, 9))
        plan = self._plan(pattern, physician, sessions, interval, done=starts[-1] < self.now)
        self._consents(pattern, plan)
        self._scores(plan, starts, physician)
        if starts[0] > self.now - timedelta(days=HOLDS_FOR_DAYS):
            self._intake(pattern, starts[0])
        previous = GENESIS
        for number, start in enumerate(starts, start=1):
            previous = self._session(pattern, plan, number, start, room, previous)

    def _starts(
        self,
        place: int,
        sessions: int,
        interval: int,
        taken: set[tuple[int, datetime]],
        years: float,
    ) -> list[datetime]:
        earliest = -round(years * 365)
        for _try in range(40):
            first_on = self.now.date() + timedelta(days=self.random.randint(earliest, 30))
            if first_on.weekday() == 6:
                continue
            at = self.random.choice(SLOTS)
            starts = [moment(first_on + timedelta(days=interval * n), at) for n in range(sessions)]
            wanted = {(place, start) for start in starts}
            if not wanted & taken:
                taken |= wanted
                return starts
        return []

    def _plan(
        self, pattern: Pattern, physician: StaffMember, sessions: int, interval: int, *, done: bool
    ) -> TreatmentPlan:
        at = self.patient.registered_at
        template = pattern.plan
        assert template.cocktail is not None
        cocktail = Cocktail(
            patient=self.patient,
            diluent=template.cocktail.diluent,
            diluent_ml=template.cocktail.diluent_ml,
            points=template.cocktail.points,
            ml_per_point=template.cocktail.ml_per_point,
            composed_by=physician,
            composed_at=at,
        )
        plan = TreatmentPlan(
            patient=self.patient,
            cocktail=cocktail,
            physician=physician,
            regions=template.regions,
            session_count=sessions,
            interval_days=interval,
            session_minutes=MINUTES,
            antiseptic=template.antiseptic,
            anaesthetic_cream=template.anaesthetic_cream,
            gloves=template.gloves,
            state=PlanState.COMPLETED if done else PlanState.ACTIVE,
            set_at=at,
            set_by=physician,
        )
        self.rows.cocktails.append(cocktail)
        self.rows.plans.append(plan)
        return plan

    def _consents(self, pattern: Pattern, plan: TreatmentPlan) -> None:
        """To the course, and to care messages for whoever wishes mail."""
        assert plan.cocktail is not None
        for each in pattern.consents:
            if each.kind == ConsentKind.CARE_MESSAGES and not self.patient.email:
                continue
            about = each.kind == ConsentKind.PROCEDURE
            self.rows.consents.append(
                ConsentDecision(
                    patient=self.patient,
                    kind=each.kind,
                    decision=each.decision,
                    about_id=plan.pk if about else None,
                    fingerprint=self._fingerprint(plan) if about else "",
                    about_lines=each.about_lines,
                    text_id=each.text_id,
                    sha256=each.sha256,
                    how=each.how,
                    signature=each.signature,
                    witness_id=each.witness_id,
                    read_to_end=each.read_to_end,
                    decided_on=self.patient.registered_at.date(),
                    decided_at=self.patient.registered_at,
                    recorded_by_id=each.recorded_by_id,
                )
            )

    def _fingerprint(self, plan: TreatmentPlan) -> str:
        diluent = plan.cocktail.diluent if plan.cocktail else None
        poured = {diluent.ingredient_id} if diluent else set()
        return fingerprint(plan.regions, poured, {plan.anaesthetic_cream or "none"})

    def _scores(self, plan: TreatmentPlan, starts: list[datetime], physician: StaffMember) -> None:
        score = Decimal(self.random.randint(30, 120)) / 10
        for at in (starts[0], starts[-1]):
            if at <= self.now:
                self.rows.analyses.append(
                    SkinAnalysis(
                        patient=self.patient,
                        analysed_on=at.date(),
                        phototype="III",
                        mmasi=score,
                        masi=score * 2 if score * 2 <= 48 else None,
                        analysed_by=physician,
                        recorded_at=at,
                    )
                )
            score = max(Decimal(0), score - Decimal(self.random.randint(-5, 40)) / 10)

    def _intake(self, pattern: Pattern, first: datetime) -> None:
        at = min(self.patient.registered_at, self.now)
        self.rows.answers += [
            Answer(
                patient=self.patient,
                code=answer.code,
                value=answer.value,
                occasion=answer.occasion,
                questions_version=answer.questions_version,
                answered_at=at,
                answered_on=at.date(),
                recorded_by_id=answer.recorded_by_id,
            )
            for answer in pattern.answers
        ]

    def _session(
        self,
        pattern: Pattern,
        plan: TreatmentPlan,
        number: int,
        start: datetime,
        room: Room,
        previous: str,
    ) -> str:
        """Add one session with its visit; returns the digest that the next record is chained to."""
        is_done = start + timedelta(minutes=MINUTES) < self.now
        session = PlannedSession(
            plan=plan,
            number=number,
            state=SessionState.DONE if is_done else SessionState.BOOKED,
            appointment=self._visit(plan, start, room, is_done=is_done),
        )
        self.rows.sessions.append(session)
        if self.patient.reminders == ReminderWish.EMAIL:
            self._reminder(session, start)
        if not is_done:
            return previous
        signed = self._signed(pattern, session, start, previous)
        self._drawn(pattern, signed)
        # An older sheet is made from the record when somebody asks for it.
        if signed.signed_at >= self.now - SHEETS_KEPT_READY:
            self._sheet(pattern, signed)
        return signed.sha256

    def _visit(
        self, plan: TreatmentPlan, start: datetime, room: Room, *, is_done: bool
    ) -> Appointment:
        visit = Appointment(
            patient=self.patient,
            physician=plan.physician,
            room=room,
            kind=AppointmentKind.SESSION,
            state=AppointmentState.DONE if is_done else AppointmentState.BOOKED,
            starts_at=start,
            physician_from=start,
            ends_at=start + timedelta(minutes=MINUTES),
            booked_by=plan.physician,
            booked_at=self.patient.registered_at,
        )
        self.rows.appointments.append(visit)
        return visit

    def _drawn(self, pattern: Pattern, signed: SignedSession) -> None:
        """The lots that its record names; what that took from the stock is not told in bulk."""
        self.rows.draws += [
            SessionDraw(
                signed_session=signed,
                product_id=each.product_id,
                position=each.position,
                lot_id=each.lot_id,
                lot_number=each.lot_number,
                lot_key=each.lot_key,
                ml=each.ml,
            )
            for each in pattern.draws
        ]

    def _sheet(self, pattern: Pattern, signed: SignedSession) -> None:
        self.rows.sheets.append(
            AftercareSheet(
                patient=self.patient,
                signed_session=signed,
                language=self.patient.language,
                content=_shifted(pattern.sheet, signed.ended_at - pattern.ended_at),
                issued_at=signed.signed_at,
            )
        )

    def _signed(
        self, pattern: Pattern, session: PlannedSession, start: datetime, previous: str
    ) -> SignedSession:
        ended_at = start + timedelta(minutes=24)
        plan = session.plan
        record = pattern.record | {
            "patient": {
                "id": str(self.patient.pk),
                "number": self.patient.number,
                "full_name": self.patient.full_name,
                "born_on": self.patient.born_on.isoformat(),
                "sex": self.patient.sex,
            },
            "course": {"id": str(plan.pk), "session": session.number, "of": plan.session_count},
            "session_id": str(session.pk),
            "started_at": start,
            "ended_at": ended_at,
            "signed_at": ended_at,
            "signed_by": {
                "id": str(plan.physician_id),
                "name": plan.physician.display_name,
                "certificate_number": plan.physician.certificate_number,
                "certificate_expires_on": "2035-01-01",
            },
        }
        content = canonical(record)
        signed = SignedSession(
            planned_session=session,
            patient=self.patient,
            record=content.decode(),
            sha256=digest(content, previous),
            previous_sha256=previous,
            ended_at=ended_at,
            signed_by=plan.physician,
            signed_at=ended_at,
        )
        self.rows.signed.append(signed)
        return signed

    def _reminder(self, session: PlannedSession, start: datetime) -> None:
        """The last one: those before it would be three times as many rows and say nothing new."""
        lead = min(leads())
        due_at = start - lead
        sent = due_at < self.now
        self.rows.messages.append(
            Message(
                patient_id=self.patient.pk,
                kind="session_reminder",
                event_key=f"{reminder_key(session.pk, start)}:0:{in_words(lead)}",
                about_id=session.pk,
                channel=Channel.EMAIL,
                due_at=due_at,
                not_after=start - timedelta(hours=2),
                state=MessageState.SENT if sent else MessageState.PENDING,
                tries=int(sent),
                finished_at=due_at if sent else None,
                sent_to=self.patient.email if sent else "",
                recorded_at=self.patient.registered_at,
            )
        )


def _shifted(value: Any, by: timedelta) -> Any:
    """The same content with every instant moved."""
    if isinstance(value, dict):
        return {key: _shifted(item, by) for key, item in value.items()}
    if isinstance(value, list):
        return [_shifted(item, by) for item in value]
    if isinstance(value, str) and value[10:11] == "T":
        try:
            return (datetime.fromisoformat(value) + by).isoformat()
        except ValueError:
            return value
    return value
