"""What was written down is not changed: the database refuses, and the test sees what else happens."""

import pgtrigger
import pytest
from django.db import InternalError, ProgrammingError, connection, transaction

from clinic.audit.actions import record
from clinic.audit.models import AuditEntry
from clinic.tests.builders import NOW, receptionist, room

pytestmark = pytest.mark.django_db
REFUSED = (InternalError, ProgrammingError)


@pytest.fixture
def entry() -> AuditEntry:
    return record(verb="room.added", subject=room(), by=receptionist(), now=NOW)


def test_an_entry_cannot_be_updated(entry):
    with pytest.raises(REFUSED, match="Cannot update or delete"), transaction.atomic():
        AuditEntry.objects.filter(pk=entry.pk).update(verb="room.removed")


def test_an_entry_cannot_be_deleted(entry):
    with pytest.raises(REFUSED, match="Cannot update or delete"), transaction.atomic():
        AuditEntry.objects.all().delete()


def test_the_log_cannot_be_emptied(entry):
    with connection.cursor() as cursor:
        # Foreign keys of this transaction first, or TRUNCATE fails for another reason.
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        with pytest.raises(REFUSED, match="Cannot truncate"), transaction.atomic():
            cursor.execute("TRUNCATE clinic_auditentry")


def test_without_the_trigger_it_would_be_changed(entry):
    """The negative control: it is the trigger that refuses."""
    with pgtrigger.ignore():
        assert AuditEntry.objects.filter(pk=entry.pk).update(verb="room.removed") == 1
        assert AuditEntry.objects.filter(pk=entry.pk).delete()[0] == 1


def test_a_change_without_an_actor_is_refused():
    from django.db import IntegrityError

    with pytest.raises(IntegrityError, match="audit_has_an_actor"), transaction.atomic():
        record(verb="room.added", subject=room(), by="", now=NOW)
