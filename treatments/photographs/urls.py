"""The addresses of photographs, below one patient's."""

from django.urls import URLPattern, path

from treatments.photographs import views

app_name = "photographs"
urlpatterns: list[URLPattern] = [
    path("", views.list_photographs, name="list"),
    path("new/", views.take_photographs, name="take"),
    path("compare/<slug:view>/", views.compare_photographs, name="compare"),
    path("<uuid:photograph_id>/", views.show_photograph, name="show"),
    path("<uuid:photograph_id>/withdraw/", views.withdraw_photograph, name="withdraw"),
    path("<uuid:photograph_id>/points/", views.mark_points, name="mark-points"),
    path("<uuid:photograph_id>/<slug:size>.jpg", views.show_picture, name="image"),
]
