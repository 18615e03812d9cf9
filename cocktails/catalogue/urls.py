"""The address of the catalogue."""

from django.urls import path

from cocktails.catalogue import views

app_name = "catalogue"
urlpatterns = [path("", views.list_catalogue, name="list")]
