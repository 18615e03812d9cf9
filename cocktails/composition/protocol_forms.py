"""The entry of a protocol: the composer's rows with a name, a kind of spot and a note."""

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from cocktails.catalogue.models import Product
from cocktails.composition.forms import Composer
from cocktails.composition.models import Protocol


class AboutForm(forms.Form):
    name = forms.CharField(label=_("Name"), max_length=120)
    spot_type = forms.ChoiceField(label=_("Kind of spot"), required=False)
    note = forms.CharField(
        label=_("Note"),
        max_length=2000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
    )

    def __init__(self, *args: Any, spot_types: Sequence[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        spots = self.fields["spot_type"]
        assert isinstance(spots, forms.ChoiceField)
        spots.choices = [("", gettext("Any")), *spot_types]


class ProtocolEntry:
    """A protocol as it is typed."""

    def __init__(
        self,
        *,
        products: Sequence[Product],
        diluents: Sequence[Product],
        regions: Sequence[tuple[str, str]],
        spot_types: Sequence[tuple[str, str]],
        typed: Mapping[str, Any] | None = None,
        like: Protocol | None = None,
    ) -> None:
        about = (
            {"name": like.name, "spot_type": like.spot_type, "note": like.note} if like else None
        )
        self.about = AboutForm(typed, initial=about, spot_types=spot_types)
        self.composer = Composer(
            products=products, diluents=diluents, regions=regions, typed=typed, like=like
        )

    def is_valid(self) -> bool:
        valid = [self.about.is_valid(), self.composer.is_valid(needs_places=False)]
        return all(valid)

    def protocol(self) -> dict[str, Any]:
        return {**self.about.cleaned_data, **self.composer.cocktail()}
