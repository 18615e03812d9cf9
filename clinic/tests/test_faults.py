"""What a person reads when the database says no: is it away, or is somebody else just faster?"""

import threading

import pytest
from django.db import DatabaseError, OperationalError, connection, transaction
from django.test import RequestFactory
from django.utils import translation

from clinic.folding import fold_address
from clinic.http import server_error
from clinic.staff.models import StaffMember
from clinic.tests import builders


def page_for(fault: Exception):
    try:
        raise fault
    except DatabaseError:
        return server_error(RequestFactory().get("/"))


@transaction.atomic
def wait_for(member):
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL lock_timeout = '50ms'")
    StaffMember.objects.select_for_update().get(pk=member.pk)


@pytest.mark.django_db(transaction=True)
def test_a_row_that_somebody_holds_is_said_to_be_changed_right_now():
    member = builders.receptionist()
    held, let_go = threading.Event(), threading.Event()

    def hold():
        with transaction.atomic():
            StaffMember.objects.select_for_update().get(pk=member.pk)
            held.set()
            let_go.wait(10)
        connection.close()

    other = threading.Thread(target=hold)
    other.start()
    held.wait(10)
    try:
        with pytest.raises(OperationalError) as waited:
            wait_for(member)
    finally:
        let_go.set()
        other.join()

    with translation.override("en"):
        answer = page_for(waited.value)
    assert answer.status_code == 409
    assert answer["Retry-After"] == "5"
    assert "Somebody is changing this right now" in answer.content.decode()


def test_a_server_that_is_away_is_said_to_be_away():
    answer = page_for(OperationalError("connection refused"))

    assert answer.status_code == 503
    assert answer["Retry-After"] == "5"


def test_any_other_fault_of_the_database_is_a_fault():
    assert page_for(DatabaseError("syntax error")).status_code == 500


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("Ayse@Example.ORG", "ayse@example.org"),
        (" INFO@KLINIK.EXAMPLE ", "info@klinik.example"),
        ("İpek@example.org", "İpek@example.org"),
    ],
)
def test_an_address_is_folded_in_ascii_only(typed, kept):
    assert fold_address(typed) == kept
