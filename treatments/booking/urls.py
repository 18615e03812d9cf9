from django.urls import path
from django.views.generic import RedirectView

from clinic.http import requires
from clinic.staff.terms import Ability
from treatments.booking import lengths, new_visit, views

app_name = "booking"
urlpatterns = [
    # The calendar stands before booking in treatments/urls.py and answers at this address: here it
    # has the name by which earlier slices lead to it.
    path(
        "calendar/",
        requires(Ability.RUN_THE_DAY)(RedirectView.as_view(pattern_name="calendar:day")),
        name="day",
    ),
    path("settings/lengths/", lengths.set_lengths, name="lengths"),
    path("calendar/new/", new_visit.book_appointment, name="new"),
    path("calendar/new/patient/", new_visit.register_and_book, name="new-patient"),
    path("calendar/new/twice/", new_visit.book_twice, name="twice"),
    path("appointments/<uuid:appointment_id>/", views.show_appointment, name="show"),
    path("appointments/<uuid:appointment_id>/state/", views.change_state, name="state"),
    path("appointments/<uuid:appointment_id>/move/", views.move_appointment, name="move"),
    path("appointments/<uuid:appointment_id>/another-time/", views.offer_new_time, name="new-time"),
    path("appointments/<uuid:appointment_id>/cancel/", views.cancel_appointment, name="cancel"),
]
