"""The addresses of the message ledger."""

from django.urls import path

from clinic.messages import views

app_name = "messages"
urlpatterns = [
    path("", views.list_messages, name="list"),
    path("patients/<uuid:patient_id>/", views.patient_messages, name="patient"),
    path("<uuid:message_id>/settled/", views.settle, name="settle"),
    path("<uuid:message_id>/preview/", views.preview, name="preview"),
    path("release/", views.release, name="release"),
    path("receipts/<slug:channel>/", views.take_receipt, name="receipt"),
    path("replies/<slug:channel>/", views.take_reply, name="reply"),
    path("replies/<uuid:reply_id>/settled/", views.settle_reply, name="settle-reply"),
]
