from django.urls import path

from treatments.booking import views

app_name = "booking"
urlpatterns = [
    path("calendar/", views.show_day, name="day"),
    path("calendar/new/", views.book_appointment, name="new"),
    path("appointments/<uuid:appointment_id>/", views.show_appointment, name="show"),
    path("appointments/<uuid:appointment_id>/state/", views.change_state, name="state"),
    path("appointments/<uuid:appointment_id>/move/", views.move_appointment, name="move"),
    path("appointments/<uuid:appointment_id>/cancel/", views.cancel_appointment, name="cancel"),
]
