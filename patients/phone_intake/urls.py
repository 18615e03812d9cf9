"""The addresses of the desk: each carries the patient it is about."""

from django.urls import URLPattern, path

from patients.phone_intake import views

urlpatterns: list[URLPattern] = [
    path("<uuid:patient_id>/phone-intake/", views.ask, name="phone-intake-ask"),
    path("<uuid:patient_id>/phone-intake/link/", views.show_link, name="phone-intake-link"),
    path("<uuid:patient_id>/phone-intake/slip.pdf", views.print_slip, name="phone-intake-slip"),
    path(
        "<uuid:patient_id>/phone-intake/hand-over/", views.hand_over, name="phone-intake-hand-over"
    ),
    path(
        "<uuid:patient_id>/phone-intake/<uuid:intake_id>/withdraw/",
        views.withdraw,
        name="phone-intake-withdraw",
    ),
    path(
        "<uuid:patient_id>/phone-intake/<uuid:intake_id>/",
        views.review,
        name="phone-intake-review",
    ),
]
