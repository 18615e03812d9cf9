"""Contents: every address of the application."""

from django.urls import include, path

urlpatterns = [
    path("", include("clinic.dashboard.urls")),
    path("accounts/", include("clinic.staff.urls")),
    path("accounts/", include("allauth.account.urls")),
    path("language/", include("django.conf.urls.i18n")),
    path("messages/", include("clinic.messages.urls")),
    path("access-log/", include("clinic.audit.urls")),
    path("settings/", include("clinic.hours.urls")),
    path("outbox/", include("clinic.dashboard.outbox_urls")),
    path("patients/", include("patients.urls")),
    path("i/", include("patients.consents.phone_urls")),
    path("i/", include("patients.phone_intake.phone_urls")),
    path("rules/", include("patients.rulebook.urls")),
    path("", include("cocktails.urls")),
    path("", include("treatments.urls")),
]

handler500 = "clinic.http.server_error"
