"""Addresses of the rules of the clinic. No patient stands in any of them."""

from django.urls import URLPattern, path

from patients.rulebook import change_views, views

app_name = "rulebook"
urlpatterns: list[URLPattern] = [
    path("", views.list_rules, name="list"),
    path("rule/<str:rule_id>/", views.show_rule, name="rule"),
    path("rule/<str:rule_id>/change/", change_views.change_rule, name="change-rule"),
    path("questions/", views.list_questions, name="questions"),
    path("questions/<str:code>/change/", change_views.change_question, name="change-question"),
    path("durations/", views.show_durations, name="durations"),
    path("durations/change/", change_views.change_durations, name="change-durations"),
    path("notice/change/", change_views.change_notice, name="change-notice"),
    path("update/", change_views.accept_update, name="update"),
    path("history/", views.show_history, name="history"),
    path("approve/", views.approve, name="approve"),
    path("screen/", views.screen_those_behind, name="screen"),
    path("export/", views.export_rules, name="export"),
]
