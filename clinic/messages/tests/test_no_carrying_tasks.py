"""FR7, FR8 and R14 of the test plan: a task rings, and carries no reminder."""

import ast
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from celery import current_app
from django.conf import settings
from django.core.cache import cache

from clinic.catalogs import PACKAGES
from clinic.dashboard.examination import _processes
from clinic.dashboard.heartbeat import BEAT, WORKER
from clinic.tests.builders import NOW

LONGEST_S = 900
PUBLISH = {"delay", "apply_async", "send_task"}


def faults_in(source: str) -> Iterator[str]:
    """Far-off tasks, and tasks that start before what they read is committed."""
    if not any(word in source for word in PUBLISH):
        return
    tree = ast.parse(source)
    parents = {child: node for node in ast.walk(tree) for child in ast.iter_child_nodes(node)}
    for node in ast.walk(tree):
        if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)):
            continue
        if node.func.attr not in PUBLISH:
            continue
        for word in node.keywords:
            near = (
                word.arg == "countdown"
                and isinstance(word.value, ast.Constant)
                and isinstance(word.value.value, int | float)
                and word.value.value <= LONGEST_S
            )
            if word.arg in {"eta", "countdown"} and not near:
                yield f"{word.arg} in line {node.lineno}"
        if in_transaction(node, parents):
            yield f"before the commit in line {node.lineno}"


def in_transaction(node: ast.AST, parents: dict[ast.AST, ast.AST]) -> bool:
    while node in parents:
        node = parents[node]
        if isinstance(node, ast.Lambda):
            return False  # handed to on_commit
        if isinstance(node, ast.With) and any(
            "atomic" in ast.unparse(item.context_expr) for item in node.items
        ):
            return True
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            return any("atomic" in ast.unparse(each) for each in node.decorator_list)
    return False


def sources() -> Iterator[Path]:
    for package in PACKAGES:
        for path in sorted((settings.ROOT / package).rglob("*.py")):
            if "tests" not in path.parts:
                yield path


def test_r14_fr8_no_task_carries_a_reminder_to_its_hour():
    found = [f"{path}: {fault}" for path in sources() for fault in faults_in(path.read_text())]

    assert found == []


@pytest.mark.parametrize(
    "source",
    [
        "task.apply_async(eta=tomorrow)",
        "task.apply_async(countdown=901)",
        "task.apply_async(countdown=seconds)",
        "with transaction.atomic():\n    task.delay()",
        "@transaction.atomic\ndef book():\n    task.delay(1)",
    ],
)
def test_r14_each_fault_is_seen(source):
    assert list(faults_in(source))


@pytest.mark.parametrize(
    "source",
    [
        "task.apply_async(countdown=60)",
        "with transaction.atomic():\n    transaction.on_commit(lambda: task.delay())",
        "def ring():\n    task.delay()",
    ],
)
def test_r14_what_is_right_is_left_alone(source):
    assert list(faults_in(source)) == []


def test_fr8_the_broker_gives_an_unacknowledged_ring_back_and_nothing_waits_in_it():
    longest = settings.CELERY_BROKER_TRANSPORT_OPTIONS["visibility_timeout"]
    for entry in settings.CELERY_BEAT_SCHEDULE.values():
        options: Any = entry["options"]
        assert options["expires"] <= max(longest, 3600)
        assert "eta" not in options
        assert "countdown" not in options


def test_fr7_every_ring_has_a_task_that_a_worker_knows():
    current_app.loader.import_default_modules()
    rung = {entry["task"] for entry in settings.CELERY_BEAT_SCHEDULE.values()}

    assert "clinic.messages.tasks.send_due_messages" in rung
    assert rung <= set(current_app.tasks)


@pytest.fixture
def alive(db):
    """The stamps as they stood, whoever else uses this Redis."""
    before = cache.get_many([BEAT, WORKER])
    yield
    cache.delete_many([BEAT, WORKER])
    cache.set_many(before, 3600)


def test_fr7_the_doctor_is_loud_when_nothing_would_be_sent(alive):
    cache.set_many({BEAT: time.time(), WORKER: time.time()}, 60)
    assert {each.subject for each in _processes(NOW) if each.wrong} == set()

    cache.delete_many([BEAT, WORKER])

    assert {each.subject for each in _processes(NOW) if each.wrong} == {"worker", "beat"}
