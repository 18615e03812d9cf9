from django.urls import URLPattern, path

from patients.screening import views

urlpatterns: list[URLPattern] = [
    path("<uuid:patient_id>/verdict/", views.show_verdict, name="verdict"),
    path(
        "<uuid:patient_id>/verdict/<uuid:screening_id>/", views.show_verdict_of, name="verdict-of"
    ),
    path("<uuid:patient_id>/verdict/decide/", views.decide, name="decide"),
]
