from django.urls import path

from clinic.hours import absences, views

app_name = "hours"
urlpatterns = [
    path("", views.settings, name="settings"),
    path("opening-hours/", views.opening_hours, name="opening"),
    path("staff-hours/", views.staff_hours, name="staff"),
    path("staff-hours/<uuid:member_id>/", views.member_hours, name="member"),
    path("closed-days/", views.closed_days, name="closed"),
    path("closed-days/holidays/", views.copy_holidays, name="holidays"),
    path("closed-days/<str:day>/work/", views.work_on, name="work"),
    path("rooms/", views.things, name="things"),
    path("rooms/<str:what>/", views.add_thing, name="add"),
    path("rooms/<str:what>/<uuid:thing_id>/name/", views.name_thing, name="name"),
    path("rooms/<str:what>/<uuid:thing_id>/use/", views.use_thing, name="use"),
    path("visits-to-move/", absences.list_visits_to_move, name="to_move"),
    path("absences/", absences.list_absences, name="absences"),
    path("absences/<uuid:blocked_id>/", absences.show_absence, name="absence"),
    path("absences/<uuid:blocked_id>/take-back/", absences.take_back, name="lift"),
    path("closed-days/<str:day>/visits/", absences.show_closed_day, name="visits"),
]
