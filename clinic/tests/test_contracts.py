"""Every import contract is seen to fail on a planted violation."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings

PLANTED = {
    "Apps follow the patient's journey": (
        "patients/records/queries.py",
        "import treatments.models",
    ),
    "Slices of patients": ("patients/records/queries.py", "import patients.screening.models"),
    "Slices of cocktails": (
        "cocktails/catalogue/queries.py",
        "import cocktails.composition.models",
    ),
    "Slices of treatments": ("treatments/booking/queries.py", "import treatments.plans.models"),
    "Inside a slice imports go down": (
        "treatments/plans/terms.py",
        "import treatments.plans.models",
    ),
    "Rules know no database": ("treatments/plans/rules.py", "import django.db"),
    "Views, tasks and forms of an action": (
        "clinic/messages/tasks.py",
        "import clinic.messages.models",
    ),
    "Actions record what is owed": ("clinic/messages/actions.py", "import clinic.messages.tasks"),
    "Only clinic.pdf knows WeasyPrint": ("patients/records/queries.py", "import weasyprint"),
    "The access log is read by its own page": (
        "patients/records/queries.py",
        "import clinic.audit.queries",
    ),
    "a new slice": ("treatments/surprise/__init__.py", ""),
}


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    for name in ("clinic", "patients", "cocktails", "treatments"):
        shutil.copytree(
            settings.ROOT / name,
            tmp_path / name,
            ignore=shutil.ignore_patterns("__pycache__", "*.json", "*.csv", "*.jsonl"),
        )
    shutil.copy(settings.ROOT / ".importlinter", tmp_path)
    return tmp_path


def lint(tree: Path) -> subprocess.CompletedProcess[str]:
    command = Path(sys.executable).with_name("lint-imports")
    return subprocess.run(
        [command, "--no-cache"],
        cwd=tree,
        env=os.environ | {"COLUMNS": "250"},
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_tree_as_it_stands_keeps_every_contract(tree):
    assert lint(tree).returncode == 0


@pytest.mark.slow
@pytest.mark.parametrize("contract", PLANTED)
def test_a_planted_violation_is_seen(tree, contract):
    path, line = PLANTED[contract]
    planted = tree / path
    planted.parent.mkdir(exist_ok=True)
    planted.write_text((planted.read_text() if planted.exists() else "") + f"\n{line}\n")

    result = lint(tree)

    assert result.returncode != 0
    if contract == "a new slice":
        assert "treatments.surprise" in result.stdout
    else:
        verdicts = {
            line
            for line in result.stdout.splitlines()
            if line.startswith(contract) and "BROKEN" in line
        }
        assert len(verdicts) == 1, result.stdout
