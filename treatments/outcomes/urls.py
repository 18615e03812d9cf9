"""The addresses of outcomes: of a patient's courses, and of the clinic."""

from django.urls import path

from treatments.outcomes import board_views, views

app_name = "outcomes"
_OUTCOMES = "patients/<uuid:patient_id>/outcomes/"
_PLAN = f"{_OUTCOMES}<uuid:plan_id>/"
urlpatterns = [
    path(_OUTCOMES, views.show_latest, name="course"),
    path(_PLAN, views.show_outcome, name="of-plan"),
    path(f"{_PLAN}review/", views.set_review, name="set-review"),
    path(f"{_PLAN}reviews/<uuid:point_id>/", views.decide_review, name="decide"),
    path(f"{_PLAN}report/", views.choose_for_report, name="report"),
    path(f"{_PLAN}report.pdf", views.show_report, name="report-pdf"),
    path("outcomes/", board_views.show_board, name="board"),
    path("outcomes/watch/", board_views.list_watched, name="watch"),
    path("outcomes/outcomes.csv", board_views.download_board, name="board-csv"),
]
