from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class PatientsConfig(AppConfig):
    name = "patients"
    verbose_name = _("Patients")

    def ready(self) -> None:
        from clinic.audit.hooks import patients_named
        from clinic.messages.hooks import compose_with
        from patients.clinic_names import hooks as clinic_names
        from patients.consents.phone import consents_after_questions
        from patients.importing.queries import imported_answers
        from patients.intake import listed_texts
        from patients.intake.hooks import answers_changed, stated_elsewhere
        from patients.lesions.actions import follow_answers
        from patients.links.actions import revoke_links_of
        from patients.phone_intake.hooks import after_submission
        from patients.phone_intake.letters import intake_letter
        from patients.phone_intake.terms import LINK_KIND, MESSAGE_LABEL
        from patients.records.hooks import address_replaced
        from patients.records.queries import names_with_file
        from patients.rulebook import actions as rulebook
        from patients.rulebook.queries import rules_in_force

        patients_named.register(names_with_file)
        clinic_names.rule_set_in_force.register(rules_in_force)
        clinic_names.texts_listed.register(listed_texts.texts_listed)
        clinic_names.name_changed.register(rulebook.owe_screening)
        clinic_names.screen_soon.register(rulebook.screen_soon)
        answers_changed.register(follow_answers)
        address_replaced.register(revoke_links_of)
        after_submission.register(consents_after_questions)
        stated_elsewhere.register(imported_answers)
        compose_with(LINK_KIND, intake_letter, label=MESSAGE_LABEL)
