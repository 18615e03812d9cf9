from django.urls import URLPattern, path

from patients.records import views

urlpatterns: list[URLPattern] = [
    path("", views.list_patients, name="list"),
    path("search/", views.search_patients, name="search"),
    path("new/", views.register_patient, name="register"),
    path("<uuid:patient_id>/edit/", views.edit_patient, name="edit"),
]
