"""The access log says whose record was opened, in a name that the manager knows."""

import pytest
from django.urls import reverse

from clinic.audit.hooks import patients_named
from clinic.tests import builders as clinic
from patients.tests.builders import a_patient

pytestmark = pytest.mark.django_db


@pytest.fixture
def opened(client):
    """A patient whose record the desk has opened."""
    patient = a_patient(full_name="Işık Öz")
    client.force_login(clinic.receptionist())
    client.get(reverse("patients:intake", args=[patient.pk]))
    client.force_login(clinic.manager())
    return patient


def test_the_manager_reads_whose_record_was_opened(client, opened):
    html = client.get(reverse("audit:readings")).content.decode()
    of_one = client.get(reverse("audit:readings"), {"patient": opened.pk}).content.decode()

    assert f"Işık Öz · {opened.number}" in html
    assert f"Işık Öz · {opened.number}" in of_one


def test_without_the_names_the_row_still_leads_to_its_record(client, opened, monkeypatch):
    monkeypatch.setattr(patients_named, "_listeners", [])

    html = client.get(reverse("audit:readings")).content.decode()

    assert "Işık Öz" not in html
    assert f"?patient={opened.pk}" in html
