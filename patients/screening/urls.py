from django.urls import URLPattern, path

from patients.screening import views

urlpatterns: list[URLPattern] = [
    path("<uuid:patient_id>/verdict/", views.show_verdict, name="verdict"),
    path("<uuid:patient_id>/verdict/decide/", views.decide, name="decide"),
]
