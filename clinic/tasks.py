"""Contents: what Celery finds in the core."""

from clinic.dashboard.tasks import heartbeat
from clinic.messages.tasks import send_due_messages

__all__ = ["heartbeat", "send_due_messages"]
