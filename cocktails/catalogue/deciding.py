"""What the clinic decides about its shelf: limits, products, and what becomes of newer shipped values."""

from collections.abc import Collection, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import uuid4

from django.db import transaction
from django.utils.translation import gettext as _

from clinic.audit.actions import record
from clinic.refusals import Refused
from clinic.staff.models import StaffMember
from clinic.staff.terms import Ability
from cocktails.catalogue import facts
from cocktails.catalogue.actions import keep_change, kept_value, write_value, written
from cocktails.catalogue.hooks import substances_changed
from cocktails.catalogue.models import Ingredient, Product
from cocktails.catalogue.rules import (
    LIMITS,
    allergens_stated,
    changed_values,
    check_limits,
    no_longer_warned,
)
from cocktails.catalogue.terms import ChangeOrigin, Lost

SHORTEST_REASON = 10
# What may be corrected of a product that is on the shelf. Its substance, strength and volume may
# not: what was drawn from it would have been something else.
CORRECTABLE = ("name_en", "name_tr", "maker", "excipients", "is_multi_dose", "use_within_hours")


class NotAllowed(Refused):
    status = 403
    code = "not_allowed"


class NothingChanged(Refused):
    status = 422
    code = "nothing_changed"


class ReasonTooShort(Refused):
    status = 422
    code = "reason_too_short"


class WarningsLost(Refused):
    """Fewer patients would be warned, and nobody has said that this is meant."""

    status = 422
    code = "warnings_lost"

    def __init__(self, lost: Mapping[str, Lost]) -> None:
        self.lost = dict(lost)
        super().__init__(
            _("Fewer patients would be warned. Read below of what, and confirm that it is meant.")
        )


class NothingOffered(Refused):
    """Somebody else decided in the meantime."""

    code = "nothing_offered"


@transaction.atomic
def change_limits(
    *,
    ingredient: Ingredient,
    limits: Mapping[str, Decimal | None],
    source: str,
    certainty: str,
    reason: str,
    by: StaffMember,
    now: datetime,
) -> Ingredient:
    """Put other limits in force, signed by a physician with the reason.

    Raises NotAllowed, WrongLimits, ReasonTooShort, NothingChanged.
    """
    if not by.may(Ability.CHANGE_LIMITS):
        raise NotAllowed(_("Only a physician changes limits."))
    shipped = facts.facts().ingredients.get(ingredient.slug)
    check_limits(limits, shipped_hard_mg=shipped.hard_mg if shipped else None)
    row = _locked(ingredient.slug)
    entered = {name: kept_value(limits.get(name)) for name in LIMITS}
    entered |= {"limit_source": source.strip(), "limit_certainty": certainty}
    before, after = changed_values(written(row, entered), entered)
    if not after:
        raise NothingChanged(_("Nothing is different from what is in force."))
    reason = _checked(reason)
    for name, value in after.items():
        write_value(row, name, value)
    row.save()
    keep_change(row, ChangeOrigin.CLINIC, before, after, reason=reason, by=by, now=now)
    record(verb="catalogue.limits_changed", subject=row, by=by, now=now, changed=sorted(after))
    substances_changed(ingredients=frozenset({row.slug}), by=by, now=now)
    return row


@transaction.atomic
def change_allergens(
    *,
    ingredient: Ingredient,
    always: Collection[str],
    in_some: Collection[str],
    accepted: Collection[str],
    reason: str,
    by: StaffMember,
    now: datetime,
) -> Ingredient:
    """Put other allergen groups in force, signed by a physician with the reason.

    `always`: in the substance itself; `in_some`: in products whose leaflet names it or is not read.
    `accepted`: the groups of which somebody agreed that fewer patients are warned.
    Raises NotAllowed, WrongAllergens, NothingChanged, WarningsLost, ReasonTooShort.
    """
    if not by.may(Ability.CHANGE_LIMITS):
        raise NotAllowed(_("Only a physician changes allergen groups."))
    row = _locked(ingredient.slug)
    stated = allergens_stated(
        always=always, in_some=in_some, before=row.allergen_groups, known=facts.allergen_groups()
    )
    before, after = changed_values(
        {"allergen_groups": sorted(row.allergen_groups)}, {"allergen_groups": stated}
    )
    if not after:
        raise NothingChanged(_("Nothing is different from what is in force."))
    lost = no_longer_warned(row.allergen_groups, stated)
    if not lost.keys() <= set(accepted):
        raise WarningsLost(lost)
    reason = _checked(reason)
    write_value(row, "allergen_groups", stated)
    row.save(update_fields=["allergen_groups"])
    keep_change(row, ChangeOrigin.CLINIC, before, after, reason=reason, by=by, now=now)
    record(
        verb="catalogue.allergens_changed",
        subject=row,
        by=by,
        now=now,
        before=before["allergen_groups"],
        after=stated,
    )
    substances_changed(ingredients=frozenset({row.slug}), by=by, now=now)
    return row


@transaction.atomic
def add_product(
    *,
    ingredient: Ingredient,
    stock_mg_per_ml: Decimal,
    ampoule_ml: Decimal,
    by: StaffMember,
    now: datetime,
    **described: Any,
) -> Product:
    """Put a product on the clinic's shelf. Its strength stays what it is."""
    _check_keeps(by)
    _locked(ingredient.slug)
    product = Product.objects.create(
        code=f"own-{uuid4().hex[:12]}",
        ingredient=ingredient,
        stock_mg_per_ml=stock_mg_per_ml,
        ampoule_ml=ampoule_ml,
        **{name: described.get(name) for name in CORRECTABLE},
    )
    after = written(product, dict.fromkeys((*CORRECTABLE, "stock_mg_per_ml", "ampoule_ml")))
    keep_change(product, ChangeOrigin.CLINIC, {}, after, by=by, now=now)
    record(verb="catalogue.product_added", subject=product, by=by, now=now)
    return product


@transaction.atomic
def change_product(
    *, product: Product, by: StaffMember, now: datetime, reason: str = "", **described: Any
) -> Product:
    """Correct what is known of a product. Courses in which it stands are screened again.

    Raises NotAllowed, NothingChanged, and ReasonTooShort where the excipients become others: patients
    are warned by them, and reading a leaflet for the first time ends the warnings that stood for
    whatever the product might contain.
    """
    _check_keeps(by)
    _locked(product.ingredient_id)
    row = Product.objects.select_for_update(no_key=True).get(pk=product.pk)
    entered = {name: described[name] for name in CORRECTABLE if name in described}
    before, after = changed_values(written(row, entered), entered)
    if not after:
        raise NothingChanged(_("Nothing is different from what is in force."))
    reason = _checked(reason) if "excipients" in after else reason.strip()
    for name, value in after.items():
        write_value(row, name, value)
    row.save()
    keep_change(row, ChangeOrigin.CLINIC, before, after, reason=reason, by=by, now=now)
    record(verb="catalogue.product_changed", subject=row, by=by, now=now, changed=sorted(after))
    if "excipients" in after:
        substances_changed(ingredients=frozenset({row.ingredient_id}), by=by, now=now)
    return row


@transaction.atomic
def set_product_use(
    *, product: Product, is_active: bool, by: StaffMember, now: datetime
) -> Product:
    """Take a product out of use, or back. What was composed with it stays readable."""
    _check_keeps(by)
    _locked(product.ingredient_id)
    row = Product.objects.select_for_update(no_key=True).get(pk=product.pk)
    if row.is_active == is_active:
        return row
    row.is_active = is_active
    row.save(update_fields=["is_active"])
    was, became = {"is_active": not is_active}, {"is_active": is_active}
    keep_change(row, ChangeOrigin.CLINIC, was, became, by=by, now=now)
    record(verb="catalogue.product_changed", subject=row, by=by, now=now, changed=["is_active"])
    return row


@transaction.atomic
def decide_offer(
    *,
    row: Ingredient | Product,
    take: Collection[str],
    version: str,
    reason: str,
    by: StaffMember,
    now: datetime,
) -> Ingredient | Product:
    """Take these of the newer shipped values, and keep the clinic's own for the others.

    `version`: the offer that was read; another one in the meantime has to be read first.
    """
    if not by.may(Ability.CHANGE_LIMITS):
        raise NotAllowed(_("Only a physician changes limits."))
    slug = row.slug if isinstance(row, Ingredient) else row.ingredient_id
    substance = _locked(slug)
    current: Ingredient | Product = substance
    if isinstance(row, Product):
        current = Product.objects.select_for_update(no_key=True).get(pk=row.pk)
    if not current.offered or current.offered_version != version:
        raise NothingOffered(_("This was decided in the meantime. Look at the page again."))
    reason = _checked(reason)
    offered = dict(current.offered)
    ours = written(current, offered)
    for name in offered:
        if name in take:
            write_value(current, name, offered[name])
    # From now on these values count as seen: only a further change is offered again.
    current.shipped = current.shipped | offered
    current.offered, current.offered_version = {}, ""
    current.save()
    for origin, names in (
        (ChangeOrigin.TAKEN, [name for name in offered if name in take]),
        (ChangeOrigin.KEPT, [name for name in offered if name not in take]),
    ):
        if names:
            keep_change(
                current,
                origin,
                {name: ours[name] for name in names},
                {name: offered[name] for name in names},
                reason=reason,
                by=by,
                now=now,
                data_version=version,
            )
    record(verb="catalogue.offer_decided", subject=current, by=by, now=now, taken=sorted(take))
    if set(take) & offered.keys():
        substances_changed(ingredients=frozenset({slug}), by=by, now=now)
    return current


def _locked(slug: str) -> Ingredient:
    """The ingredient's row is the queue of everything that is decided about it."""
    return Ingredient.objects.select_for_update(no_key=True).get(pk=slug)


def _checked(reason: str) -> str:
    reason = " ".join(reason.split())
    if len(reason) < SHORTEST_REASON:
        raise ReasonTooShort(
            _("Write the reason in at least %(count)d characters.") % {"count": SHORTEST_REASON}
        )
    return reason


def _check_keeps(by: StaffMember) -> None:
    if not by.may(Ability.KEEP_CATALOGUE):
        raise NotAllowed(_("Your role does not change the shelf."))
