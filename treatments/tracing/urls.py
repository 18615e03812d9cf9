"""The addresses of the trace."""

from django.urls import path

from treatments.tracing import event_views, late_views, views

app_name = "tracing"
_EVENT = "patients/<uuid:patient_id>/events/<uuid:event_id>/"
_CLUSTER = "patients/<uuid:patient_id>/lots-to-look-at/"
_LATE = "patients/<uuid:patient_id>/late-answers/"
urlpatterns = [
    path(
        "patients/<uuid:patient_id>/sessions/<uuid:session_id>/event/",
        event_views.add_event,
        name="add-event",
    ),
    path(_EVENT, event_views.show_event, name="event"),
    path(f"{_EVENT}follow-up/", event_views.follow_up, name="follow-up"),
    path(_CLUSTER, event_views.show_cluster, name="cluster"),
    path(f"{_CLUSTER}looked-at/", event_views.looked_at, name="cluster-looked-at"),
    path("how-are-you/<str:token>/", late_views.answer, name="late-check"),
    path(_LATE, late_views.show_answers, name="late-answers"),
    path(f"{_LATE}read/", late_views.read, name="late-read"),
    path("trace/", views.search, name="search"),
    path("trace/lots/<uuid:lot_id>/", views.trace_lot, name="lot"),
    path("trace/products/<uuid:product_of_lot>/", views.trace_number, name="number"),
]
