"""Who may open which door: every address is declared, and the table of abilities is obeyed."""

import re
from collections.abc import Iterator
from uuid import uuid4

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.urls import URLPattern, URLResolver, get_resolver, path, reverse

from clinic.audit.models import ChartReading
from clinic.http import FOREIGN_VIEWS
from clinic.staff.rules import ABILITIES, may
from clinic.staff.terms import Ability, Role
from clinic.tests.builders import staff
from patients.tests.builders import a_patient


def doors(
    resolver: URLResolver | None = None, route: str = "/"
) -> Iterator[tuple[str, URLPattern]]:
    """Every address of the application with made-up ids, and its pattern."""
    for entry in (resolver or get_resolver()).url_patterns:
        longer = route + str(entry.pattern)
        if isinstance(entry, URLResolver):
            yield from doors(entry, longer)
        else:
            made_up = re.sub(r"<uuid:\w+>", str(uuid4()), longer)
            yield re.sub(r"<(int:|str:|slug:)?\w+>", "1", made_up), entry


def own_doors() -> list[tuple[str, URLPattern]]:
    return [(w, p) for w, p in doors() if not p.callback.__module__.startswith(FOREIGN_VIEWS)]


def ability_of(door: URLPattern) -> Ability | None:
    return getattr(door.callback, "ability")  # noqa: B009


def test_every_address_says_who_may_open_it():
    undeclared = [where for where, door in own_doors() if not hasattr(door.callback, "ability")]

    assert undeclared == []
    assert len(own_doors()) > 30


def test_an_undeclared_address_answers_with_an_error_even_for_staff(client, db, settings):
    """The negative control: a view that forgot its declaration does not open."""
    settings.ROOT_URLCONF = __name__
    client.force_login(staff(Role.PHYSICIAN))

    with pytest.raises(ImproperlyConfigured, match="does not say who may open it"):
        client.get("/forgotten/")


def forgotten(request):
    raise AssertionError("nobody may get here")


urlpatterns = [path("forgotten/", forgotten)]


@pytest.mark.django_db
def test_nobody_gets_in_without_signing_in(client):
    for where, door in own_doors():
        if ability_of(door) is None:
            continue
        response = client.get(where)
        assert response.status_code == 302, where
        assert response["Location"].startswith("/accounts/login/"), where


@pytest.mark.django_db
@pytest.mark.parametrize("role", Role.values)
def test_a_role_without_the_ability_is_refused(client, role):
    client.force_login(staff(Role(role)))
    refused = 0
    for where, door in own_doors():
        ability = ability_of(door)
        if ability is None or may(role, ability):
            continue
        for method in (client.get, client.post):
            assert method(where).status_code == 403, (role, where)
            refused += 1
    assert refused > 0 or role == Role.PHYSICIAN


def test_every_ability_is_somebodys_and_no_role_has_undeclared_ones():
    granted = set().union(*ABILITIES.values())

    assert granted == set(Ability)
    assert set(ABILITIES) == set(Role)


def test_a_role_nobody_declared_may_do_nothing():
    assert not any(may("owner", ability) for ability in Ability)


@pytest.mark.django_db
def test_somebody_who_left_may_do_nothing():
    left = staff(Role.PHYSICIAN, is_active=False)

    assert not any(left.may(ability) for ability in Ability)


@pytest.mark.django_db
def test_opening_a_chart_leaves_exactly_one_line_in_the_log(client):
    reader = staff(Role.PHYSICIAN)
    patient = a_patient()
    client.force_login(reader)

    response = client.get(reverse("chart", kwargs={"patient_id": patient.pk}))

    assert response.status_code == 200
    reading = ChartReading.objects.get()
    assert (reading.patient_id, reading.reader, reading.section) == (patient.pk, reader, "chart")


@pytest.mark.django_db
def test_a_page_that_cannot_be_logged_is_not_shown(client, monkeypatch):
    patient = a_patient()
    client.force_login(staff(Role.PHYSICIAN))

    def fail(**kwargs):
        raise RuntimeError("the log is away")

    monkeypatch.setattr("clinic.http.record_reading", fail)

    with pytest.raises(RuntimeError):
        client.get(reverse("chart", kwargs={"patient_id": patient.pk}))
    client.raise_request_exception = False
    assert (
        patient.full_name
        not in client.get(reverse("chart", kwargs={"patient_id": patient.pk})).content.decode()
    )


@pytest.mark.django_db
def test_signed_in_pages_are_never_stored_and_carry_the_strict_policy(client):
    client.force_login(staff(Role.RECEPTIONIST))

    response = client.get(reverse("today"))

    assert "no-store" in response["Cache-Control"]
    policy = response["Content-Security-Policy"]
    assert "default-src 'self'" in policy
    assert "unsafe" not in policy


@pytest.mark.django_db
def test_whoever_is_still_there_is_told_who_they_are_and_with_which_token(client):
    """A page that was covered while its reader signed in again goes on with it."""
    assert client.get(reverse("keep_alive"), headers={"HX-Request": "true"}).status_code == 401
    member = staff(Role.NURSE)
    client.force_login(member)

    answer = client.get(reverse("keep_alive"), headers={"HX-Request": "true"})

    assert answer.json()["member"] == str(member.pk)
    assert answer.json()["token"]
    assert "no-store" in answer["Cache-Control"]


@pytest.mark.django_db
def test_an_idle_session_ends(client, settings):
    member = staff(Role.RECEPTIONIST)
    client.force_login(member)
    client.get(reverse("today"))
    session = client.session
    session["last_seen"] = "2026-01-01T00:00:00+00:00"
    session.save()

    response = client.get(reverse("today"))

    assert response.status_code == 302
    assert response["Location"].startswith("/accounts/login/")


@pytest.mark.django_db
def test_another_host_is_refused(client):
    assert client.get("/accounts/login/", headers={"host": "evil.example"}).status_code == 400
