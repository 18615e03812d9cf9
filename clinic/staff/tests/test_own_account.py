"""The own account: a password may be changed, the address that opens it may not."""

import pytest
from django.urls import reverse

from clinic.tests.builders import nurse

pytestmark = pytest.mark.django_db


def test_the_own_address_is_read_and_not_changed(client):
    member = nurse()
    client.force_login(member)
    page = client.get(reverse("account_email"))
    assert page.status_code == 200
    assert member.email in page.content.decode()

    sent = {"email": "other@mail.example", "action_add": ""}
    assert client.post(reverse("account_email"), sent).status_code == 405
    member.refresh_from_db()
    assert member.email != "other@mail.example"


@pytest.mark.parametrize(
    "address", ["confirm-email/", "confirm-email/MQ:abc/", "login/code/confirm/"]
)
def test_nobody_confirms_an_address_or_signs_in_by_a_code(client, address):
    assert client.get(f"/accounts/{address}").status_code == 404


def test_a_new_password_is_asked_twice_with_its_rules(client, settings):
    settings.LANGUAGE_CODE = "en"
    client.force_login(nurse(password="a-password-that-nobody-guesses"))
    answer = client.post(reverse("account_change_password"), {"oldpassword": ""})
    page = answer.content.decode()
    for name in ("oldpassword", "password1", "password2"):
        assert f'id="id_{name}"' in page
        assert f'href="#id_{name}"' in page
    assert "at least 12 characters" in page
