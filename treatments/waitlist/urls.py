from django.urls import path

from treatments.waitlist import views

app_name = "waitlist"
urlpatterns = [
    path("waitlist/", views.list_waiting, name="list"),
    path("waitlist/new/", views.add_entry, name="add"),
    path("waitlist/fits/", views.show_fits, name="fits"),
    path("waitlist/<uuid:entry_id>/off/", views.take_off, name="off"),
    path("waitlist/<uuid:entry_id>/offer/", views.offer_time, name="offer"),
    path("waitlist/offers/<uuid:offer_id>/", views.answer_offer, name="answer"),
]
