"""What every record that has an address shares."""

import uuid

from django.db import models


class Addressed(models.Model):
    """A record with a UUID in its address. The UUID names it; it never grants access to it."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)

    class Meta:
        abstract = True
