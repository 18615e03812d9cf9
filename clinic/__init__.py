"""The project package, and the core that every app stands on."""

from clinic.celery import app as celery_app

__all__ = ("celery_app",)
