"""The rows of the composer: what is drawn from which product, and how much goes where."""

from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django import forms
from django.core.exceptions import ValidationError
from django.forms.formsets import BaseFormSet, formset_factory
from django.utils.formats import number_format
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from clinic.amounts import AmountField
from clinic.folding import turkish_sort_key
from cocktails.catalogue.models import Product
from cocktails.composition import terms
from cocktails.composition.rules import Place
from cocktails.composition.targets import Wanted

MOST_PORTIONS = 12
MOST_PLACES = 14
MOST_ML = Decimal(100)
MOST_MG_PER_ML = Decimal(1000)
MOST_ML_PER_POINT = Decimal(1)
MOST_POINTS = 500


class ProductField(forms.ChoiceField):
    """One product of the shelf. With strengths, grouped by ingredient: the same name on the label
    comes in several. A name that tells its strength is not told it twice, for a narrow box would
    cut off what stands last: with sulfite, with adrenaline."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(widget=forms.Select(attrs={"class": "form-select"}), **kwargs)

    def offer(self, shelf: Sequence[Product], *, with_strength: bool) -> None:
        self.by_id = {str(product.pk): product for product in shelf}
        if not with_strength:
            self.choices = [
                ("", gettext("None")),
                *((key, p.name) for key, p in self.by_id.items()),
            ]
            return
        groups: dict[str, list[tuple[str, str]]] = {}
        for product in sorted(shelf, key=lambda each: turkish_sort_key(each.ingredient.name)):
            strength = number_format(product.strength)
            line = product.name
            if f" {strength} mg/ml" not in line:
                line = gettext("%(strength)s mg/ml · %(product)s") % {
                    "strength": strength,
                    "product": line,
                }
            groups.setdefault(product.ingredient.name, []).append((str(product.pk), line))
        self.choices = [("", gettext("Choose")), *groups.items()]

    def clean(self, value: Any) -> Product | None:
        return self.by_id.get(super().clean(value))


class PortionForm(forms.Form):
    product = ProductField(label=_("Product"), required=False)
    drawn_ml = AmountField(label=_("Drawn"), max_value=MOST_ML, required=False)
    mg_per_ml = AmountField(
        label=_("or wanted"), max_value=MOST_MG_PER_ML, decimal_places=6, required=False
    )

    def __init__(self, *args: Any, shelf: Sequence[Product], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offered(self, "product").offer(shelf, with_strength=True)
        self.shelf = shelf

    @property
    def chosen(self) -> Product | None:
        """The product as the row stands, so that its strength can be shown large."""
        return offered(self, "product").by_id.get(str(self["product"].value() or ""))

    @property
    def other_strengths(self) -> list[Decimal]:
        """In which other strengths the same substance stands on the shelf."""
        chosen = self.chosen
        if chosen is None:
            return []
        same = {each.strength for each in self.shelf if each.ingredient_id == chosen.ingredient_id}
        return sorted(same - {chosen.strength})

    def clean(self) -> dict[str, Any]:
        said = super().clean() or {}
        asked = [said[name] for name in ("drawn_ml", "mg_per_ml") if name in said]
        is_amount_said = any(amount is not None for amount in asked)
        if said.get("product") and len(asked) == 2 and not is_amount_said:
            self.add_error(
                "drawn_ml", ValidationError(_("How much is drawn of it?"), code="incomplete")
            )
        if is_amount_said and "product" in said and not said["product"]:
            self.add_error(
                "product", ValidationError(_("Which product is drawn?"), code="incomplete")
            )
        return said


if TYPE_CHECKING:
    _Rows = BaseFormSet[PortionForm]
else:
    _Rows = BaseFormSet


class BasePortions(_Rows):
    deletion_widget = forms.HiddenInput

    def wanted(self) -> list[tuple[Product, Wanted]]:
        """The rows that are complete: from what, and how much or how strong."""
        return [
            (said["product"], _wanted(said))
            for said in (form.cleaned_data for form in self.kept())
            if said.get("product")
            and not (said.get("drawn_ml") is None and said.get("mg_per_ml") is None)
        ]

    def kept(self) -> Iterator[PortionForm]:
        """The rows that were not removed, cleaned."""
        for form in self.forms:
            form.full_clean()
            if not form.cleaned_data.get("DELETE"):
                yield form


def portions_formset(rows: int) -> type[BasePortions]:
    return formset_factory(  # type: ignore[return-value]
        PortionForm,
        formset=BasePortions,
        extra=rows,
        max_num=MOST_PORTIONS,
        absolute_max=MOST_PORTIONS * 4,
        can_delete=True,
    )


class PlaceForm(forms.Form):
    region = forms.ChoiceField(
        label=_("Region"), required=False, widget=forms.Select(attrs={"class": "form-select"})
    )
    points = forms.IntegerField(
        label=_("Points"), min_value=1, max_value=MOST_POINTS, required=False
    )
    ml_per_point = AmountField(
        label=_("Volume per point"), max_value=MOST_ML_PER_POINT, required=False
    )

    def __init__(self, *args: Any, regions: Sequence[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        region = self.fields["region"]
        assert isinstance(region, forms.ChoiceField)
        region.choices = [("", gettext("Not divided by region")), *regions]
        self.fields["points"].widget = forms.TextInput(
            attrs={"inputmode": "numeric", "autocomplete": "off"}
        )

    def clean(self) -> dict[str, Any]:
        said = super().clean() or {}
        begun = said.get("region") or any(
            said.get(name) is not None or name in self.errors for name in ("points", "ml_per_point")
        )
        for name in ("points", "ml_per_point"):
            if begun and name in said and said[name] is None:
                self.add_error(name, ValidationError(_("This field is required."), code="required"))
        return said


if TYPE_CHECKING:
    _Places = BaseFormSet[PlaceForm]
else:
    _Places = BaseFormSet


class BasePlaces(_Places):
    deletion_widget = forms.HiddenInput

    def kept(self) -> Iterator[PlaceForm]:
        """The rows that were not removed, cleaned."""
        for form in self.forms:
            form.full_clean()
            if not form.cleaned_data.get("DELETE"):
                yield form

    def places(self) -> list[Place]:
        """The rows that are complete."""
        return [
            Place(
                region=said.get("region") or "",
                points=said["points"],
                ml_per_point=said["ml_per_point"],
            )
            for said in (form.cleaned_data for form in self.kept())
            if said.get("points") is not None and said.get("ml_per_point") is not None
        ]

    def clean(self) -> None:
        regions = [each.region for each in self.places()]
        if len(set(regions)) < len(regions):
            raise ValidationError(terms.REGION_TWICE, code="region_twice")
        if "" in regions and len(regions) > 1:
            raise ValidationError(terms.REGION_MISSING, code="region_missing")


def places_formset(rows: int) -> type[BasePlaces]:
    return formset_factory(  # type: ignore[return-value]
        PlaceForm,
        formset=BasePlaces,
        extra=rows,
        max_num=MOST_PLACES,
        absolute_max=MOST_PLACES * 4,
        can_delete=True,
    )


def _wanted(said: dict[str, Any]) -> Wanted:
    product: Product = said["product"]
    return Wanted(
        stock_mg_per_ml=product.strength,
        drawn_ml=said.get("drawn_ml"),
        mg_per_ml=said.get("mg_per_ml"),
    )


def offered(form: forms.Form, name: str) -> ProductField:
    field = form.fields[name]
    assert isinstance(field, ProductField)
    return field
