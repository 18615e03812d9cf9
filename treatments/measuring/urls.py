"""The addresses of what is measured on photographs, below one patient's."""

from django.urls import URLPattern, path

from treatments.measuring import views

app_name = "measuring"
urlpatterns: list[URLPattern] = [
    path("", views.list_places, name="list"),
    path("photographs/<uuid:photograph_id>/", views.measure, name="measure"),
    path("<uuid:measurement_id>/", views.show_measurement, name="show"),
    path("<uuid:measurement_id>/map.png", views.show_map, name="map"),
]
