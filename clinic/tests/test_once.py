"""What is asked once for a piece of work, and when it is asked anew."""

import pytest
from django.db import connection, transaction
from django.test import RequestFactory
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from clinic.once import asking_once, look_anew, once, once_per_request, was_written
from clinic.refusals import Refused
from clinic.tests.builders import NOW, physician
from patients.clinic_names.models import NameChange
from patients.clinic_names.terms import Meaning, NameList
from patients.rulebook.queries import rules_in_force
from patients.tests.builders import a_patient
from treatments.booking.locks import lock_patient


@pytest.fixture
def asked():
    return []


def ask(asked, what="a"):
    return once(what, lambda: asked.append(what) or len(asked))


def test_outside_of_a_stretch_everything_is_asked_each_time(asked):
    ask(asked)
    ask(asked)
    assert asked == ["a", "a"]


def test_inside_it_each_thing_is_asked_once_and_the_next_stretch_asks_again(asked):
    for _stretch in range(2):
        with asking_once():
            ask(asked)
            with asking_once():
                ask(asked)
            ask(asked)
            ask(asked, "b")
    assert asked == ["a", "b", "a", "b"]


def test_a_stretch_that_fails_ends_too(asked):
    def fail():
        with asking_once():
            ask(asked)
            raise Refused("no")

    with pytest.raises(Refused):
        fail()
    ask(asked)
    assert asked == ["a", "a"]


def test_after_a_wait_it_is_asked_anew(asked):
    with asking_once():
        ask(asked)
        look_anew()
        ask(asked)
        ask(asked)
    assert asked == ["a", "a"]


def test_what_was_written_here_is_asked_each_time_from_then_on(asked):
    with asking_once():
        ask(asked)
        was_written("a")
        ask(asked)
        look_anew()
        ask(asked)
    assert asked == ["a", "a", "a"]


def test_a_request_is_a_stretch(asked):
    def view(_request):
        ask(asked)
        ask(asked)

    answer = once_per_request(view)
    answer(RequestFactory().get("/"))
    answer(RequestFactory().get("/"))
    assert asked == ["a", "a"]


def a_name_of_another_process():
    NameChange.objects.create(
        listed=NameList.MEDICATIONS, name="zorbexin", written="Zorbexin", change="settled",
        meaning=Meaning.KNOWN, products=[["warfarin"]], rule_set_version="2", changed_at=NOW,
        changed_by=physician(),
    )  # fmt: skip


def knows_it():
    return rules_in_force().recognise_medication("zorbexin").complete


@pytest.mark.django_db
def test_one_stretch_keeps_to_the_rules_it_began_with_and_costs_two_questions(
    django_assert_num_queries,
):
    assert not knows_it()  # what this process read last may be the names of another test
    with asking_once():
        with django_assert_num_queries(2):
            assert not knows_it()
        a_name_of_another_process()
        with django_assert_num_queries(0):
            assert not knows_it()
    assert knows_it()


@pytest.mark.django_db
def test_behind_a_lock_the_rules_are_those_of_now():
    with asking_once():
        assert not knows_it()
        a_name_of_another_process()
        with transaction.atomic():
            lock_patient(physician().pk)
            assert knows_it()


@pytest.mark.django_db
def test_a_page_asks_once_which_rules_hold(client):
    client.force_login(physician())
    address = reverse("patients:verdict", args=[a_patient().pk])
    with CaptureQueriesContext(connection) as first:
        assert client.get(address).status_code == 200
    with CaptureQueriesContext(connection) as second:
        client.get(address)
    for captured in (first, second):
        asked = [one["sql"] for one in captured if 'COUNT("patients_namechange"' in one["sql"]]
        assert len(asked) == 1
