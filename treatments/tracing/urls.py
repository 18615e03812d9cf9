"""The addresses of the trace."""

from django.urls import path

from treatments.tracing import views

app_name = "tracing"
urlpatterns = [
    path("trace/", views.search, name="search"),
    path("trace/lots/<uuid:lot_id>/", views.trace_lot, name="lot"),
    path("trace/products/<uuid:product_of_lot>/", views.trace_number, name="number"),
]
