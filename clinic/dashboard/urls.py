from django.urls import path

from clinic.dashboard import views

urlpatterns = [
    path("", views.home, name="home"),
    path("today/", views.today, name="today"),
    path("today/numbing/<uuid:appointment_id>/", views.numbing, name="today_numbing"),
    path("keep-alive/", views.keep_alive, name="keep_alive"),
    path("patients/<uuid:patient_id>/", views.chart, name="chart"),
    path("healthz", views.healthz, name="healthz"),
]
