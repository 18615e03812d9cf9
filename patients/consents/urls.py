"""The addresses of consents at the desk, and of their texts. Those of the phone: phone_urls."""

from django.urls import URLPattern, path

from patients.consents import text_views, views

urlpatterns: list[URLPattern] = [
    path("consent-texts/", text_views.list_texts, name="consent-texts"),
    path("consent-texts/<slug:kind>/<slug:language>/", text_views.write_text, name="consent-text"),
    path("<uuid:patient_id>/consents/", views.list_consents, name="consents"),
    path("<uuid:patient_id>/consents/notice/", views.show_notice, name="consent-notice"),
    path(
        "<uuid:patient_id>/consents/decisions/<uuid:decision_id>/",
        views.show_decision,
        name="consent-decision",
    ),
    path(
        "<uuid:patient_id>/consents/decisions/<uuid:decision_id>/copy.pdf",
        views.print_copy,
        name="consent-copy",
    ),
    path("<uuid:patient_id>/consents/<slug:kind>/", views.decide_consent, name="consent-decide"),
    path("<uuid:patient_id>/consents/<slug:kind>/paper/", views.record_paper, name="consent-paper"),
    path(
        "<uuid:patient_id>/consents/<slug:kind>/blank.pdf", views.print_blank, name="consent-blank"
    ),
    path(
        "<uuid:patient_id>/consents/<slug:kind>/withdraw/",
        views.withdraw_consent,
        name="consent-withdraw",
    ),
]
