"""Contents: the addresses of this app."""

from django.urls import URLPattern, URLResolver

from patients.clinic_names.urls import urlpatterns as clinic_names
from patients.consents.urls import urlpatterns as consents
from patients.importing.urls import urlpatterns as importing
from patients.intake.urls import urlpatterns as intake
from patients.lesions.urls import urlpatterns as lesions
from patients.phone_intake.urls import urlpatterns as phone_intake
from patients.records.urls import urlpatterns as records
from patients.screening.urls import urlpatterns as screening
from patients.worklist.urls import urlpatterns as worklist

app_name = "patients"
urlpatterns: list[URLPattern | URLResolver] = [
    *records,
    *consents,
    *phone_intake,
    *intake,
    *clinic_names,
    *screening,
    *lesions,
    *worklist,
    *importing,
]
