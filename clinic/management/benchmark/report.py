"""The table for people, and the same as JSON."""

import os
import platform
import shutil
import subprocess
from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.db import connection

HEAD = (
    "work",
    "size",
    "p50 ms or per s",
    "p95 ms",
    "limit",
    "ratio",
    "goal",
    "growth",
    "statements",
)


def machine() -> dict[str, Any]:
    with connection.cursor() as cursor:
        cursor.execute("SHOW server_version")
        database = cursor.fetchone()[0]
    return {
        "cores": os.cpu_count(),
        "load": round(os.getloadavg()[0], 2),
        "system": platform.system(),
        "python": platform.python_version(),
        "postgresql": database,
    }


def commit() -> str:
    if shutil.which("git") is None:
        return "unknown"
    asked = subprocess.run(  # noqa: S603
        ["git", "-C", str(settings.ROOT), "rev-parse", "HEAD"],  # noqa: S607
        capture_output=True,
        text=True,
        check=False,
    )
    return asked.stdout.strip() or "unknown"


def table(rows: Sequence[dict[str, Any]]) -> str:
    lines = [HEAD, *(_cells(row) for row in rows)]
    widths = [max(len(line[place]) for line in lines) for place in range(len(HEAD))]
    drawn = ["  ".join(cell.rjust(width) for cell, width in zip(line, widths, strict=True))
             for line in lines]  # fmt: skip
    return "\n".join([drawn[0], "-" * len(drawn[0]), *drawn[1:]])


def _cells(row: dict[str, Any]) -> tuple[str, ...]:
    cost = f"{row['per_s']:.1f}/s" if "per_s" in row else f"{row['p50_ms']:.2f}"
    over = " !" if row["goal"] is not None and row["ratio"] > row["goal"] else ""
    return (
        row["work"],
        f"{row['size']:,}",
        cost,
        f"{row['p95_ms']:.1f}",
        f"{row['limit']:.2f}",
        f"{row['ratio']:.2f}{over}",
        "-" if row["goal"] is None else f"{row['goal']:g}",
        "-" if row["growth"] is None else f"{row['growth']:.2f}",
        str(row["statements"]),
    )
