"""The addresses of the treatment room."""

from django.urls import path

from treatments.sessions import views

app_name = "sessions"
_ONE = "patients/<uuid:patient_id>/sessions/<uuid:session_id>/"
urlpatterns = [
    path("to-sign/", views.to_sign, name="to-sign"),
    path("patients/<uuid:patient_id>/sessions/", views.list_sessions, name="list"),
    path(_ONE, views.record_session, name="record"),
    path(f"{_ONE}rescreen/", views.rescreen, name="rescreen"),
    path(f"{_ONE}sign/", views.sign, name="sign"),
    path(f"{_ONE}amend/", views.amend, name="amend"),
]
