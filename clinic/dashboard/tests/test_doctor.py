"""The doctor finds what was planted."""

import pytest
from django.core.management import call_command
from django.db import connection

from clinic.dashboard.examination import examine
from clinic.staff.demo_logins import DEMO_LOGINS, DEMO_PASSWORD
from clinic.staff.models import StaffMember
from clinic.tests.builders import NOW

pytestmark = pytest.mark.django_db


def wrong(subject: str) -> list[str]:
    return [remark.words for remark in examine(NOW) if remark.wrong and remark.subject == subject]


def test_a_migrated_database_is_in_order():
    assert wrong("database") == []


def test_a_missing_booking_constraint_is_found():
    with connection.cursor() as cursor:
        cursor.execute(
            "ALTER TABLE treatments_appointment DROP CONSTRAINT physician_is_never_in_two_places"
        )

    assert any("physician_is_never_in_two_places" in words for words in wrong("database"))


def test_a_disabled_trigger_is_found():
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE treatments_signedsession DISABLE TRIGGER USER")

    assert any("treatments_signedsession" in words for words in wrong("database"))


@pytest.mark.parametrize(
    ("name", "value", "word"),
    [
        ("DEBUG", True, "DEBUG"),
        ("SECRET_KEY", "short", "SECRET_KEY"),
        ("ALLOWED_HOSTS", ["*"], "ALLOWED_HOSTS"),
    ],
)
def test_unsafe_settings_are_named(settings, name, value, word):
    assert not any(word in words for words in wrong("settings"))
    setattr(settings, name, value)

    assert any(word in words for words in wrong("settings"))


def test_a_demo_log_in_on_a_real_server_is_found(settings):
    login = DEMO_LOGINS[0]
    StaffMember.objects.create_user(
        login.email, DEMO_PASSWORD, full_name=login.full_name, role=login.role
    )
    assert not any("demo log-in" in words for words in wrong("clinic"))
    settings.LOCAL = False

    assert any("demo log-in" in words for words in wrong("clinic"))


def test_the_command_exits_with_1_when_something_is_wrong(capsys, settings):
    settings.REDIS_URL = "redis://127.0.0.1:1/0"

    with pytest.raises(SystemExit) as ended:
        call_command("doctor")

    assert ended.value.code == 1
    assert "does not answer" in capsys.readouterr().out
