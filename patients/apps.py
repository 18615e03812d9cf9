from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class PatientsConfig(AppConfig):
    name = "patients"
    verbose_name = _("Patients")

    def ready(self) -> None:
        from clinic.audit.hooks import patients_named
        from patients.records.queries import names_with_file

        patients_named.register(names_with_file)
