from django.urls import path

from treatments.reminders import views

app_name = "reminders"
urlpatterns = [
    path(
        "patients/<uuid:patient_id>/sessions/<uuid:session_id>/link/",
        views.change_link,
        name="change-link",
    ),
    path("patients/<uuid:patient_id>/letters/", views.letters_wanted, name="wanted"),
    path("stop/<str:token>/", views.stop_kind, name="stop"),
]
