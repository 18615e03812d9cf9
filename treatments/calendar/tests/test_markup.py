"""The text that is put together outside of a template: nothing that people typed becomes markup."""

from datetime import timedelta

import pytest
from django.urls import reverse

from clinic.tests.builders import receptionist
from patients.records.models import Patient
from treatments.booking.models import Appointment
from treatments.calendar import markup
from treatments.tests.builders import a_booked_course

pytestmark = pytest.mark.django_db
EVIL = '"><img src=x onerror=alert(1)>'


@pytest.fixture
def page(client):
    plan = a_booked_course()
    Patient.objects.filter(pk=plan.patient_id).update(full_name=EVIL)
    visit = Appointment.objects.order_by("starts_at").first()
    type(visit.room).objects.update(name=EVIL)
    type(visit.physician).objects.filter(pk=visit.physician_id).update(full_name=EVIL)
    client.force_login(receptionist())
    day = (visit.starts_at + timedelta(hours=3)).date().isoformat()
    return lambda view: client.get(reverse(f"calendar:{view}"), {"day": day}).content.decode()


@pytest.mark.parametrize("view", ["day", "week", "month", "agenda"])
def test_what_people_typed_is_shown_and_never_markup(page, view):
    text = page(view)
    assert "<img src=x" not in text
    assert "&lt;img src=x" in text


def test_without_escaping_it_would_be_markup(page, monkeypatch):
    monkeypatch.setattr(markup, "escape", str)
    assert "<img src=x" in page("day")
