"""Contents: what Celery finds in this app."""

from patients.importing.tasks import bring_in_imports
from patients.phone_intake.tasks import withdraw_expired_intakes
from patients.rulebook.tasks import screen_those_behind

__all__ = ["bring_in_imports", "screen_those_behind", "withdraw_expired_intakes"]
