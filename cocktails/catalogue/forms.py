"""Entries about the shelf: limits of an ingredient, a product, what becomes of newer values."""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.formats import number_format
from django.utils.translation import gettext_lazy as _

from clinic.amounts import AmountField, plain
from clinic.folding import turkish_sort_key
from cocktails.catalogue.facts import allergen_group_name, allergen_groups
from cocktails.catalogue.models import Ingredient, Product
from cocktails.catalogue.queries import facts_of_row
from cocktails.catalogue.rules import LIMITS, possible_groups, sure_groups
from cocktails.catalogue.terms import Certainty, Excipient

MOST_MG = Decimal(10_000)
MOST_MG_PER_ML = Decimal(1000)  # 1 g in 1 ml: above it, a unit was taken for another
MOST_ML = Decimal(1000)
MOST_HOURS = 24 * 365


class LimitsForm(forms.Form):
    """Empty means: no limit is known. 0 as the stop means: never injected."""

    soft_mg = AmountField(
        label=_("Caution above (mg per session)"),
        max_value=MOST_MG,
        decimal_places=6,
        allows_zero=True,
        required=False,
    )
    hard_mg = AmountField(
        label=_("Stop above (mg per session)"),
        max_value=MOST_MG,
        decimal_places=6,
        allows_zero=True,
        required=False,
        help_text=_("0: on the skin only, never injected."),
    )
    max_mg_per_kg = AmountField(
        label=_("Stop above (mg per kg of body weight)"),
        max_value=MOST_MG,
        decimal_places=6,
        required=False,
    )
    lowest_mg_per_ml = AmountField(
        label=_("Lowest usual concentration (mg/ml)"),
        max_value=MOST_MG_PER_ML,
        decimal_places=6,
        allows_zero=True,
        required=False,
    )
    highest_mg_per_ml = AmountField(
        label=_("Highest usual concentration (mg/ml)"),
        max_value=MOST_MG_PER_ML,
        decimal_places=6,
        required=False,
    )
    lowest_ml_per_point = AmountField(
        label=_("Lowest usual volume per point (ml)"),
        max_value=Decimal(1),
        decimal_places=3,
        required=False,
    )
    highest_ml_per_point = AmountField(
        label=_("Highest usual volume per point (ml)"),
        max_value=Decimal(1),
        decimal_places=3,
        required=False,
    )
    ph_min = AmountField(
        label=_("Lowest pH"),
        max_value=Decimal(14),
        decimal_places=2,
        allows_zero=True,
        required=False,
    )
    ph_max = AmountField(
        label=_("Highest pH"), max_value=Decimal(14), decimal_places=2, required=False
    )
    source = forms.CharField(
        label=_("Source of the limits"),
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    certainty = forms.ChoiceField(label=_("Certainty"), choices=Certainty.choices)
    reason = forms.CharField(
        label=_("Why it is changed"),
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("Stands in the history with your name and certificate number."),
    )

    @classmethod
    def of(cls, ingredient: Ingredient) -> "LimitsForm":
        known = facts_of_row(ingredient)
        return cls(
            initial={
                **{name: getattr(known, name) for name in LIMITS},
                "source": known.limit_source,
                "certainty": known.limit_certainty,
            }
        )

    def change(self) -> dict[str, Any]:
        said = self.cleaned_data
        return {
            "limits": {name: said[name] for name in LIMITS},
            "source": said["source"],
            "certainty": said["certainty"],
            "reason": said["reason"],
        }


class AllergensForm(forms.Form):
    """Which allergies a substance concerns: always, or in products whose leaflet says so."""

    always = forms.MultipleChoiceField(
        label=_("Always: the substance itself"),
        widget=forms.CheckboxSelectMultiple,
        required=False,
    )
    in_some = forms.MultipleChoiceField(
        label=_("In some products: as their leaflet says"),
        widget=forms.CheckboxSelectMultiple,
        required=False,
    )
    # The groups that were named when somebody was asked, and whether it is meant.
    asked = forms.CharField(max_length=4000, required=False, widget=forms.HiddenInput)
    is_meant = forms.BooleanField(
        label=_("I have read it, and it is meant."),
        required=False,
        widget=forms.CheckboxInput(attrs={"class": "form-check-input"}),
    )
    reason = forms.CharField(
        label=_("Why it is changed"),
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("Stands in the history with your name and certificate number."),
    )

    def __init__(self, *args: Any, ingredient: Ingredient, language: str, **kwargs: Any) -> None:
        in_force = ingredient.allergen_groups
        shipped = ingredient.shipped.get("allergen_groups", [])
        sure, possible = sure_groups(in_force), possible_groups(in_force)
        kwargs.setdefault("initial", {"always": sorted(sure), "in_some": sorted(possible)})
        super().__init__(*args, **kwargs)
        nameable = set(Excipient.values) | possible | possible_groups(shipped)
        _offer_groups(self.fields["always"], allergen_groups(), language)
        _offer_groups(self.fields["in_some"], nameable.intersection(allergen_groups()), language)

    def ask_about(self, groups: Iterable[str]) -> None:
        """Show it again with what is asked; what was meant before was about other groups."""
        typed = self.data.copy()  # type: ignore[attr-defined]
        typed["asked"] = " ".join(sorted(groups))
        typed.pop("is_meant", None)
        self.data = typed

    def change(self) -> dict[str, Any]:
        said = self.cleaned_data
        return {
            "always": said["always"],
            "in_some": said["in_some"],
            "accepted": said["asked"].split() if said["is_meant"] else [],
            "reason": said["reason"],
        }


def _offer_groups(field: forms.Field, groups: Iterable[str], language: str) -> None:
    assert isinstance(field, forms.MultipleChoiceField)
    names = {group: allergen_group_name(group, language) for group in groups}
    in_order = sorted(names, key=lambda group: turkish_sort_key(names[group]))
    field.choices = [(group, names[group]) for group in in_order]


class _KnownOrNot(forms.TypedChoiceField):
    """Yes, no, or nobody has said."""

    def __init__(self, *, yes: Any, no: Any, unknown: Any, **kwargs: Any) -> None:
        super().__init__(
            choices=[("", unknown), ("no", no), ("yes", yes)],
            coerce=lambda value: value == "yes",
            empty_value=None,
            required=False,
            **kwargs,
        )


class ProductForm(forms.Form):
    """What stands on the package. The strength is asked, never worked out for somebody."""

    stock_mg_per_ml = AmountField(
        label=_("Strength (mg/ml)"),
        max_value=MOST_MG_PER_ML,
        decimal_places=6,
        allows_zero=True,
        help_text=_("mg in ONE millilitre. “250 mg” is 50 mg/ml in 5 ml and 100 mg/ml in 2.5 ml."),
    )
    ampoule_ml = AmountField(label=_("Volume of one ampoule or vial (ml)"), max_value=MOST_ML)
    label_mg = AmountField(
        label=_("Amount on the label (mg)"),
        max_value=Decimal(1_000_000),
        decimal_places=6,
        required=False,
        help_text=_("If the label names one, it is compared: strength x volume must give it."),
    )
    name_tr = forms.CharField(label=_("Product (Turkish)"), max_length=120)
    name_en = forms.CharField(label=_("Product (English)"), max_length=120)
    maker = forms.CharField(label=_("Maker"), max_length=120, required=False)
    is_leaflet_read = forms.BooleanField(
        label=_("Somebody read the leaflet for excipients"),
        required=False,
        help_text=_("Not ticked: whatever products of this substance may contain counts as there."),
    )
    excipients = forms.MultipleChoiceField(
        label=_("Excipients that the leaflet names"),
        choices=Excipient.choices,
        widget=forms.CheckboxSelectMultiple,
        required=False,
    )
    is_multi_dose = _KnownOrNot(
        label=_("Multi-dose"),
        yes=_("Multi-dose: for several patients"),
        no=_("Single dose: one patient, the rest is thrown away"),
        unknown=_("Not known"),
    )
    use_within_hours = forms.IntegerField(
        label=_("Use within (hours after opening)"),
        min_value=1,
        max_value=MOST_HOURS,
        required=False,
    )
    reason = forms.CharField(
        label=_("Why it is changed"),
        max_length=2000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_(
            "Needed when excipients change, also when the leaflet is read for the first time: "
            "patients are warned by them. Name the leaflet and its date."
        ),
    )

    def __init__(self, *args: Any, product: Product | None = None, **kwargs: Any) -> None:
        if product is not None and "initial" not in kwargs:
            kwargs["initial"] = _entries_of(product)
        super().__init__(*args, **kwargs)
        self.product = product
        if product is not None:
            # What was drawn from it would have been something else.
            for name in ("stock_mg_per_ml", "ampoule_ml", "label_mg"):
                del self.fields[name]
        else:
            del self.fields["reason"]

    def clean(self) -> dict[str, Any]:
        said = super().clean() or {}
        if said.get("excipients") and not said.get("is_leaflet_read"):
            self.add_error(
                "is_leaflet_read",
                ValidationError(_("Excipients are named: was the leaflet read?"), code="leaflet"),
            )
        self._compare_with_label(said)
        return said

    def _compare_with_label(self, said: Mapping[str, Any]) -> None:
        strength: Decimal | None = said.get("stock_mg_per_ml")
        volume: Decimal | None = said.get("ampoule_ml")
        label: Decimal | None = said.get("label_mg")
        if strength is None or volume is None or label is None or strength * volume == label:
            return
        self.add_error(
            "label_mg",
            ValidationError(
                _(
                    "%(strength)s mg/ml in %(volume)s ml are %(product)s mg, the label says "
                    "%(label)s mg. Read the strength on the ampoule again; 1 g is 1000 mg."
                ),
                code="label",
                params={
                    "strength": number_format(strength),
                    "volume": number_format(volume),
                    "product": number_format(plain(strength * volume)),
                    "label": number_format(label),
                },
            ),
        )

    def described(self) -> dict[str, Any]:
        said = self.cleaned_data
        known = {
            "name_tr": said["name_tr"],
            "name_en": said["name_en"],
            "maker": said["maker"],
            "excipients": sorted(said["excipients"]) if said["is_leaflet_read"] else None,
            "is_multi_dose": said["is_multi_dose"],
            "use_within_hours": said["use_within_hours"],
        }
        if self.product is not None:
            return known | {"reason": said["reason"]}
        return known | {name: said[name] for name in ("stock_mg_per_ml", "ampoule_ml")}


class OfferForm(forms.Form):
    """For each newer shipped value: take it, or keep ours. Neither is chosen beforehand."""

    version = forms.CharField(max_length=20, widget=forms.HiddenInput)
    reason = forms.CharField(
        label=_("Why"), max_length=2000, widget=forms.Textarea(attrs={"rows": 2})
    )

    def __init__(self, *args: Any, row: Ingredient | Product, **kwargs: Any) -> None:
        kwargs.setdefault("initial", {"version": row.offered_version})
        # Several of them stand on one page.
        kwargs.setdefault("auto_id", f"id_{row.pk}_%s")
        super().__init__(*args, **kwargs)
        self.names = sorted(row.offered)
        for name in self.names:
            self.fields[f"of_{name}"] = forms.ChoiceField(
                label=row._meta.get_field(name).verbose_name,  # type: ignore[union-attr]
                choices=[("take", _("Take the newer value")), ("keep", _("Keep ours"))],
                widget=forms.RadioSelect,
            )

    def taken(self) -> set[str]:
        return {name for name in self.names if self.cleaned_data[f"of_{name}"] == "take"}


def _entries_of(product: Product) -> dict[str, Any]:
    return {
        "name_tr": product.name_tr,
        "name_en": product.name_en,
        "maker": product.maker,
        "is_leaflet_read": product.excipients is not None,
        "excipients": product.excipients or [],
        "is_multi_dose": {True: "yes", False: "no", None: ""}[product.is_multi_dose],
        "use_within_hours": product.use_within_hours,
    }
