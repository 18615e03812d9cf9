"""Contents: the addresses of this app."""

from django.urls import URLPattern, URLResolver, include, path

urlpatterns: list[URLPattern | URLResolver] = [
    path("patients/<uuid:patient_id>/analyses/", include("treatments.analysis.urls")),
]
