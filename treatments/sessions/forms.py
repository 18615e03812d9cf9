"""The treatment-room form: everything may be empty while it is a draft; the signature asks for all."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any
from uuid import UUID

from django import forms
from django.forms.boundfield import BoundField
from django.http import QueryDict
from django.utils.formats import number_format
from django.utils.functional import Promise, cached_property
from django.utils.timezone import localtime, make_aware
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from clinic.amounts import AmountField, plain
from clinic.refusals import Refused
from cocktails.composition.models import Cocktail
from cocktails.stock.queries import LotOnShelf, lots_numbered, lots_to_draw, read_number
from cocktails.stock.rules import number_key
from patients.rulebook.queries import rules_in_force
from treatments.plans.terms import Gloves
from treatments.sessions.models import SessionDraft
from treatments.sessions.prepared import PreparedPortion, prepared_portions
from treatments.sessions.queries import region_label
from treatments.sessions.terms import (
    LEAST_PAIN,
    LONGEST_OBSERVATION_MIN,
    WORST_PAIN,
    AnaestheticCream,
    Antiseptic,
    Device,
    Needle,
    Reaction,
    Technique,
)

Word = str | Promise

MOST_POINTS = 500
# The text of a scanned code is longer than the lot number in it.
LONGEST_CODE = 200
SHORTEST_LIST = 3  # lots that are offered as buttons
MOST_ML = Decimal(10)
DEEPEST_MM = Decimal(13)


def one_of(label: Any, choices: Sequence[tuple[Any, Any]]) -> forms.ChoiceField:
    return forms.ChoiceField(label=label, choices=choices, widget=forms.RadioSelect, required=False)


@dataclass(frozen=True)
class RegionRow:
    """One region on the page: points times volume."""

    region: str
    label: str
    points: BoundField
    each_ml: BoundField
    is_planned: bool


@dataclass(frozen=True)
class LotRow:
    """One product on the page: its lot, the strength to be read, and the lots that may be drawn."""

    portion: PreparedPortion
    lot: BoundField
    strength: BoundField | None  # a diluent has none to confirm
    offered: Sequence[LotOnShelf]
    # Filled in from the stock; nobody has compared it with the ampoule yet.
    is_proposed: bool = False

    @property
    def shown_first(self) -> Sequence[LotOnShelf]:
        return self.offered[:SHORTEST_LIST]


@dataclass(frozen=True)
class Difference:
    """One field in which two people wrote different things."""

    label: Word
    stored: str
    typed: str


class SessionForm(forms.Form):
    version = forms.IntegerField(widget=forms.HiddenInput)
    antiseptic = one_of(_("Antiseptic"), Antiseptic.choices)
    gloves = one_of(_("Gloves"), Gloves.choices)
    anaesthetic_cream = one_of(_("Anaesthetic cream"), AnaestheticCream.choices)
    cream_g = AmountField(
        label=_("Cream (g)"), decimal_places=2, max_value=Decimal(60), required=False
    )
    technique = one_of(_("Technique"), Technique.choices)
    device = one_of(_("Device"), Device.choices)
    needle = forms.ChoiceField(
        label=_("Needle"), choices=[("", "–"), *Needle.choices], required=False
    )
    depth_mm = AmountField(
        label=_("Depth (mm)"),
        decimal_places=1,
        max_value=DEEPEST_MM,
        required=False,
    )
    reactions = forms.MultipleChoiceField(
        label=_("Immediate reactions"),
        choices=Reaction.choices,
        widget=forms.CheckboxSelectMultiple,
        required=False,
    )
    pain = forms.TypedChoiceField(
        label=_("Pain, 0 none to 10 worst"),
        choices=[(number, str(number)) for number in range(LEAST_PAIN, WORST_PAIN + 1)],
        coerce=int,
        empty_value=None,
        widget=forms.RadioSelect,
        required=False,
    )
    observed_min = forms.IntegerField(
        label=_("Observed (min)"), min_value=0, max_value=LONGEST_OBSERVATION_MIN, required=False
    )
    started = forms.TimeField(label=_("Begin"), required=False)
    ended = forms.TimeField(label=_("End"), required=False)
    note = forms.CharField(
        label=_("Note"), max_length=2000, required=False, widget=forms.Textarea(attrs={"rows": 2})
    )

    def __init__(
        self,
        data: QueryDict | None = None,
        *,
        draft: SessionDraft,
        planned_regions: Sequence[str],
        cocktail: Cocktail | None,
        now: datetime,
        proposes_lots: bool = True,
    ) -> None:
        self.draft = draft
        self.now = now
        self.planned = list(planned_regions)
        self.portions = prepared_portions(cocktail, draft)
        initial = _initial(draft, cocktail, self.portions)
        self.proposed = self._proposed() if data is None and proposes_lots else {}
        initial |= {f"lot_{position}": number for position, number in self.proposed.items()}
        super().__init__(data, initial=initial)
        for region in self._all_regions():
            self.fields[f"points_{region}"] = forms.IntegerField(
                label=_("Points"), min_value=0, max_value=MOST_POINTS, required=False
            )
            self.fields[f"each_{region}"] = AmountField(
                label=_("ml per point"), decimal_places=3, max_value=MOST_ML, required=False
            )
        for portion in self.portions:
            self._ask_for_ampoule(portion)
        for name in ("started", "ended"):
            self.fields[name].widget = forms.TimeInput(
                attrs={"type": "time", "class": "form-control"}, format="%H:%M"
            )
        for name, field in self.fields.items():
            if isinstance(field.widget, forms.TextInput | forms.NumberInput | forms.Textarea):
                field.widget.attrs.setdefault("class", "form-control")
            if isinstance(field.widget, forms.Select):
                field.widget.attrs.setdefault("class", "form-select")
            if name.startswith("points_"):
                field.widget.attrs |= {"inputmode": "numeric", "data-points": ""}
            if name.startswith("each_"):
                field.widget.attrs |= {"data-each": ""}

    def _ask_for_ampoule(self, portion: PreparedPortion) -> None:
        of_product = {"product": portion.product.name}
        self.fields[f"lot_{portion.position}"] = forms.CharField(
            label=_("Lot of %(product)s") % of_product,
            max_length=LONGEST_CODE,
            required=False,
            widget=forms.TextInput(
                attrs={"autocomplete": "off", "list": f"lots_of_{portion.position}"}
            ),
        )
        if not portion.is_diluent:
            self.fields[f"strength_{portion.position}"] = forms.BooleanField(
                label=_("The ampoule says %(strength)s mg/ml")
                % {"strength": portion.strength_words},
                required=False,
                widget=forms.CheckboxInput(attrs={"class": "form-check-input"}),
            )

    def _all_regions(self) -> list[str]:
        return list(rules_in_force().vocabulary.regions)

    def at_version(self, version: int) -> None:
        """Let the next saving be meant for this version: a decision made with both in sight."""
        self.data = self.data.copy()  # type: ignore[attr-defined]
        self.data["version"] = str(version)  # type: ignore[index]

    def rows(self, *, planned: bool) -> list[RegionRow]:
        filled = {entry["region"] for entry in self.draft.regions}
        shown = {*self.planned, *filled}
        return [
            RegionRow(
                region=region,
                label=region_label(region, get_language() or "en"),
                points=self[f"points_{region}"],
                each_ml=self[f"each_{region}"],
                is_planned=region in self.planned,
            )
            for region in self._all_regions()
            if (region in shown) == planned
        ]

    @property
    def mapped(self) -> list[str]:
        """The regions that the map shows filled: planned, or written down already."""
        return [*self.planned, *(entry["region"] for entry in self.draft.regions)]

    def planned_rows(self) -> list[RegionRow]:
        return self.rows(planned=True)

    def further_rows(self) -> list[RegionRow]:
        return self.rows(planned=False)

    @cached_property
    def _offered(self) -> Mapping[UUID, Sequence[LotOnShelf]]:
        return lots_to_draw([each.product.pk for each in self.portions], self.now)

    def _proposed(self) -> dict[int, str]:
        """For ampoules of which nothing was written yet: the first expiring lot that suffices.

        Nothing is kept of it until somebody who has the ampoule in the hand saves the page.
        """
        written = {entry["portion"] for entry in self.draft.lots}
        return {
            each.position: first.lot.number
            for each in self.portions
            if each.position not in written
            and (
                first := next(
                    (
                        one
                        for one in self._offered.get(each.product.pk, ())
                        if one.left_ml >= each.drawn_ml
                    ),
                    None,
                )
            )
        }

    def lot_rows(self) -> list[LotRow]:
        return [
            LotRow(
                portion=each,
                lot=self[f"lot_{each.position}"],
                strength=None if each.is_diluent else self[f"strength_{each.position}"],
                offered=self._offered.get(each.product.pk, ()),
                is_proposed=each.position in self.proposed,
            )
            for each in self.portions
        ]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        for region in self._all_regions():
            points, each = cleaned.get(f"points_{region}"), cleaned.get(f"each_{region}")
            if points and each is None and f"each_{region}" not in self.errors:
                self.add_error(f"each_{region}", _("How many ml at each point?"))
        self.numbers = self._lots_read(cleaned)
        return cleaned

    def _lots_read(self, cleaned: Mapping[str, Any]) -> dict[int, str]:
        """The lot numbers by portion, as the record of the stock writes them."""
        numbers: dict[int, str] = {}
        for each in self.portions:
            try:
                text = cleaned.get(f"lot_{each.position}", "")
                numbers[each.position] = read_number(text, each.product).number
            except Refused as refusal:
                self.add_error(f"lot_{each.position}", str(refusal))
        known = lots_numbered(
            [(each.product.pk, numbers.get(each.position, "")) for each in self.portions]
        )
        for each in self.portions:
            found = known.get((each.product.pk, number_key(numbers.get(each.position, ""))))
            if found is not None:
                numbers[each.position] = found.lot.number
        return numbers

    def values(self, day: date) -> dict[str, Any]:
        """The cleaned entries as `save_draft` takes them."""
        cleaned = self.cleaned_data
        values = {
            name: cleaned[name]
            for name in (
                "antiseptic", "gloves", "anaesthetic_cream", "cream_g", "technique", "device",
                "needle", "depth_mm", "reactions", "pain", "observed_min", "note",
            )
        }  # fmt: skip
        if values["anaesthetic_cream"] == AnaestheticCream.NONE:
            values["cream_g"] = None
        values["regions"] = [
            {
                "region": region,
                "points": cleaned[f"points_{region}"],
                "ml": str(plain(cleaned[f"points_{region}"] * cleaned[f"each_{region}"])),
            }
            for region in self._all_regions()
            if cleaned.get(f"points_{region}")
        ]
        values["lots"] = [self._entry(each) for each in self.portions if self._is_written(each)]
        values["ended_at"] = _on_day(cleaned["ended"], day)
        # The begin was stamped when the page was opened; an empty field does not erase it.
        if cleaned["started"] is not None:
            values["started_at"] = _on_day(cleaned["started"], day)
        return values

    def _is_written(self, each: PreparedPortion) -> bool:
        return not each.is_diluent or bool(self.numbers[each.position])

    def _entry(self, each: PreparedPortion) -> dict[str, Any]:
        entry: dict[str, Any] = {"portion": each.position, "lot": self.numbers[each.position]}
        if self.cleaned_data.get(f"strength_{each.position}"):
            entry["strength"] = str(each.product.strength)
        return entry


def differences(stored: SessionDraft, form: SessionForm) -> list[Difference]:
    """The fields in which what is stored now differs from what was typed."""
    own = SessionForm(
        draft=stored,
        planned_regions=form.planned,
        cocktail=stored.planned_session.plan.cocktail,
        now=form.now,
        proposes_lots=False,
    )
    found = []
    for name in form.fields:
        if name == "version":
            continue
        kept, typed = _shown(own[name], own[name].initial), _shown(form[name], form[name].value())
        if kept != typed:
            found.append(Difference(_label(name, form), kept, typed))
    return found


def _label(name: str, form: SessionForm) -> Word:
    kind, _mark, region = name.partition("_")
    label: Word = form.fields[name].label or name
    if kind in {"points", "each"}:
        return f"{region_label(region, get_language() or 'en')}: {label}"
    return label


def _shown(bound: BoundField, value: Any) -> str:
    words = {str(key): str(word) for key, word in getattr(bound.field, "choices", ())}
    if isinstance(value, list | tuple):
        return ", ".join(words.get(str(each), str(each)) for each in value)
    if isinstance(bound.field, forms.BooleanField):
        return str(_("yes") if value else _("no"))
    if isinstance(value, Decimal):
        return str(number_format(plain(value)))
    if isinstance(value, time):
        return f"{value:%H:%M}"
    return words.get(str(value), "" if value is None else str(value))


def _on_day(clock: time | None, day: date) -> datetime | None:
    return None if clock is None else make_aware(datetime.combine(day, clock))


def _initial(
    draft: SessionDraft, cocktail: Cocktail | None, portions: Sequence[PreparedPortion]
) -> dict[str, Any]:
    initial: dict[str, Any] = {
        name: getattr(draft, name)
        for name in (
            "version", "antiseptic", "gloves", "anaesthetic_cream", "cream_g", "technique",
            "device", "needle", "depth_mm", "reactions", "pain", "observed_min", "note",
        )
    }  # fmt: skip
    initial["started"] = localtime(draft.started_at).time()
    initial["ended"] = localtime(draft.ended_at).time() if draft.ended_at else None
    if cocktail is not None:
        # The volume of a point is the cocktail's own: a physician composed it for this patient.
        for region in rules_in_force().vocabulary.regions:
            initial[f"each_{region}"] = cocktail.ml_per_point
        for place in cocktail.places.all():
            initial[f"each_{place.region}"] = plain(place.ml_per_point)
    for entry in draft.regions:
        points = entry["points"]
        initial[f"points_{entry['region']}"] = points
        if points:
            initial[f"each_{entry['region']}"] = plain(Decimal(entry["ml"]) / points)
    for portion in portions:
        initial[f"lot_{portion.position}"] = portion.lot
        initial[f"strength_{portion.position}"] = portion.strength_seen
    return initial


class AmendmentForm(forms.Form):
    """Whether there are words enough is asked by the action."""

    text = forms.CharField(max_length=4000, required=False)
    reason = forms.CharField(max_length=2000, required=False)
    ended = forms.TimeField(required=False)

    def values(self, day: date) -> dict[str, Any]:
        """What `amend_session` takes; a clock time is one of the session's own day."""
        cleaned = self.cleaned_data
        return {
            "text": cleaned["text"],
            "reason": cleaned["reason"],
            "ended_at": _on_day(cleaned["ended"], day),
        }
