"""Reads substances.json, the project's own catalogue, once per process."""

import json
from collections.abc import Mapping
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

from cocktails.catalogue.rules import (
    Background,
    Facts,
    IngredientFacts,
    Noted,
    Pair,
    ProductFacts,
)
from cocktails.catalogue.terms import PairAction


@cache
def version() -> str:
    return str(_file()["version"])


@cache
def facts() -> Facts:
    """Return all substances, by id, and all pairs."""
    return Facts(
        ingredients={entry["id"]: _ingredient(entry) for entry in _file()["ingredients"]},
        pairs=tuple(map(_pair, _file()["pairs"])),
    )


@cache
def products() -> tuple[ProductFacts, ...]:
    """Return the products with which a clinic may begin; each clinic keeps its own shelf."""
    return tuple(map(_product, _file()["products"]))


@cache
def backgrounds() -> Mapping[str, Background]:
    """Return what is known of every substance beside its numbers, by id."""
    return {entry["id"]: _background(entry) for entry in _file()["ingredients"]}


@cache
def turkish_texts() -> Mapping[str, Mapping[str, str]]:
    """Return the texts of a substance that exist in Turkish, by id and field of its background."""
    content: dict[str, dict[str, str]] = json.loads(
        Path(__file__).with_name("substances_tr.json").read_text(encoding="utf-8")
    )
    return content


def allergen_group_name(group: str, language: str) -> str:
    """Return the name of an allergen group for a reader of "tr", or in English."""
    names: Mapping[str, Mapping[str, str]] = _file()["allergen_groups"]
    return names[group]["tr" if language.startswith("tr") else "en"]


@cache
def allergen_groups() -> tuple[str, ...]:
    return tuple(_file()["allergen_groups"])


@cache
def _file() -> dict[str, Any]:
    content: dict[str, Any] = json.loads(
        Path(__file__).with_name("substances.json").read_text(encoding="utf-8")
    )
    return content


def _ingredient(entry: Mapping[str, Any]) -> IngredientFacts:
    limits = entry.get("limits", {})
    ph = entry.get("ph", {})
    return IngredientFacts(
        id=entry["id"],
        name_en=entry["en"],
        name_tr=entry["tr"],
        roles=tuple(entry["roles"]),
        allergen_groups=frozenset(entry["allergen_groups"]),
        soft_mg=_decimal(limits.get("soft_mg")),
        hard_mg=_decimal(limits.get("hard_mg")),
        max_mg_per_kg=_decimal(limits.get("max_mg_per_kg")),
        limit_source=limits.get("source", ""),
        limit_certainty=limits.get("certainty", ""),
        ph_min=_decimal(ph.get("min")),
        ph_max=_decimal(ph.get("max")),
        ph_certainty=ph.get("certainty", ""),
        lowest_mg_per_ml=_decimal(entry["concentration"]["min_mg_per_ml"]),
        highest_mg_per_ml=_decimal(entry["concentration"]["max_mg_per_ml"]),
        lowest_ml_per_point=_decimal(entry["point"]["min_ml"]),
        highest_ml_per_point=_decimal(entry["point"]["max_ml"]),
    )


def _background(entry: Mapping[str, Any]) -> Background:
    light = entry["photosensitising"]
    return Background(
        cas=entry.get("cas", ""),
        atc=entry.get("atc", ""),
        mechanism=entry["mechanism"],
        vial=entry["vial"],
        concentration=_noted(entry["concentration"]),
        point=_noted(entry["point"]),
        ph=_noted(entry.get("ph", {})),
        incompatible=entry["incompatible"],
        allergens=entry["allergens"],
        contraindications=entry["contraindications"],
        photosensitising=light["answer"],
        photosensitising_note=light["note"],
        pregnancy=entry["pregnancy"],
        evidence=entry["evidence"],
        licence=entry["licence"],
        confidence=entry["confidence"],
    )


def _noted(entry: Mapping[str, Any]) -> Noted:
    return Noted(text=entry.get("source", ""), certainty=entry.get("certainty", ""))


def _pair(entry: Mapping[str, Any]) -> Pair:
    return Pair(
        a=entry["a"],
        b=entry["b"],
        action=PairAction(entry["action"]),
        reason_en=entry["en"],
        reason_tr=entry["tr"],
        certainty=entry["certainty"],
    )


def _product(entry: Mapping[str, Any]) -> ProductFacts:
    excipients = entry["excipients"]
    return ProductFacts(
        code=entry["code"],
        ingredient=entry["ingredient"],
        name_en=entry["en"],
        name_tr=entry["tr"],
        stock_mg_per_ml=Decimal(entry["stock_mg_per_ml"]),
        ampoule_ml=Decimal(entry["ampoule_ml"]),
        excipients=None if excipients is None else frozenset(excipients),
        maker=entry["maker"],
        is_multi_dose=entry["multi_dose"],
        use_within_hours=entry["use_within_hours"],
    )


def _decimal(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)
