"""Contents: the addresses of this app."""

from django.urls import URLPattern, URLResolver

from patients.intake.urls import urlpatterns as intake
from patients.records.urls import urlpatterns as records
from patients.screening.urls import urlpatterns as screening

app_name = "patients"
urlpatterns: list[URLPattern | URLResolver] = [*records, *intake, *screening]
