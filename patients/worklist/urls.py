from django.urls import URLPattern, path

from patients.worklist import views

urlpatterns: list[URLPattern] = [
    path("tasks/", views.list_tasks, name="tasks"),
    path("<uuid:patient_id>/tasks/looked-at/", views.looked_at, name="task-looked-at"),
]
