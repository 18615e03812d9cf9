"""The stock: lots, opened vials, and the ledger of everything that moved them."""

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.formats import number_format
from django.utils.translation import gettext_lazy as _

from clinic.amounts import plain
from clinic.audit.models import append_only
from clinic.identity import Addressed
from cocktails.catalogue.models import Product
from cocktails.stock.terms import LONGEST_NUMBER, MovementKind


class Lot(Addressed):
    """What was delivered of a product under one lot number. Its balance is the sum of its ledger."""

    product = models.ForeignKey(Product, on_delete=models.PROTECT, related_name="lots")
    number = models.CharField(_("Lot number"), max_length=LONGEST_NUMBER)
    number_key = models.CharField(max_length=LONGEST_NUMBER)
    gtin = models.CharField(_("Product number (GTIN)"), max_length=14, blank=True)
    expires_on = models.DateField(_("Expiry"))
    # Of the ampoules that were delivered: the product may be described otherwise tomorrow.
    unit_ml = models.DecimalField(_("Ampoule (ml)"), max_digits=8, decimal_places=3)
    # Written by the trigger of the ledger alone.
    balance_ml = models.DecimalField(max_digits=12, decimal_places=3, default=0)
    recalled_at = models.DateTimeField(null=True)
    recall_reason = models.TextField(blank=True)

    class Meta:
        ordering = ["expires_on", "number_key"]
        indexes = [models.Index(fields=["number_key"], name="lot_number")]
        constraints = [
            models.UniqueConstraint(fields=["product", "number_key"], name="lot_of_product_once"),
            models.CheckConstraint(
                name="lot_never_below_zero", condition=Q(balance_ml__gte=0, unit_ml__gt=0)
            ),
        ]

    def __str__(self) -> str:
        return self.number


class OpenedVial(Addressed):
    """A multi-dose vial from its opening until it is empty or discarded."""

    lot = models.ForeignKey(Lot, on_delete=models.PROTECT, related_name="vials")
    opened_at = models.DateTimeField()
    use_before = models.DateTimeField(null=True)  # None: the product says no hours
    closed_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-opened_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["lot"], condition=Q(closed_at__isnull=True), name="one_open_vial_of_a_lot"
            )
        ]

    def __str__(self) -> str:
        return f"{self.opened_at:%Y-%m-%d %H:%M}"


class StockMovement(models.Model):
    """One line of a lot's ledger. Rows are only ever added; a mistake is another row."""

    lot = models.ForeignKey(Lot, on_delete=models.PROTECT, related_name="movements")
    vial = models.ForeignKey(
        OpenedVial, on_delete=models.PROTECT, null=True, related_name="movements"
    )
    kind = models.CharField(max_length=10, choices=MovementKind.choices)
    ml = models.DecimalField(max_digits=12, decimal_places=3)  # what it adds to the balance
    units = models.PositiveIntegerField(null=True)  # ampoules received
    # The planned session it was drawn for. No foreign key: sessions come after the stock.
    session_id = models.UUIDField(null=True)
    supplier = models.CharField(_("Supplier"), max_length=120, blank=True)
    reason = models.TextField(blank=True)
    at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["-at", "-pk"]
        indexes = [models.Index(fields=["session_id"], name="movement_session")]
        constraints = [
            models.CheckConstraint(
                name="movement_has_its_direction",
                condition=(
                    Q(kind=MovementKind.RECEIVED, ml__gt=0)
                    | Q(kind__in=[MovementKind.DRAWN, MovementKind.DISCARDED], ml__lt=0)
                    | Q(kind=MovementKind.CORRECTED)
                    | Q(
                        kind__in=[
                            MovementKind.OPENED,
                            MovementKind.COUNTED,
                            MovementKind.RECALLED,
                            MovementKind.RELEASED,
                        ],
                        ml=0,
                    )
                ),
            )
        ]
        triggers = [
            *append_only(),
            pgtrigger.Trigger(
                name="moves_the_balance",
                when=pgtrigger.After,
                operation=pgtrigger.Insert,
                func=(
                    "UPDATE cocktails_lot SET balance_ml = balance_ml + NEW.ml "
                    "WHERE id = NEW.lot_id; RETURN NULL;"
                ),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.ml} ml"

    @property
    def amount(self) -> str:
        """The signed amount for reading; empty for what moves nothing."""
        if not self.ml:
            return ""
        written = number_format(plain(abs(self.ml)))
        return f"+{written}" if self.ml > 0 else f"\N{MINUS SIGN}{written}"


class LeastStock(models.Model):
    """Below how many ampoules a product is pointed at as low."""

    product = models.OneToOneField(
        Product, on_delete=models.CASCADE, primary_key=True, related_name="least_stock"
    )
    units = models.PositiveIntegerField(_("Point out below (ampoules)"))

    def __str__(self) -> str:
        return str(self.units)


class ProductCode(models.Model):
    """Which product a scanned product number means: learned from the first delivery with it."""

    gtin = models.CharField(max_length=14, primary_key=True)
    product = models.ForeignKey(Product, on_delete=models.CASCADE, related_name="codes")

    def __str__(self) -> str:
        return self.gtin


class DeliveryFile(models.Model):
    """A file of deliveries that was taken in, so that it is not taken in twice."""

    sha256 = models.CharField(max_length=64, unique=True)
    rows = models.PositiveIntegerField()
    at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")

    def __str__(self) -> str:
        return self.sha256
