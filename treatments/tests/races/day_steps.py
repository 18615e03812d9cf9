"""What the treatment room does: the questions at the door, decisions, the record, the signature."""

from datetime import date, timedelta
from functools import partial
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from clinic.refusals import Refused
from patients.consents.queries import standing
from patients.consents.terms import ConsentKind, State
from patients.consents.tests.builders import decides
from patients.screening.actions import decide_finding
from patients.screening.queries import response_of
from patients.screening.terms import Severity
from treatments.plans.models import PlannedSession
from treatments.plans.terms import SessionState
from treatments.sessions import queries
from treatments.sessions.actions import amend_session, sign_session
from treatments.sessions.models import SignedSession
from treatments.sessions.rescreening import record_rescreen, sheet_of_the_day
from treatments.sessions.tests.builders import MEASURED, recorded, start_of
from treatments.tests.races.staging import OPEN_ANSWERS, PATIENTS, Staging

NOT_ASKED = "not asked"
NOBODY_ASKS = "nobody asks"
# Mostly everything is as it should be: a signature needs six things in a row.
AT_THE_DOOR = [*["no"] * 5, "unknown", "unknown", "yes", NOT_ASKED, NOBODY_ASKS]
MAY_NOT_SIGN = ["expired", "nurse", "desk"]
SIGNERS = ["own", "own", "other", *MAY_NOT_SIGN]


class DaySteps(Staging):
    @rule(
        pick=st.integers(0, 99), said=st.sampled_from(AT_THE_DOOR),
        written=st.sampled_from([*[True] * 5, False]),
        decided=st.sampled_from([*[True] * 5, False]), wrong=st.sampled_from(MAY_NOT_SIGN),
        signer=st.sampled_from(["own", "own", "other"]),
    )  # fmt: skip
    def a_patient_is_treated(
        self, pick: int, said: str, written: bool, decided: bool, wrong: str, signer: str
    ) -> None:
        """A whole visit, each part of it a request of its own, some of them left out."""
        session = self.session_of_the_day(pick)
        if session is None:
            return
        if written:
            self.write(session)
        self.ask(session, said)
        if decided:
            self.decide(session)
        # Whoever may not sign tries it first, when nothing else stands in the way.
        self.sign(session, wrong)
        self.sign(session, signer)

    # Drawn as often as four others: whoever is never treated shows nothing of a signature.
    a_second_is_treated = a_third_is_treated = a_fourth_is_treated = a_patient_is_treated

    @rule(pick=st.integers(0, 99), said=st.sampled_from(AT_THE_DOOR))
    def they_are_asked_at_the_door(self, pick: int, said: str) -> None:
        if (session := self.session_of_the_day(pick)) is not None:
            self.ask(session, said)

    @precondition(lambda self: self.written)
    @rule(pick=st.integers(0, 99), signer=st.sampled_from(SIGNERS))
    def what_was_written_is_signed(self, pick: int, signer: str) -> None:
        """Whatever was said, asked or changed since."""
        drafts = self.sessions_in_order(draft__isnull=False, state=SessionState.BOOKED)
        if drafts:
            session = drafts[pick % len(drafts)]
            self.decide(session)
            self.sign(session, signer)

    @precondition(lambda self: self.signed)
    @rule(pick=st.integers(0, 99), signer=st.sampled_from(SIGNERS))
    def a_signed_record_is_amended(self, pick: int, signer: str) -> None:
        signed = list(
            SignedSession.objects.select_related("signed_by").order_by("signed_at", "ended_at")
        )
        if signed:
            one = signed[pick % len(signed)]
            by = one.signed_by if signer == "own" else self.member(signer, one.signed_by)
            self.attempt(
                lambda: amend_session(
                    signed=one, text="The other cheek was meant here.",
                    reason="Written down in haste.", by=by, now=self.now,
                ),
                name="amended",
            )  # fmt: skip

    @precondition(lambda self: self.written)
    @rule(patient=PATIENTS, pregnant=st.sampled_from(["yes", "unknown", "no"]))
    def they_say_more_while_they_lie_there(self, patient: Any, pregnant: str) -> None:
        """Asked again at the door on the day of an open record: the last word counts."""
        open_ones = self.sessions_in_order(
            draft__isnull=False, state=SessionState.BOOKED, plan__patient=patient
        )
        if open_ones:
            self.ask(open_ones[0], pregnant)

    # --- parts of a visit -----------------------------------------------------------------------------

    def session_of_the_day(self, pick: int) -> PlannedSession | None:
        """One of the next sessions. The clock goes to the day that was booked, never back."""
        sessions = self.sessions_in_order(state=SessionState.BOOKED)
        ahead = [each for each in sessions if self.day_of(each) >= self.today()]
        if not sessions:
            return None
        # Now and then one whose day has gone by, which nobody can be asked about any more.
        chosen = (sessions if pick % 8 == 0 or not ahead else ahead)[:3]
        session = chosen[pick % len(chosen)]
        self.now = max(self.now, start_of(session))
        return session

    def sessions_in_order(self, **which: Any) -> list[PlannedSession]:
        sessions = PlannedSession.objects.filter(
            plan__patient__in=self.came, **which
        ).select_related("plan__patient", "plan__physician", "plan__cocktail", "appointment")
        return sorted(
            sessions,
            key=lambda each: (start_of(each), self.place_of(each.plan.patient_id), each.number),
        )

    def ask(self, session: PlannedSession, said: str) -> None:
        if said == NOBODY_ASKS:
            return
        patient, on, physician = session.plan.patient, self.today(), session.plan.physician
        if standing(patient, ConsentKind.PROCEDURE).state is State.NOT_ASKED:
            decides(patient, ConsentKind.PROCEDURE, now=self.now, by=physician)
        ticks = {line.id: "no" for line in sheet_of_the_day(patient, on).lines}
        separate: dict[str, Any] = dict(MEASURED)
        if said == NOT_ASKED:
            ticks.pop("pregnancy", None)
        else:
            ticks["pregnancy"] = said
        if said == "yes":
            separate["pregnant"] = "yes"

        def remember(_given: Any) -> None:
            if said != NOT_ASKED:
                self.said[patient.pk] = self.said_on[patient.pk, on] = said
                self.said_at_door[patient.pk, on] = said

        self.attempt(
            lambda: record_rescreen(
                planned_session=session, ticks=ticks, separate=separate, by=physician, now=self.now
            ),
            remember, name=f"door {said}", says=True,
        )  # fmt: skip

    def write(self, session: PlannedSession) -> None:
        if queries.draft_of(session) is not None:
            return
        # Two requests, as the page makes them: the record is begun, then saved.
        try:
            recorded(session, by=session.plan.physician)
        except Refused:
            self.reached["written refused"] += 1
            return
        self.reached["written"] += 1
        self.written += 1
        self.passes(minutes=31)

    def decide(self, session: PlannedSession) -> None:
        """A physician ticks what is a caution, and overrides in writing whatever may be."""
        patient, on = session.plan.patient, self.day_of(session)
        screening = queries.screening_of_the_day(patient, on)
        if screening is None:
            return
        for finding in response_of(screening).findings:
            is_seen = finding.severity is Severity.CAUTION
            decide = partial(
                decide_finding, patient=patient, screening=screening, rule=finding.rule,
                target=finding.target or "", by=session.plan.physician, now=self.now,
                reason="" if is_seen else "Discussed, seen, decided here.",
            )  # fmt: skip
            self.attempt(decide, name="decided")

    def sign(self, session: PlannedSession, signer: str) -> None:
        draft = queries.draft_of(session)
        if draft is None:
            return
        patient, by = session.plan.patient, self.member(signer, session.plan.physician)
        is_late = self.day_of(session) < self.today()
        self.attempt(
            lambda: sign_session(
                planned_session=session, patient_id_on_screen=patient.pk,
                seen_version=draft.version, by=by, now=self.now,
            ),
            lambda _signed: self.judge_signature(session, by, is_late=is_late),
            name="signed late" if is_late else "signed",
        )  # fmt: skip

    def member(self, signer: str, own: Any) -> Any:
        world = self.world
        other = next(each for each in world.physicians if each.pk != own.pk)
        return {
            "own": own, "other": other, "expired": world.expired, "nurse": world.nurse,
            "desk": world.desk,
        }[signer]  # fmt: skip

    def day_of(self, session: PlannedSession) -> date:
        return queries.day_of(session)

    def judge_signature(self, session: PlannedSession, by: Any, *, is_late: bool) -> None:
        """I1 and I11, by what this test remembers and not by what the rules say."""
        assert by.role == "physician", "not signed by a physician"
        assert by.certificate_expires_on >= self.today(), "signed without a certificate"
        patient_id, on = session.plan.patient_id, self.day_of(session)
        assert (patient_id, on) in self.said_at_door, "signed, and nobody asked at the door"
        if self.in_doubt:
            return
        # A late record is held against what was known on its day.
        heard = self.said_at_door if is_late else self.said_on
        assert heard[patient_id, on] not in OPEN_ANSWERS, "signed against an answer"
        # What was named on the day of a late record may have come after the visit.
        known_until = on - timedelta(days=1) if is_late else on
        allergic_since = self.allergic_since.get(patient_id, date.max)
        assert allergic_since > known_until, "an allergen was given"
