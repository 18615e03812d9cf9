"""Contents: the addresses of this app."""

from django.urls import URLPattern, URLResolver

from patients.intake.urls import urlpatterns as intake
from patients.records.urls import urlpatterns as records

app_name = "patients"
urlpatterns: list[URLPattern | URLResolver] = [*records, *intake]
