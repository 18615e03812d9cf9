from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class TreatmentsConfig(AppConfig):
    name = "treatments"
    verbose_name = _("Treatments")

    def ready(self) -> None:
        """Who hears of what. A slice that changes sessions stands before one that reads them."""
        self._stand_in_closures()
        self._follow_with_plans()
        self._keep_methods_apart()
        self._follow_the_rules()
        self._hear_of_consents()
        self._issue_sheets()
        self._tell_the_composer()
        self._owe_messages()
        self._offer_free_times()
        self._open_the_patients_side()
        self._watch_the_lots()

    def _stand_in_closures(self) -> None:
        from clinic.hours.hooks import what_stands_in
        from treatments.booking.closures import standing_in

        what_stands_in.register(standing_in)

    def _follow_with_plans(self) -> None:
        from cocktails.catalogue.hooks import substances_changed
        from cocktails.composition import hooks as composer
        from patients.intake.hooks import answers_changed
        from patients.lesions.hooks import lesions_changed
        from patients.records.hooks import before_change, patient_changed
        from patients.screening.hooks import finding_decided, planned_treatment_of
        from treatments.analysis.hooks import last_treated
        from treatments.booking import hooks as booking
        from treatments.plans import changed_products, following, new_mixture, queries, verdicts
        from treatments.plans.hooks import mixture_changed, session_leaves_its_day
        from treatments.sessions.actions import put_empty_draft_away
        from treatments.sessions.new_mixture import forget_lots
        from treatments.sessions.queries import last_treated as last_treated_session

        last_treated.register(last_treated_session)
        planned_treatment_of.register(queries.planned_treatment)
        answers_changed.register(verdicts.follow_answers)
        substances_changed.register(changed_products.follow_substances)
        composer.before_composing.register(verdicts.lock_before_change)
        composer.cocktail_composed.register(new_mixture.follow_cocktail)
        mixture_changed.register(forget_lots)
        before_change.register(verdicts.lock_before_change)
        for changed in (patient_changed, lesions_changed, finding_decided):
            changed.register(verdicts.follow_patient)
        session_leaves_its_day.register(put_empty_draft_away)
        booking.appointment_moved.register(following.check_moved)
        booking.appointment_cancelled.register(following.follow_cancelled)
        booking.appointment_state_changed.register(following.follow_state)
        booking.limits_of_move.register(following.limits_of_move)
        booking.new_time_page.register(following.new_time_page)
        booking.page_of_course.register(following.page_of_course)

    def _keep_methods_apart(self) -> None:
        from treatments.booking.hooks import limits_of_booking
        from treatments.combined.actions import keep_sessions_apart
        from treatments.combined.queries import days_blocked
        from treatments.plans.hooks import course_changed

        course_changed.register(keep_sessions_apart)
        limits_of_booking.register(days_blocked)

    def _follow_the_rules(self) -> None:
        from patients.rulebook import hooks as rulebook
        from treatments.plans import under_new_rules

        rulebook.open_courses.register(under_new_rules.open_courses)
        rulebook.patients_behind.register(under_new_rules.patients_behind)
        rulebook.screen_again.register(under_new_rules.screen_again)

    def _hear_of_consents(self) -> None:
        from patients.consents import hooks as consents
        from treatments.reminders import permission
        from treatments.sessions import consenting

        consents.what_is_consented_to.register(consenting.what_is_consented_to)
        consents.consent_changed.register(consenting.screen_after_consent)
        consents.effects_of_withdrawal.register(consenting.effects_of_withdrawal)
        consents.consent_changed.register(permission.owe_after_consent)
        consents.effects_of_withdrawal.register(permission.effects_of_withdrawal)

    def _issue_sheets(self) -> None:
        from treatments.aftercare.actions import issue_when_signed, replace_when_the_end_changed
        from treatments.sessions.hooks import session_amended, session_signed

        session_signed.register(issue_when_signed)
        session_amended.register(replace_when_the_end_changed)

    def _tell_the_composer(self) -> None:
        from cocktails.composition import hooks as composer
        from treatments.sessions import for_composer

        composer.given_in_course.register(for_composer.given_in_course)
        composer.last_tolerance.register(for_composer.last_tolerance)
        composer.cocktail_of_course.register(for_composer.cocktail_of_course)
        composer.spot_types.register(for_composer.spot_types)

    def _owe_messages(self) -> None:
        from django.core.checks import register

        from clinic.messages.hooks import (
            Patients,
            compose_with,
            patients_are,
            who_is_unreachable,
            words_to_say,
        )
        from patients.records import queries as patients
        from patients.records.hooks import patient_changed
        from treatments.booking import hooks as booking
        from treatments.plans.hooks import course_changed
        from treatments.reminders import actions, checks, letters, queries, unreachable
        from treatments.reminders.terms import MessageKind
        from treatments.sessions.hooks import session_amended, session_signed

        register(checks.check_settings)
        course_changed.register(actions.owe_for_course)
        session_signed.register(actions.owe_after_session)
        session_amended.register(actions.owe_after_amendment)
        booking.appointment_booked.register(actions.owe_for_new_visit)
        for changed in (
            booking.appointment_moved,
            booking.appointment_cancelled,
            booking.appointment_state_changed,
        ):
            changed.register(actions.owe_for_visit)
        patient_changed.register(actions.owe_after_change)
        for kind in MessageKind:
            compose_with(kind, getattr(letters, kind), label=kind.label)
        patients_are(
            Patients(
                names=queries.names_of,
                one=patients.patient,
                phones=queries.phones_of,
                with_numbers=patients.with_numbers,
            )
        )
        words_to_say.register(queries.words_to_say)
        who_is_unreachable.register(unreachable.unreachable)
        booking.notices_before_change.register(queries.notice_before_change)
        booking.notices_after_change.register(queries.notice_after_change)

    def _offer_free_times(self) -> None:
        from clinic.messages.hooks import compose_with, words_to_say
        from treatments.booking.hooks import page_of_freed_time
        from treatments.waitlist import freed, letters, queries
        from treatments.waitlist.terms import MessageKind

        page_of_freed_time.register(freed.page_of_freed_time)
        compose_with(MessageKind.SLOT_OFFER, letters.slot_offer, label=MessageKind.SLOT_OFFER.label)
        words_to_say.register(queries.words_to_say)

    def _open_the_patients_side(self) -> None:
        from clinic.messages.hooks import compose_with
        from patients.records.hooks import address_replaced
        from treatments.booking import hooks as booking
        from treatments.patient_side import actions, letters, links
        from treatments.patient_side.terms import MessageKind
        from treatments.reminders.hooks import enclosed, enclosed_with_course

        for changed in (booking.appointment_moved, booking.appointment_cancelled):
            changed.register(links.revoke_after_change)
            changed.register(actions.overtake_wishes)
        address_replaced.register(links.revoke_of_patient)
        enclosed.register(letters.enclose)
        enclosed_with_course.register(letters.enclose_with_course)
        for kind in MessageKind:
            compose_with(kind, getattr(letters, kind), label=kind.label)

    def _watch_the_lots(self) -> None:
        from cocktails.stock import hooks as stock
        from treatments.tracing import events

        stock.notices_of_lots.register(events.notices_of_lots)
