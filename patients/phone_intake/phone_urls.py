"""The addresses on the patient's phone: a letter and a key, no name and no word of health."""

from django.urls import path

from patients.phone_intake import phone_views as views

app_name = "phone"
urlpatterns = [
    path("<str:token>/", views.open_intake, name="open"),
    path("<str:token>/check/", views.check_answers, name="check"),
    path("<str:token>/sent/", views.thank, name="sent"),
    path("<str:token>/<slug:step>/", views.ask_step, name="step"),
]
