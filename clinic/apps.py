from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ClinicConfig(AppConfig):
    name = "clinic"
    verbose_name = _("Clinic")

    def ready(self) -> None:
        from django.core.checks import register

        from clinic.dashboard import heartbeat  # noqa: F401  (connects to Celery's signals)
        from clinic.messages.checks import check_channels

        register(check_channels)
