"""The address of the local outbox."""

from django.urls import path

from clinic.dashboard import outbox

app_name = "outbox"
urlpatterns = [path("", outbox.list_mails, name="list")]
