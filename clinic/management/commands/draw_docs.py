"""`manage.py draw_docs`: the pages of docs/generated/, drawn from the tables that the code obeys."""

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand
from django.db.models import TextChoices

from clinic.messages import rules as messages
from clinic.staff.rules import ABILITIES
from clinic.staff.terms import Ability, Role
from treatments.booking import rules as booking
from treatments.plans import rules as plans

FOLDER = Path(settings.ROOT) / "docs" / "generated"
HEAD = "<!-- Drawn by `manage.py draw_docs`; a test keeps it equal to the code. -->\n\n"


class Command(BaseCommand):
    help = "Draw docs/generated/ anew from the code's own tables."
    requires_system_checks = []

    def handle(self, *args: Any, **options: Any) -> None:
        for name, text in pages().items():
            (FOLDER / name).write_text(text, encoding="utf-8")


def pages() -> dict[str, str]:
    """File name -> text of every generated page."""
    return {"roles.md": HEAD + _roles(), "states.md": HEAD + _states()}


def _roles() -> str:
    heads = [role.value for role in Role]
    lines = ["# Who may do what", "", f"| | {' | '.join(heads)} |", f"|---|{'---|' * len(heads)}"]
    for ability in Ability:
        marks = ["yes" if ability in ABILITIES[role] else "" for role in Role]
        lines.append(f"| {ability} | {' | '.join(marks)} |")
    return "\n".join([*lines, ""])


def _states() -> str:
    drawings: tuple[tuple[str, Mapping[Any, AbstractSet[Any]]], ...] = (
        ("Appointment", booking.TRANSITIONS),
        ("Planned session", plans.TRANSITIONS),
        ("Treatment plan", plans.PLAN_TRANSITIONS),
        ("Message", messages.TRANSITIONS),
    )
    parts = ["# What may follow what", ""]
    for name, transitions in drawings:
        parts += [
            f"## {name}",
            "",
            "```mermaid",
            "stateDiagram-v2",
            *_arrows(transitions),
            "```",
            "",
        ]
    return "\n".join(parts)


def _arrows(transitions: Mapping[TextChoices, AbstractSet[TextChoices]]) -> list[str]:
    order = list(transitions)
    arrows = []
    for state in order:
        nexts = sorted(transitions[state], key=order.index)
        arrows += [f"    {state.value} --> {after.value}" for after in nexts]
        if not nexts:
            arrows.append(f"    {state.value} --> [*]")
    return arrows
