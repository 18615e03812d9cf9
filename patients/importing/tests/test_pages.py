"""The pages of an import that has nothing in it."""

from io import BytesIO

import pytest
from django.urls import reverse

from clinic.tests.builders import NOW, receptionist
from patients.importing.models import PatientImport

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk(client, settings):
    settings.LANGUAGE_CODE = "en"
    client.force_login(receptionist())
    return client


def test_without_a_file_nothing_is_kept_and_the_page_says_so(desk):
    answer = desk.post(reverse("patients:imports"), {"csrfmiddlewaretoken": "sent"})
    assert answer.status_code == 422
    assert "Choose a file." in answer.content.decode()
    assert not PatientImport.objects.exists()


@pytest.mark.parametrize(("rows", "offered"), [("", False), ("Ada Işık;02.01.1990\n", True)])
def test_an_import_starts_only_with_somebody_in_it(desk, rows, offered):
    table = BytesIO(f"Ad Soyad;Doğum Tarihi\n{rows}".encode())
    table.name = "patients.csv"
    page = desk.post(reverse("patients:imports"), {"uploads": [table]}, follow=True)
    assert page.status_code == 200
    starts = reverse("patients:start-import", args=[PatientImport.objects.get().pk])
    assert (starts in page.content.decode()) is offered


def test_an_import_of_nothing_still_has_its_page(desk):
    """One that an earlier version let in."""
    empty = PatientImport.objects.create(step="checked", on=NOW.date(), created_at=NOW)
    page = desk.get(reverse("patients:import", args=[empty.pk]))
    assert page.status_code == 200
