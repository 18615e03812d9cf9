"""The addresses of preparing a mixture."""

from django.urls import path

from treatments.preparing import views

app_name = "preparing"
_ONE = "patients/<uuid:patient_id>/sessions/<uuid:session_id>/"
urlpatterns = [
    path(f"{_ONE}prepare/", views.prepare, name="prepare"),
    path(f"{_ONE}mix-sheet.pdf", views.mix_sheet, name="mix-sheet"),
    path(f"{_ONE}label.pdf", views.label, name="label"),
    # Short, because it is printed as a code on a small label.
    path("s/<uuid:session_of_label>/", views.open_session, name="open"),
]
