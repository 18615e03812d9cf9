"""The addresses of the aftercare sheet."""

from django.urls import path

from treatments.aftercare import views

app_name = "aftercare"
urlpatterns = [
    path(
        "patients/<uuid:patient_id>/sessions/<uuid:session_id>/aftercare.pdf",
        views.print_sheet,
        name="print",
    ),
    path("sheet/<uuid:sheet_id>/<slug:seal>/", views.verify, name="verify"),
    path("a/<str:token>/", views.open_sheet, name="open"),
    path("a/<str:token>/sheet.pdf", views.open_pdf, name="pdf"),
]
