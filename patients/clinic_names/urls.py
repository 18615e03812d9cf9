from django.urls import URLPattern, path

from patients.clinic_names import views

urlpatterns: list[URLPattern] = [
    path("names/", views.list_names, name="names"),
    path("names/<int:change_id>/", views.show_name, name="name"),
    path("<uuid:patient_id>/names/", views.unread_names, name="unread-names"),
    path("<uuid:patient_id>/names/settle/", views.settle_name, name="settle-name"),
]
