"""Addresses of patients and visitors: a letter and a key, no name and no word of health."""

from django.urls import path

from treatments.patient_side import phone_views, public_views, views

app_name = "patient"
urlpatterns = [
    path("v/<str:key>/<slug:act>/", phone_views.open_visit, name="visit"),
    path("v/<str:key>/<slug:act>/visit.ics", phone_views.visit_as_file, name="visit-file"),
    path("visit/done/<slug:what>/", phone_views.show_done, name="done"),
    path("o/<str:offer_key>/", phone_views.open_offer, name="offer"),
    path("c/<str:page_key>/", phone_views.show_visits, name="visits"),
    path("c/<str:page_key>/<uuid:appointment_id>/", phone_views.choose_act, name="choose-act"),
    path("f/<str:feed_key>/calendar.ics", public_views.read_feed, name="feed"),
    path("visit/", public_views.ask_for_visit, name="ask"),
    path("visit/asked/", public_views.show_asked, name="asked"),
    path("requests/", views.list_requests, name="requests"),
    path("requests/moves/<uuid:wish_id>/", views.settle_wish, name="settle-wish"),
    path("requests/<uuid:request_id>/", views.settle_visitor, name="settle-visitor"),
    path("requests/<uuid:request_id>/register/", views.register_visitor, name="register-visitor"),
    path("patients/<uuid:patient_id>/calendar/", views.calendar_of_patient, name="calendar-of"),
    path("calendar/own/", views.own_calendar, name="own-calendar"),
]
