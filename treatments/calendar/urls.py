from django.urls import path

from treatments.calendar import views

app_name = "calendar"
urlpatterns = [
    path("", views.show_day, name="day"),
    path("week/", views.show_week, name="week"),
    path("month/", views.show_month, name="month"),
    path("list/", views.show_agenda, name="agenda"),
    path("print/", views.print_sheets, name="print"),
    path("version/", views.ask_version, name="version"),
    path("names/", views.change_names, name="names"),
    path("move/<uuid:appointment_id>/", views.move_appointment, name="move"),
    path("undo/", views.undo_move, name="undo"),
]
