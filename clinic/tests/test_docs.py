"""Documentation that fails the build when it is incomplete."""

import re
from pathlib import Path

from django.conf import settings

from clinic.management.commands.draw_docs import FOLDER, pages

ROOT = Path(settings.ROOT)


def test_generated_pages_equal_the_code():
    for name, text in pages().items():
        assert (FOLDER / name).read_text(encoding="utf-8") == text, (
            f"{name}: run manage.py draw_docs"
        )


def test_every_variable_of_the_settings_stands_in_the_example():
    asked = set(
        re.findall(r'env(?:\.\w+)?\(\s*"([A-Z_]+)"', (ROOT / "clinic/settings.py").read_text())
    )
    example = (ROOT / ".env.example").read_text()

    assert len(asked) > 15
    assert {name for name in asked if not re.search(rf"^#?\s*{name}=", example, re.M)} == set()


def test_decisions_have_numbers_of_their_own():
    numbers = [path.name[:4] for path in (ROOT / "docs/decisions").glob("*.md")]

    assert len(numbers) == len(set(numbers)) > 4
    assert all(number.isdigit() for number in numbers)


def test_pages_named_in_the_docs_exist():
    for page in [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *(ROOT / "docs").rglob("*.md")]:
        for named in re.findall(r"`(docs/[\w/.-]+)`", page.read_text(encoding="utf-8")):
            assert (ROOT / named).exists(), f"{page.name} names {named}"


def test_every_command_of_ours_stands_in_the_readme():
    readme = (ROOT / "README.md").read_text()
    commands = {p.stem for p in (ROOT / "clinic/management/commands").glob("[a-z]*.py")}

    assert {name for name in commands if name not in readme} == set()
