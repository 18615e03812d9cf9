"""The addresses of the message ledger."""

from django.urls import path

from clinic.messages import views

app_name = "messages"
urlpatterns = [
    path("", views.list_messages, name="list"),
    path("patients/<uuid:patient_id>/", views.patient_messages, name="patient"),
    path("<uuid:message_id>/settled/", views.settle, name="settle"),
]
