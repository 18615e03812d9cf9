"""The addresses of one patient's cocktails."""

from django.urls import path

from cocktails.composition import views

app_name = "composition"
urlpatterns = [
    path("", views.list_cocktails, name="list"),
    path("new/", views.compose, name="new"),
    path("compute/", views.compute, name="compute"),
    path("<uuid:cocktail_id>/", views.show_cocktail, name="show"),
]
