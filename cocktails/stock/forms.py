"""What is typed about the stock."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from clinic.amounts import AmountField
from clinic.refusals import Refused
from cocktails.catalogue.models import Product
from cocktails.stock import queries, terms
from cocktails.stock.deliveries import day_typed
from cocktails.stock.queries import LotOnShelf

LONGEST_CODE = 200


class Field(forms.CharField):
    """A line of text that looks like the other fields."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.widget.attrs.setdefault("class", "form-control")


class ReceiveForm(forms.Form):
    """A delivery of one lot: typed, or read from a scanned code."""

    lot = Field(
        label=_("Lot number, or scan the code"),
        max_length=LONGEST_CODE,
        widget=forms.TextInput(attrs={"autocomplete": "off", "autofocus": True}),
    )
    product = forms.ChoiceField(
        label=_("Product"),
        required=False,
        widget=forms.Select(attrs={"class": "form-select"}),
        help_text=_("May stay empty when a scanned code is known."),
    )
    expires = Field(
        label=_("Expiry"),
        max_length=10,
        required=False,
        help_text=_("31.12.2027 or 12/2027; a scanned code holds it."),
    )
    units = forms.IntegerField(
        label=_("Ampoules"),
        min_value=1,
        max_value=terms.MOST_UNITS,
        widget=forms.TextInput(attrs={"class": "form-control", "inputmode": "numeric"}),
    )
    supplier = Field(label=_("Supplier"), max_length=120, required=False)

    def __init__(
        self,
        data: QueryDict | None = None,
        *,
        products: Sequence[Product],
        initial: dict[str, Any] | None = None,
    ) -> None:
        super().__init__(data, initial=initial)
        self.products = {str(each.pk): each for each in products}
        self.fields["product"].choices = [  # type: ignore[attr-defined]
            ("", _("Choose a product")),
            *((key, f"{each.name}") for key, each in self.products.items()),
        ]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if "lot" not in cleaned:
            return cleaned
        chosen = self.products.get(cleaned.get("product", ""))
        try:
            read = queries.read_number(cleaned["lot"], chosen)
        except Refused as refusal:
            self.add_error("lot", str(refusal))
            return cleaned
        scanned = read.scanned
        cleaned["number"], cleaned["gtin"] = read.number, scanned.gtin if scanned else ""
        if chosen is None and cleaned["gtin"]:
            chosen = queries.product_of_code(cleaned["gtin"])
        if chosen is None and "product" not in self.errors:
            self.add_error("product", _("Choose the product: this code is not known yet."))
        cleaned["product"] = chosen
        self._clean_expiry(cleaned, scanned.expires_on if scanned else None)
        return cleaned

    def _clean_expiry(self, cleaned: dict[str, Any], scanned: date | None) -> None:
        typed = cleaned.get("expires")
        try:
            cleaned["expires_on"] = day_typed(typed) if typed else scanned
        except Refused as refusal:
            self.add_error("expires", str(refusal))
            return
        if cleaned["expires_on"] is None and "expires" not in self.errors:
            self.add_error("expires", _("Write the expiry."))
        elif typed and scanned and cleaned["expires_on"] != scanned:
            self.add_error("expires", _("The code says another expiry. Check the ampoule."))

    def delivery(self) -> dict[str, Any]:
        """What `receive_lot` takes."""
        names = ("product", "number", "expires_on", "units", "supplier", "gtin")
        return {name: self.cleaned_data[name] for name in names}


class ReasonForm(forms.Form):
    reason = Field(label=_("Why"), max_length=500, required=False)


class DiscardForm(ReasonForm):
    units = forms.IntegerField(
        label=_("Closed ampoules"),
        min_value=1,
        max_value=terms.MOST_UNITS,
        widget=forms.TextInput(attrs={"class": "form-control", "inputmode": "numeric"}),
    )


class CountForm(ReasonForm):
    """What was counted on the shelf."""

    units = forms.IntegerField(
        label=_("Closed ampoules counted"),
        min_value=0,
        max_value=terms.MOST_UNITS,
        widget=forms.TextInput(attrs={"class": "form-control", "inputmode": "numeric"}),
    )

    def __init__(self, data: QueryDict | None = None, *, one: LotOnShelf) -> None:
        super().__init__(data)
        if one.vial is not None:
            self.fields["vial_ml"] = AmountField(
                label=_("Left in the opened vial (ml)"),
                max_value=Decimal(1000),
                allows_zero=True,
                required=True,
            )
            self.fields["vial_ml"].widget.attrs["class"] = "form-control"
        self.order_fields(["units", "vial_ml", "reason"])


class LeastForm(forms.Form):
    units = forms.IntegerField(
        label=_("Point out below (ampoules)"),
        min_value=0,
        max_value=terms.MOST_UNITS,
        required=False,
        widget=forms.TextInput(attrs={"class": "form-control", "inputmode": "numeric"}),
    )


class DeliveryFileForm(forms.Form):
    file = forms.FileField(
        label=_("File (CSV)"),
        widget=forms.ClearableFileInput(
            attrs={"class": "form-control", "accept": ".csv,.txt,text/csv"}
        ),
    )


class DeliveryTextForm(forms.Form):
    """The text that was shown, on its way back to be taken in."""

    text = forms.CharField(max_length=300_000, strip=False)
