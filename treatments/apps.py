from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class TreatmentsConfig(AppConfig):
    name = "treatments"
    verbose_name = _("Treatments")

    def ready(self) -> None:
        """Who hears of what. A slice that changes sessions stands before one that reads them."""
        self._follow_with_plans()
        self._issue_sheets()
        self._owe_messages()

    def _follow_with_plans(self) -> None:
        from patients.intake.hooks import answers_changed
        from patients.screening.hooks import planned_treatment_of
        from treatments.booking import hooks as booking
        from treatments.plans import actions, following, queries

        planned_treatment_of.register(queries.planned_treatment)
        answers_changed.register(actions.hold_if_refused)
        booking.appointment_moved.register(following.check_moved)
        booking.appointment_cancelled.register(following.follow_cancelled)
        booking.appointment_state_changed.register(following.follow_state)
        booking.limits_of_move.register(following.limits_of_move)

    def _issue_sheets(self) -> None:
        from treatments.aftercare.actions import issue_when_signed
        from treatments.sessions.hooks import session_signed

        session_signed.register(issue_when_signed)

    def _owe_messages(self) -> None:
        from clinic.messages.hooks import Patients, compose_with, patients_are
        from patients.records import queries as patients
        from patients.records.hooks import patient_changed
        from treatments.plans.hooks import course_changed
        from treatments.reminders import actions, letters, queries
        from treatments.reminders.terms import MessageKind
        from treatments.sessions.hooks import session_signed

        course_changed.register(actions.owe_for_course)
        session_signed.register(actions.owe_after_session)
        patient_changed.register(actions.owe_after_change)
        for kind in MessageKind:
            compose_with(kind, getattr(letters, kind), label=kind.label)
        patients_are(Patients(names=queries.names_of, one=patients.patient))
