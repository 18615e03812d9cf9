"""The consents on the patient's phone, behind the link to the questions."""

from django.urls import path

from patients.consents import phone_views

app_name = "consents"
urlpatterns = [
    path("<str:token>/consents/", phone_views.sign_on_phone, name="phone"),
    path(
        "<str:token>/consents/<uuid:decision_id>/copy.pdf",
        phone_views.print_on_phone,
        name="phone-copy",
    ),
]
