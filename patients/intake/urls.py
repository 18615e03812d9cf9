from django.urls import URLPattern, path

from patients.intake import name_views, views

urlpatterns: list[URLPattern] = [
    path("<uuid:patient_id>/intake/", views.check_intake, name="intake"),
    path("<uuid:patient_id>/intake/<slug:section>/", views.ask_section, name="intake-section"),
    path(
        "<uuid:patient_id>/intake/recognise/<slug:listed>/", name_views.recognise, name="recognise"
    ),
]
