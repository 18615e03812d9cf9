"""Contents: the addresses of this app."""

from django.urls import URLPattern, URLResolver

from patients.records.urls import urlpatterns as records

app_name = "patients"
urlpatterns: list[URLPattern | URLResolver] = [*records]
