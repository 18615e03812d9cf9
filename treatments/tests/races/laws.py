"""What must hold after every step: the invariants of docs/reliability.md, asked of the database."""

import json
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import Any

from hypothesis.stateful import invariant

from clinic.audit.models import AuditEntry
from clinic.hours.queries import local_date
from clinic.messages.models import Message
from patients.screening.models import Screening
from patients.screening.queries import open_items
from treatments.booking.models import Appointment
from treatments.booking.terms import EXPECTED, HOLDING, AppointmentState
from treatments.plans.models import PlannedSession, TreatmentPlan
from treatments.plans.terms import SessionState
from treatments.reminders.rules import REMIND_BEFORE, in_words
from treatments.sessions.models import SignedSession
from treatments.tests.races.staging import Staging

S = AppointmentState
VERDICTS = {"clear", "caution", "hold", "refuse"}
ABOUT_APPOINTMENTS = {
    "appointment.booked", "appointment.moved", "appointment.cancelled", "appointment.state",
}  # fmt: skip


class Laws(Staging):
    """Laws that look at one table at a time would miss what two of them say of one thing."""

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
            # The one that was signed under: of two in the same instant nobody knows the later.
            cited = json.loads(signed[session.pk].record)["screening"]["id"]
            screening = Screening.objects.get(pk=cited)
            assert (screening.purpose, screening.on) == ("session", on), "screened for another day"
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
                treated = one.physician_from < other.ends_at and other.physician_from < one.ends_at
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
            (about, key.rsplit(":", 1)[1])
            for about, key in Message.objects.filter(
                kind="session_reminder", state="pending"
            ).values_list("about_id", "event_key")
        )
        states = {
            session: (state, visit_state, starts_at)
            for session, state, visit_state, starts_at in PlannedSession.objects.values_list(
                "pk", "state", "appointment__state", "appointment__starts_at"
            )
        }
        # A visit that belongs to no course is reminded of by itself.
        alone = Appointment.objects.filter(planned_session__isnull=True)
        for visit, visit_state, starts_at in alone.values_list("pk", "state", "starts_at"):
            stands = SessionState.BOOKED if visit_state in HOLDING else SessionState.CANCELLED
            states[visit] = (stands, visit_state, starts_at)
        for (about, _lead), count in living.items():
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
            for lead in REMIND_BEFORE:
                if starts_at - lead - timedelta(hours=24) > self.now:
                    assert living[session, in_words(lead)] == 1, "nobody reminds of it"

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
