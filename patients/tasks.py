"""Contents: what Celery finds in this app."""

from patients.rulebook.tasks import screen_those_behind

__all__ = ["screen_those_behind"]
