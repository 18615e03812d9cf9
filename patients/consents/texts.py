"""The consent texts that come with the software: one file per version, kind and language."""

from functools import cache
from pathlib import Path

FOLDER = Path(__file__).parent / "texts"


@cache
def shipped_version() -> str:
    """The newest version that came with the software."""
    return str(max(int(each.name) for each in FOLDER.iterdir() if each.name.isdigit()))


@cache
def shipped_text(kind: str, language: str) -> str:
    path = FOLDER / shipped_version() / f"{kind}.{language}.txt"
    return path.read_text(encoding="utf-8").strip()
