"""Every address and every form of the application: an answer in words, never a fault."""

from types import SimpleNamespace
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.db import connection

from clinic.staff.terms import Role
from clinic.tests.builders import staff
from clinic.tests.every_stage import AT, Clinic
from clinic.tests.hostile import ROLES, Attack, forms_in, patterns
from patients.tests.builders import a_patient


@pytest.fixture
def world(db, monkeypatch):
    monkeypatch.setattr("django.utils.timezone.now", lambda: AT)
    # The tests of the documents draw them; here that would be most of the time.
    for module in (
        "patients.consents.documents",
        "patients.phone_intake.documents",
        "treatments.aftercare.documents",
        "treatments.outcomes.documents",
        "treatments.preparing.documents",
    ):
        monkeypatch.setattr(f"{module}.render_pdf", lambda *_, **__: b"%PDF-")
    with connection.cursor() as cursor:
        # All of it is one transaction, which a busy machine may leave alone for long.
        cursor.execute("SET LOCAL idle_in_transaction_session_timeout = 0")
    return Clinic()


def crawl(world, seed, **how):
    attack = Attack(world, seed)
    attack.crawl(**how)
    assert attack.found.faults == []
    assert {route for route, _, _ in patterns()} - attack.found.visited == set()
    return attack.found.requests


def attack_forms(world, seed, *, records, every=1, part=0, **how):
    attack = Attack(world, seed)
    forms = list(attack.forms(records=records).values())[part::every]
    for role, form in forms:
        attack.attack_form(role, form, **how)
    assert attack.found.faults == []
    return len(forms)


@pytest.mark.slow
def test_no_address_answers_with_a_fault(world):
    assert crawl(world, 1, roles=1, methods=2, records=1) > 400


def test_a_fault_is_found(db, client, monkeypatch):
    """The negative control: a page that breaks for those who may read it."""

    def breaks(**kwargs):
        raise ImproperlyConfigured("planted")

    patient = a_patient()
    client.force_login(staff(Role.PHYSICIAN))
    client.raise_request_exception = False
    only: Any = SimpleNamespace(clients={"physician": client})
    attack = Attack(only, 1)
    attack.send("physician", "GET", f"/patients/{patient.pk}/")
    assert attack.found.faults == []

    monkeypatch.setattr("clinic.http.record_reading", breaks)
    attack.send("physician", "GET", f"/patients/{patient.pk}/")
    assert len(attack.found.faults) == 1


def test_the_forms_of_a_page_are_read_as_a_browser_sends_them():
    page = """<form method="post" action="/a/"><input name="x" value="1"><select name="s">
      <option value="">-</option><option value="k">K</option></select><textarea name="t"></textarea>
      <input type="file" name="f"><button name="go" value="one"></button>
      <button name="go" value="two"></button></form><input name="outside">"""

    first, second = forms_in("/here/", page)

    assert dict(first.fields) == {
        "x": "1",
        "s": "k",
        "t": "Discussed, seen and decided here.",
        "go": "one",
    }
    assert (second.fields[-1], second.files, second.action) == (("go", "two"), ("f",), "/a/")


@pytest.mark.slow
@pytest.mark.parametrize("seed", [2])
def test_no_address_answers_with_a_fault_whoever_asks(world, seed):
    assert crawl(world, seed, roles=len(ROLES), methods=2, records=1) > 1_500


@pytest.mark.slow
@pytest.mark.parametrize("part", [0, 1])
def test_no_form_answers_with_a_fault_whatever_is_in_it(world, part):
    """All forms of all roles, each with eight of its fields by lot; in two halves, to share them."""
    assert attack_forms(world, 2, records=2, every=2, part=part, fields=8, values=1) > 30
