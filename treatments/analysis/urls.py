"""The addresses of one patient's skin analyses."""

from django.urls import path

from treatments.analysis import views

app_name = "analysis"
urlpatterns = [
    path("", views.list_analyses, name="list"),
    path("new/", views.analyse, name="new"),
    path("<uuid:analysis_id>/", views.show_analysis, name="show"),
]
