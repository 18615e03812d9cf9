"""What a soak found: a line for each case as it ends, and figures for whoever compares runs."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any


@dataclass
class Found:
    """The cases of one run. A case that raises has failed, and the next one goes on."""

    say: Callable[[str], object]
    seed: int
    cases: list[dict[str, Any]] = field(default_factory=list)
    omitted: list[dict[str, str]] = field(default_factory=list)

    def case(self, name: str, holds: bool, **figures: Any) -> None:
        self.cases.append({"case": name, "passed": holds, **figures})
        shown = "  ".join(f"{key} {value}" for key, value in figures.items())
        self.say(f"{'passed' if holds else 'FAILED'}  {name}  {shown}")

    def left_out(self, name: str, why: str) -> None:
        """What this machine does not permit: neither passed nor failed, and said plainly."""
        self.omitted.append({"case": name, "why": why})
        self.say(f"LEFT OUT  {name}  {why}")

    @property
    def failed(self) -> int:
        return sum(not each["passed"] for each in self.cases)

    @property
    def last_line(self) -> str:
        return f"{len(self.cases) - self.failed} passed, {self.failed} failed"

    def write(self, path: Path, *, name: str, quick: bool) -> None:
        content = {
            "soak": name, "quick": quick, "seed": self.seed, "cases": self.cases,
            "left_out": self.omitted,
        }  # fmt: skip
        path.write_text(json.dumps(content, indent=1) + "\n")


def percentile(seconds: list[float], share: float) -> float:
    ordered = sorted(seconds)
    return round(ordered[min(len(ordered) - 1, int(len(ordered) * share))], 3) if ordered else 0.0
