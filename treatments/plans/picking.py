"""What the desk picks: the wish for a course, the times of its sessions, and where they move."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID, uuid4

from django import forms
from django.utils.translation import gettext_lazy as _

from clinic.hours.models import Room
from clinic.hours.queries import local_date, opening_times, rooms
from treatments.booking.forms import CalendarDayField, OfferField
from treatments.booking.models import Appointment
from treatments.booking.queries import Offer
from treatments.booking.rules import STEP
from treatments.plans import rules
from treatments.plans.models import PlannedSession, TreatmentPlan
from treatments.plans.proposer import ProposedSession
from treatments.plans.queries import length_of_sessions
from treatments.plans.reflow import Ripple
from treatments.plans.replanning import Move
from treatments.plans.terms import SessionState

STAYS = "stays"  # a session that could follow and need not


class WishForm(forms.Form):
    """A day, a time of day, a room."""

    preferred = forms.TypedChoiceField(
        label=_("Preferred time"), coerce=time.fromisoformat, empty_value=None
    )
    room = forms.ModelChoiceField(
        label=_("Room"), queryset=Room.objects.filter(is_active=True), required=False
    )

    use_required_attribute = False

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        preferred = self.fields["preferred"]
        room = self.fields["room"]
        assert isinstance(preferred, forms.TypedChoiceField)
        assert isinstance(room, forms.ModelChoiceField)
        preferred.choices = [(clock, clock) for clock in times_of_day()]
        room.empty_label = str(_("Any room"))


class CourseForm(WishForm):
    """What the desk wishes for a course; of single visits, how many of them."""

    first_on = CalendarDayField(label=_("First session from"))
    how_many = forms.IntegerField(
        label=_("Visits"),
        required=False,
        min_value=1,
        max_value=rules.MOST_MAINTENANCE_VISITS,
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["first_on"].widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")

    @property
    def wish(self) -> dict[str, Any]:
        return self.cleaned_data


class DayWishForm(WishForm):
    """The day, time and room to which one session shall go."""

    day = CalendarDayField(label=_("New day"))


class PickForm(forms.Form):
    """The times that were picked, by number of session, and the key of the request.

    `until`: only the picks up to this session stand, the later ones follow.
    """

    key = forms.UUIDField(required=False)

    def __init__(
        self,
        posted: Mapping[str, Any],
        *,
        plan: TreatmentPlan,
        sessions: Sequence[PlannedSession],
        until: int | None = None,
    ) -> None:
        super().__init__(posted)
        all_rooms = rooms()
        length, numbing = length_of_sessions(plan)
        self.numbers = [
            each.number
            for each in sessions
            if slot_name(each.number) in posted and (until is None or each.number <= until)
        ]
        for number in self.numbers:
            self.fields[slot_name(number)] = OfferField(
                minutes=_minutes(length), numbing_minutes=_minutes(numbing), rooms=all_rooms
            )

    @property
    def offers(self) -> list[Offer]:
        return [self.cleaned_data[slot_name(number)] for number in self.numbers]

    @property
    def picked(self) -> dict[int, Offer]:
        """What could be read of it, so that nothing else that was picked is lost."""
        if not self.is_bound:
            return {}
        self.is_valid()
        found = {number: self.cleaned_data.get(slot_name(number)) for number in self.numbers}
        return {number: offer for number, offer in found.items() if offer is not None}

    @property
    def key_again(self) -> UUID:
        """The key of this request for the page that is shown again, or a new one."""
        return self.cleaned_data.get("key") or uuid4()


@dataclass(frozen=True, slots=True)
class Choice:
    """One radio button of a proposed session."""

    value: str
    offer: Offer
    picked: bool
    other_day: bool
    moves_others: bool


@dataclass(frozen=True, slots=True)
class Row:
    """One proposed session on the page."""

    session: ProposedSession
    place: int  # which of the standing sessions of the course
    name: str
    choices: list[Choice]

    @property
    def is_open(self) -> bool:
        """Whether the other times are shown at once: something stands against the wish."""
        return bool(self.session.conflicts)

    @property
    def picked(self) -> Offer:
        return next(choice.offer for choice in self.choices if choice.picked)


def rows(proposed: Sequence[ProposedSession], places: Mapping[int, int]) -> list[Row]:
    """The proposals as radio buttons; the first option of each is picked.

    `places`: number of a session -> which of the standing ones it is.
    """
    return [
        Row(
            session=session,
            place=places[session.number],
            name=slot_name(session.number),
            choices=[
                Choice(
                    value_of(offer),
                    offer,
                    picked=offer is session.chosen,
                    other_day=local_date(offer.span.starts_at) != session.on,
                    moves_others=session.moves_others(offer),
                )
                for offer in session.options
            ],
        )
        for session in proposed
    ]


@dataclass(frozen=True, slots=True)
class RippleRow:
    """One session ahead on the page that moves several at once."""

    ripple: Ripple
    choices: list[tuple[str, Offer, bool]]
    stays_picked: bool = False

    @property
    def session(self) -> PlannedSession:
        return self.ripple.session

    @property
    def visit(self) -> Appointment:
        return self.ripple.visit

    @property
    def stays(self) -> bool:
        return self.ripple.stays

    @property
    def is_marked(self) -> bool:
        return self.ripple.is_marked


def ripple_rows(
    ripples: Sequence[Ripple], *, posted: Mapping[str, Any] | None = None
) -> list[RippleRow]:
    """The proposals as lists; what was picked before stays picked while it is still free."""
    rows = []
    for ripple in ripples:
        values = [value_of(offer) for offer in ripple.options]
        before = (posted or {}).get(slot_name(ripple.session.number))
        stays = ripple.may_stay and before == STAYS
        picked = before if before in values else next(iter(values), "")
        rows.append(
            RippleRow(
                ripple,
                [
                    (value, offer, value == picked and not stays)
                    for value, offer in zip(values, ripple.options, strict=True)
                ],
                stays_picked=stays,
            )
        )
    return rows


class MovesForm(forms.Form):
    """The new times that were confirmed, by number of session, each with the version that was seen."""

    def __init__(
        self, posted: Mapping[str, Any], *, plan: TreatmentPlan, sessions: Sequence[PlannedSession]
    ) -> None:
        super().__init__(posted)
        all_rooms = rooms()
        self.moving = [
            each
            for each in sessions
            if slot_name(each.number) in posted and posted[slot_name(each.number)] != STAYS
        ]
        for session in self.moving:
            visit = session.appointment if session.state == SessionState.BOOKED else None
            length, numbing = length_of_sessions(plan)
            if visit is not None:
                length, numbing = (
                    visit.ends_at - visit.physician_from,
                    visit.physician_from - visit.starts_at,
                )
                self.fields[version_name(session.number)] = forms.IntegerField(min_value=1)
            self.fields[slot_name(session.number)] = OfferField(
                minutes=_minutes(length), numbing_minutes=_minutes(numbing), rooms=all_rooms
            )

    @property
    def moves(self) -> list[Move]:
        return [
            Move(
                session_id=session.pk,
                seen_version=self.cleaned_data.get(version_name(session.number), 0),
                starts_at=self.cleaned_data[slot_name(session.number)].span.starts_at,
                room=self.cleaned_data[slot_name(session.number)].room,
            )
            for session in self.moving
        ]


def slot_name(number: int) -> str:
    return f"slot-{number}"


def version_name(number: int) -> str:
    return f"version-{number}"


def value_of(offer: Offer) -> str:
    return f"{offer.span.starts_at.isoformat()}|{offer.room.pk}"


def _minutes(length: timedelta) -> int:
    return length // timedelta(minutes=1)


def times_of_day() -> list[str]:
    """Every step of the grid at which the clinic is open on some day of the week."""
    openings = opening_times()
    midnight = datetime.combine(date(2026, 1, 1), time())
    steps = (midnight + STEP * number for number in range(timedelta(days=1) // STEP))
    return [
        f"{step:%H:%M}"
        for step in steps
        if any(opens <= step.time() < closes for opens, closes in openings)
    ]


def time_on_offer(wished: time) -> str:
    """The nearest time on offer at or before `wished`, or else the first one."""
    offered = times_of_day()
    before = [clock for clock in offered if clock <= f"{wished:%H:%M}"]
    return (before or offered[::-1] or [""])[-1]
