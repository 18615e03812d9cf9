"""Contents: the addresses of this app."""

from django.urls import URLPattern, URLResolver, include, path

urlpatterns: list[URLPattern | URLResolver] = [
    path("calendar/", include("treatments.calendar.urls")),
    path("", include("treatments.booking.urls")),
    path("", include("treatments.plans.urls")),
    path("patients/<uuid:patient_id>/analyses/", include("treatments.analysis.urls")),
    path("patients/<uuid:patient_id>/photographs/", include("treatments.photographs.urls")),
    path("patients/<uuid:patient_id>/measured/", include("treatments.measuring.urls")),
    path("patients/<uuid:patient_id>/other-treatments/", include("treatments.combined.urls")),
    path("", include("treatments.sessions.urls")),
    path("", include("treatments.aftercare.urls")),
    path("", include("treatments.outcomes.urls")),
    path("", include("treatments.reminders.urls")),
    path("", include("treatments.waitlist.urls")),
    path("", include("treatments.patient_side.urls")),
    path("", include("treatments.preparing.urls")),
    path("", include("treatments.tracing.urls")),
]
