"""The composer's entries. Nothing is filled in but what the patient's own last cocktail or the
clinic's own protocol says."""

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any
from uuid import UUID

from django import forms
from django.core.exceptions import ValidationError
from django.utils.formats import number_format
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from clinic.amounts import AmountField, plain
from cocktails.catalogue.models import Product
from cocktails.composition.models import Cocktail, Protocol
from cocktails.composition.rows import (
    MOST_ML,
    PlaceForm,
    PortionForm,
    ProductField,
    offered,
    places_formset,
    portions_formset,
)
from cocktails.composition.targets import ImpossibleTarget, Recipe, recipe
from cocktails.composition.terms import SYRINGES

__all__ = ["Composer", "MixtureForm", "PlaceForm", "PortionForm", "ProductField"]

NOT_SAID = frozenset({"required", "incomplete"})


class MixtureForm(forms.Form):
    diluent = ProductField(label=_("Diluent"), required=False)
    diluent_ml = AmountField(label=_("Added"), max_value=MOST_ML, allows_zero=True, required=False)
    total_ml = AmountField(label=_("or total"), max_value=MOST_ML, required=False)
    syringe_ml = forms.TypedChoiceField(
        label=_("Syringe"),
        coerce=Decimal,
        empty_value=None,
        required=False,
        widget=forms.Select(attrs={"class": "form-select"}),
    )
    supersedes = forms.UUIDField(required=False, widget=forms.HiddenInput)
    protocol = forms.UUIDField(required=False, widget=forms.HiddenInput)

    # Whether some row says by its concentration how much is added.
    total_is_given = False

    def __init__(self, *args: Any, shelf: Sequence[Product], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offered(self, "diluent").offer(shelf, with_strength=False)
        syringe = self.fields["syringe_ml"]
        assert isinstance(syringe, forms.ChoiceField)
        syringe.choices = [
            ("", gettext("Not chosen")),
            *((str(ml), gettext("%(ml)s ml") % {"ml": number_format(ml)}) for ml in SYRINGES),
        ]

    def clean(self) -> dict[str, Any]:
        said = super().clean() or {}
        is_amount_said = self.total_is_given or any(
            said.get(name) is not None or name in self.errors for name in ("diluent_ml", "total_ml")
        )
        if said.get("diluent") and not is_amount_said:
            self.add_error(
                "diluent_ml", ValidationError(_("How much diluent is added?"), code="incomplete")
            )
        if said.get("diluent_ml") and "diluent" in said and not said["diluent"]:
            self.add_error(
                "diluent", ValidationError(_("With what is it diluted?"), code="incomplete")
            )
        return said


class Composer:
    """The whole entry: rows of portions, what they are mixed into, and where it goes."""

    def __init__(
        self,
        *,
        products: Sequence[Product],
        diluents: Sequence[Product],
        regions: Sequence[tuple[str, str]] = (),
        typed: Mapping[str, Any] | None = None,
        like: Cocktail | Protocol | None = None,
        rows: int = 3,
    ) -> None:
        portions, places, mixture = _entries_of(like) if like else ([], [], {})
        self.portions = portions_formset(0 if portions else rows)(
            typed, prefix="portions", initial=portions, form_kwargs={"shelf": products}
        )
        self.places = places_formset(0 if places else 1)(
            typed, prefix="places", initial=places, form_kwargs={"regions": regions}
        )
        self.mixture = MixtureForm(typed, initial=mixture, shelf=diluents)
        self.recipe: Recipe | None = None
        self._impossible = ""

    def is_valid(self, *, needs_places: bool = True) -> bool:
        portions_are_valid = self.portions.is_valid()
        # A wanted concentration says how much is added, or that the total is missing.
        self.mixture.total_is_given = any(
            wanted.mg_per_ml is not None for _product, wanted in self.portions.wanted()
        )
        # All are asked, so that every mistake is shown at once.
        valid = [portions_are_valid, self.places.is_valid(), self.mixture.is_valid()]
        if not all(valid) or not self.portions.wanted():
            return False
        if needs_places and not self.places.places():
            return False
        return self._work_out()

    def _work_out(self) -> bool:
        said = self.mixture.cleaned_data
        try:
            self.recipe = recipe(
                [wanted for _product, wanted in self.portions.wanted()],
                total_ml=said["total_ml"],
                diluent_ml=said["diluent_ml"],
                has_diluent=said["diluent"] is not None,
            )
        except ImpossibleTarget as impossible:
            self._impossible = str(impossible)
            return False
        return True

    def cocktail(self) -> dict[str, Any]:
        """The entries as the action takes them: what is drawn, worked out where it was wanted."""
        said = self.mixture.cleaned_data
        assert self.recipe is not None
        products = [product for product, _wanted in self.portions.wanted()]
        return {
            "portions": list(zip(products, self.recipe.drawn_ml, strict=True)),
            "diluent": said["diluent"],
            "diluent_ml": self.recipe.diluent_ml if said["diluent"] else Decimal(0),
            "places": self.places.places(),
            "syringe_ml": said["syringe_ml"],
        }

    def supersedes(self) -> UUID | None:
        return self.mixture.cleaned_data.get("supersedes")

    def protocol(self) -> UUID | None:
        return self.mixture.cleaned_data.get("protocol")

    def troubles(self) -> list[str]:
        """Entries that cannot be read or made, in words: what is merely missing is not in it."""
        found = [words for code, words in self._complaints() if code not in NOT_SAID]
        return [*found, self._impossible] if self._impossible else found

    def lacks(self, *, needs_places: bool = True) -> list[str]:
        """What is merely missing, in words: said to whoever saves, not to whoever still writes."""
        found = [words for code, words in self._complaints() if code in NOT_SAID]
        if not self.portions.wanted():
            found.insert(0, gettext("Choose at least one product and how much of it is drawn."))
        if needs_places and not self.places.places():
            found.append(gettext("Enter how many points are injected, and how much at each."))
        return list(dict.fromkeys(found))

    def _complaints(self) -> Iterator[tuple[str, str]]:
        forms_asked: list[forms.Form] = [
            *self.portions.kept(),
            self.mixture,
            *self.places.kept(),
        ]
        for form in forms_asked:
            for name, errors in form.errors.as_data().items():
                label = form.fields[name].label if name in form.fields else ""
                for error in errors:
                    for words in error.messages:
                        yield (
                            error.code or "",
                            gettext("%(field)s: %(words)s") % {"field": label, "words": words},
                        )
        for formset in (self.portions, self.places):
            for error in formset.non_form_errors().as_data():
                for words in error.messages:
                    yield error.code or "", words


Entries = tuple[list[dict[str, Any]], list[dict[str, Any]], dict[str, Any]]


def _entries_of(like: Cocktail | Protocol) -> Entries:
    """The entries that made `like`, to start from. Products no longer in use stay out."""
    portions = [
        {"product": str(each.product_id), "drawn_ml": each.ml}
        for each in like.portions.all()
        if each.product.is_active
    ]
    places: list[dict[str, Any]] = [
        {"region": each.region, "points": each.points, "ml_per_point": each.point_ml}
        for each in like.places.all()
    ]
    diluent = like.diluent
    mixture: dict[str, Any] = {
        "diluent": str(diluent.pk) if diluent and diluent.is_active else "",
        "diluent_ml": plain(like.diluent_ml) if diluent else None,
        "syringe_ml": str(plain(like.syringe_ml)) if like.syringe_ml else "",
    }
    if isinstance(like, Protocol):
        return portions, places, mixture | {"protocol": like.pk}
    if not places:
        places = [{"region": "", "points": like.points, "ml_per_point": like.point_ml}]
    return portions, places, mixture | {"supersedes": like.pk, "protocol": like.protocol_id}
