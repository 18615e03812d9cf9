"""Contents: every address of the application."""

from django.urls import include, path

from clinic.dashboard import views as dashboard

urlpatterns = [
    path("", dashboard.home, name="home"),
    path("healthz", dashboard.healthz, name="healthz"),
    path("accounts/", include("allauth.account.urls")),
    path("language/", include("django.conf.urls.i18n")),
    path("today/", include("clinic.dashboard.urls")),
    path("messages/", include("clinic.messages.urls")),
    path("access-log/", include("clinic.audit.urls")),
    path("outbox/", include("clinic.dashboard.outbox_urls")),
    path("patients/", include("patients.urls")),
    path("", include("cocktails.urls")),
    path("", include("treatments.urls")),
]

handler500 = "clinic.http.server_error"
