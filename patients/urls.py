"""Contents: the addresses of this app."""

from django.urls import URLPattern, URLResolver

from patients.clinic_names.urls import urlpatterns as clinic_names
from patients.consents.urls import urlpatterns as consents
from patients.intake.urls import urlpatterns as intake
from patients.lesions.urls import urlpatterns as lesions
from patients.records.urls import urlpatterns as records
from patients.screening.urls import urlpatterns as screening
from patients.worklist.urls import urlpatterns as worklist

app_name = "patients"
urlpatterns: list[URLPattern | URLResolver] = [*records, *consents, *intake, *clinic_names, *screening, *lesions, *worklist]
