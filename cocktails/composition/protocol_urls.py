"""The addresses of the clinic's protocols."""

from django.urls import path

from cocktails.composition import protocol_views as views

app_name = "protocols"
urlpatterns = [
    path("", views.list_protocols, name="list"),
    path("new/", views.write_protocol, name="new"),
    path("<uuid:protocol_id>/", views.show_protocol, name="show"),
    path("<uuid:protocol_id>/change/", views.write_protocol, name="change"),
    path("<uuid:protocol_id>/withdraw/", views.withdraw_protocol, name="withdraw"),
]
