from django.urls import path

from treatments.reminders import views

app_name = "reminders"
urlpatterns = [
    path(
        "patients/<uuid:patient_id>/sessions/<uuid:session_id>/link/",
        views.change_link,
        name="change-link",
    )
]
