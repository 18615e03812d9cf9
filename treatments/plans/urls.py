from django.urls import path

from treatments.plans import views

app_name = "plans"
urlpatterns = [
    path("courses/", views.list_courses, name="list"),
    path("patients/<uuid:patient_id>/plans/", views.list_plans, name="list-of"),
    path("patients/<uuid:patient_id>/plan/held/", views.held, name="held"),
    path("patients/<uuid:patient_id>/plan/to-move/", views.wait_ripple, name="waits"),
    path("patients/<uuid:patient_id>/plan/new/", views.set_plan, name="set"),
    path("patients/<uuid:patient_id>/plans/<uuid:plan_id>/", views.show_plan, name="show"),
    path("patients/<uuid:patient_id>/plans/<uuid:plan_id>/book/", views.book_course, name="book"),
    path("patients/<uuid:patient_id>/plans/<uuid:plan_id>/hold/", views.hold_plan, name="hold"),
    path("patients/<uuid:patient_id>/plans/<uuid:plan_id>/stop/", views.stop_plan, name="stop"),
    path(
        "patients/<uuid:patient_id>/plans/<uuid:plan_id>/release/",
        views.release_plan,
        name="release",
    ),
]
