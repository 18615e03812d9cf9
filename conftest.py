"""What every test shares."""

import os
from collections.abc import Iterator
from typing import Any

import pgtrigger
import pytest
from django.db import connection
from django.test import TransactionTestCase
from django.test.utils import override_settings
from hypothesis import HealthCheck, settings

from clinic.tests.laid_out import copied, lay_out_all

PLAIN: dict[str, Any] = {
    "WHITENOISE_AUTOREFRESH": True,
    "PASSWORD_HASHERS": ["django.contrib.auth.hashers.MD5PasswordHasher"],
    "CACHES": {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}},
    "CELERY_TASK_ALWAYS_EAGER": False,
}

# Times are judged in the benchmark: on a busy machine a slow example says nothing about the law.
settings.register_profile("clinic", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("plain", settings.get_profile("clinic"), max_examples=25)


def pytest_configure(config: pytest.Config) -> None:
    """Laws are tried on a hundred examples; on a quarter of them where the slow tests are left out."""
    settings.load_profile("plain" if "not slow" in config.option.markexpr else "clinic")


@pytest.fixture(autouse=True, scope="session")
def _tables_may_be_emptied_between_tests() -> Iterator[None]:
    """Tests that commit are cleaned by TRUNCATE, which the append-only tables refuse."""
    teardown = getattr(TransactionTestCase, "_fixture_teardown")  # noqa: B009  (no public name)

    def emptied(self: Any) -> None:
        with pgtrigger.ignore():
            teardown(self)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(TransactionTestCase, "_fixture_teardown", emptied)
        yield


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings_parallel_suffix: None) -> None:
    """The database of the tests is a copy of one that is laid out already, where one is named."""
    if laid_out := os.environ.get("CLINIC_TEST_TEMPLATE"):
        connection.settings_dict["TEST"]["TEMPLATE"] = laid_out


@pytest.fixture(autouse=True, scope="session")
def _clinics_laid_out(request: Any) -> None:
    """Before the first test: none of them has planted a fault yet."""
    asked = {"db", "transactional_db"}
    if any(
        test.get_closest_marker("django_db") or asked & set(getattr(test, "fixturenames", ()))
        for test in request.session.items
    ):
        request.getfixturevalue("django_db_setup")
        with request.getfixturevalue("django_db_blocker").unblock(), override_settings(**PLAIN):
            lay_out_all()


@pytest.fixture
def built_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    """For what watches, or changes, how a clinic comes to be: nothing is copied."""
    monkeypatch.setitem(copied, "way", None)


@pytest.fixture(autouse=True)
def _plain_settings(settings: Any, tmp_path: Any) -> None:
    """Fast hashing, local memory instead of Redis, mail kept in memory, files in a folder of the test.

    Each client of a test makes the middleware anew: the static files are looked up when one is asked
    for, not all of them for each client. The server of the browser tests is made as in production.
    """
    for name, value in PLAIN.items():
        setattr(settings, name, value)
    settings.MEDIA_ROOT = tmp_path / "media"
