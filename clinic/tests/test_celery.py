"""What the worker does when it starts."""

import os

from celery.signals import worker_init

from clinic.celery import WORKER_NICENESS


def test_a_starting_worker_gives_way_to_the_web_server(monkeypatch):
    asked: list[int] = []
    monkeypatch.setattr(os, "nice", asked.append)
    worker_init.send(sender=None)
    assert asked == [WORKER_NICENESS]
    assert WORKER_NICENESS > 0
