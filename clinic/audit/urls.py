from django.urls import path

from clinic.audit import views

app_name = "audit"
urlpatterns = [path("", views.readings, name="readings")]
