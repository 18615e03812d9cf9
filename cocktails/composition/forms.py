"""The composer's entries. Nothing is filled in but what the patient's own last cocktail says."""

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django import forms
from django.core.exceptions import ValidationError
from django.forms.formsets import BaseFormSet, formset_factory
from django.utils.formats import number_format
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from clinic.amounts import AmountField, plain
from clinic.folding import turkish_sort_key
from cocktails.catalogue.models import Product
from cocktails.composition.models import Cocktail

MOST_PORTIONS = 12
MOST_ML = Decimal(100)
MOST_ML_PER_POINT = Decimal(1)
MOST_POINTS = 500
NOT_SAID = frozenset({"required", "incomplete"})


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

    def __init__(self, *args: Any, shelf: Sequence[Product], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offered(self, "product").offer(shelf, with_strength=True)

    def clean(self) -> dict[str, Any]:
        said = super().clean() or {}
        if said.get("product") and "drawn_ml" in said and said["drawn_ml"] is None:
            self.add_error(
                "drawn_ml", ValidationError(_("How much is drawn of it?"), code="incomplete")
            )
        if said.get("drawn_ml") is not None and "product" in said and not said["product"]:
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

    def portions(self) -> list[tuple[Product, Decimal]]:
        """The rows that are complete."""
        return [
            (form.cleaned_data["product"], form.cleaned_data["drawn_ml"])
            for form in self.kept()
            if form.cleaned_data.get("product") and form.cleaned_data.get("drawn_ml") is not None
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


class MixtureForm(forms.Form):
    diluent = ProductField(label=_("Diluent"), required=False)
    diluent_ml = AmountField(label=_("Added"), max_value=MOST_ML, allows_zero=True, required=False)
    points = forms.IntegerField(label=_("Points"), min_value=1, max_value=MOST_POINTS)
    ml_per_point = AmountField(label=_("Volume per point"), max_value=MOST_ML_PER_POINT)
    supersedes = forms.UUIDField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, shelf: Sequence[Product], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offered(self, "diluent").offer(shelf, with_strength=False)
        self.fields["points"].widget = forms.TextInput(
            attrs={"inputmode": "numeric", "autocomplete": "off"}
        )

    def clean(self) -> dict[str, Any]:
        said = super().clean() or {}
        if said.get("diluent") and "diluent_ml" in said and said["diluent_ml"] is None:
            self.add_error(
                "diluent_ml", ValidationError(_("How much diluent is added?"), code="incomplete")
            )
        if said.get("diluent_ml") and "diluent" in said and not said["diluent"]:
            self.add_error(
                "diluent", ValidationError(_("With what is it diluted?"), code="incomplete")
            )
        return said


def offered(form: forms.Form, name: str) -> ProductField:
    field = form.fields[name]
    assert isinstance(field, ProductField)
    return field


class Composer:
    """The whole entry: rows of portions and what they are mixed into."""

    def __init__(
        self,
        *,
        products: Sequence[Product],
        diluents: Sequence[Product],
        typed: Mapping[str, Any] | None = None,
        like: Cocktail | None = None,
        rows: int = 3,
    ) -> None:
        portions, mixture = _entries_of(like) if like else ([], {})
        self.portions = portions_formset(0 if portions else rows)(
            typed, prefix="portions", initial=portions, form_kwargs={"shelf": products}
        )
        self.mixture = MixtureForm(typed, initial=mixture, shelf=diluents)

    def is_valid(self) -> bool:
        # Both are asked, so that every mistake is shown at once.
        valid = [self.portions.is_valid(), self.mixture.is_valid()]
        return all(valid) and bool(self.portions.portions())

    def cocktail(self) -> dict[str, Any]:
        """The entries as the action takes them."""
        said = self.mixture.cleaned_data
        return {
            "portions": self.portions.portions(),
            "diluent": said["diluent"],
            "diluent_ml": said["diluent_ml"] if said["diluent"] else Decimal(0),
            "points": said["points"],
            "ml_per_point": said["ml_per_point"],
        }

    def supersedes(self) -> UUID | None:
        return self.mixture.cleaned_data.get("supersedes")

    def troubles(self) -> list[str]:
        """Entries that cannot be read, in words: what is merely missing is not in it."""
        return [words for code, words in self._complaints() if code not in NOT_SAID]

    def _complaints(self) -> Iterator[tuple[str, str]]:
        forms_asked: list[forms.Form] = [*self.portions.kept(), self.mixture]
        for form in forms_asked:
            for name, errors in form.errors.as_data().items():
                label = form.fields[name].label if name in form.fields else ""
                for error in errors:
                    for words in error.messages:
                        yield (
                            error.code or "",
                            gettext("%(field)s: %(words)s") % {"field": label, "words": words},
                        )
        for error in self.portions.non_form_errors().as_data():
            for words in error.messages:
                yield error.code or "", words


def _entries_of(cocktail: Cocktail) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """The entries that made `cocktail`, to start from. Products no longer in use stay out."""
    portions = [
        {"product": str(each.product_id), "drawn_ml": plain(each.drawn_ml)}
        for each in cocktail.portions.all()
        if each.product.is_active
    ]
    diluent = cocktail.diluent
    return portions, {
        "diluent": str(diluent.pk) if diluent and diluent.is_active else "",
        "diluent_ml": plain(cocktail.diluent_ml) if diluent else None,
        "points": cocktail.points,
        "ml_per_point": plain(cocktail.ml_per_point),
        "supersedes": cocktail.pk,
    }
