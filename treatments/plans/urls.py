from django.urls import path

from treatments.plans import desk, views, wishing

app_name = "plans"
PATIENT = "patients/<uuid:patient_id>/"
PLAN = f"{PATIENT}plans/<uuid:plan_id>/"
SESSION = f"{PLAN}sessions/<int:number>/"
urlpatterns = [
    path("courses/", views.list_courses, name="list"),
    path(f"{PATIENT}plans/", views.list_plans, name="list-of"),
    path(f"{PATIENT}plan/held/", desk.held, name="held"),
    path(f"{PATIENT}plan/to-move/", desk.wait_ripple, name="waits"),
    path(f"{PATIENT}plan/new/", views.set_plan, name="set"),
    path(f"{PATIENT}plan/maintenance/", views.set_maintenance, name="maintain"),
    path(PLAN, views.show_plan, name="show"),
    path(f"{PLAN}book/", desk.book_course, name="book"),
    path(f"{PLAN}length/", views.change_length, name="length"),
    path(f"{PLAN}wishes/", wishing.change_wishes, name="wishes"),
    path(f"{PLAN}hold/", views.hold_plan, name="hold"),
    path(f"{PLAN}stop/", views.stop_plan, name="stop"),
    path(f"{PLAN}release/", views.release_plan, name="release"),
    path(f"{PLAN}undo/", desk.undo_moves, name="undo"),
    path(f"{SESSION}replan/", desk.replan, name="replan"),
    path(f"{SESSION}cancel/", desk.cancel_date, name="cancel-date"),
]
