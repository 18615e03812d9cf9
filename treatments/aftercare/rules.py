"""Until when each advice holds, and which duration wins when several sources have one.

Pure. Durations are real hours: 48 hours are 172,800 seconds, also in the night when a clock
changes. Where the durations come from: advice.json and docs/rules/aftercare-times.md.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from clinic.refusals import Refused
from treatments.aftercare.terms import (
    DURATION_TOO_SHORT,
    EMERGENCY_NUMBER,
    AdviceGroup,
    Band,
    Urgency,
)

# What the founding article does not fix may be shortened by the clinic, but not to nothing.
SHORTEST_HOURS = 1


class DurationTooShort(Refused):
    """A clinic's own duration is below the founding minimum."""

    code = "duration_too_short"
    status = 422


@dataclass(frozen=True, slots=True, kw_only=True)
class Advice:
    """One line of the sheet in both languages; `duration_hours` None means without end."""

    id: str
    group: AdviceGroup
    en: str
    tr: str
    sources: frozenset[str]
    duration_hours: int | None = None
    minimum_hours: int = SHORTEST_HOURS
    urgency: Urgency | None = None
    short_en: str = (
        ""  # for the printed page; without it the line stands on the patient's page only
    )
    short_tr: str = ""

    def words(self, language: str, *, emergency: str = EMERGENCY_NUMBER) -> str:
        """Return the line for a reader of "tr", or in English, with its present duration."""
        return self._filled(self.tr if language.startswith("tr") else self.en, emergency)

    def short_words(self, language: str, *, emergency: str = EMERGENCY_NUMBER) -> str:
        return self._filled(
            self.short_tr if language.startswith("tr") else self.short_en, emergency
        )

    def about(self, what: str) -> "Advice":
        """Return the line with `{what}` filled in, as the patient wrote it."""
        named = {"what": what, "hours": "{hours}", "days": "{days}", "emergency": "{emergency}"}
        # Braces that a patient typed must not be read as places to fill.
        named["what"] = what.replace("{", "{{").replace("}", "}}")
        return replace(
            self,
            en=self.en.format(**named),
            tr=self.tr.format(**named),
            short_en=self.short_en.format(**named),
            short_tr=self.short_tr.format(**named),
        )

    def _filled(self, text: str, emergency: str) -> str:
        hours = self.duration_hours or 0
        return text.format(hours=hours, days=-(-hours // 24), emergency=emergency)


@dataclass(frozen=True, slots=True, kw_only=True)
class Duration:
    """How long an advice lasts, and who says so; `hours` None means without end."""

    hours: int | None
    sources: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class TimedAdvice:
    advice: Advice
    until: datetime | None


def timed_advice(ended_at: datetime, advice: Iterable[Advice]) -> list[TimedAdvice]:
    """Return each advice with the moment, in UTC, until which it holds after the session."""
    if ended_at.tzinfo is None:
        raise ValueError("the end of the session has no time zone")
    end = ended_at.astimezone(UTC)
    return [
        TimedAdvice(
            advice=each,
            until=None
            if each.duration_hours is None
            else end + timedelta(hours=each.duration_hours),
        )
        for each in advice
    ]


def band(duration_hours: int | None) -> Band:
    """Return in which part of the printed page an advice of this duration stands."""
    if duration_hours is not None and duration_hours <= 24:
        return Band.FIRST_24
    if duration_hours is not None and duration_hours <= 48:
        return Band.UNTIL_48
    return Band.UNTIL_NEXT


def written(
    advice: Iterable[Advice], *, ended_at: datetime, language: str, emergency: str
) -> list[dict[str, str | int | None]]:
    """Return each line as the sheet keeps it: in the reader's language, with its end instant."""
    return [
        {
            "id": each.advice.id,
            "text": each.advice.words(language, emergency=emergency),
            "short": each.advice.short_words(language, emergency=emergency),
            "hours": each.advice.duration_hours,
            "until": each.until.isoformat() if each.until else None,
            "urgency": each.advice.urgency.value if each.advice.urgency else None,
        }
        for each in timed_advice(ended_at, advice)
    ]


def clock_time(until: datetime, zone: ZoneInfo) -> datetime:
    """Return the clock time to print, rounded up to the minute so that it is never too early."""
    moment = until.astimezone(UTC)
    whole = moment.replace(second=0, microsecond=0)
    if whole < moment:
        whole += timedelta(minutes=1)
    return whole.astimezone(zone)


def durations(advice: Iterable[Advice]) -> dict[str, Duration]:
    return {each.id: Duration(hours=each.duration_hours, sources=each.sources) for each in advice}


def merge(one: Mapping[str, Duration], other: Mapping[str, Duration]) -> dict[str, Duration]:
    """Return for each advice the strictest duration, with the sources of both.

    The order in which sources are merged, and merging one twice, change nothing; nothing that
    a source asks for is ever shortened.
    """
    return {
        id_: _strictest(one[id_], other[id_])
        if id_ in one and id_ in other
        else (one.get(id_) or other[id_])
        for id_ in sorted({*one, *other})
    }


def with_durations(advice: Iterable[Advice], merged: Mapping[str, Duration]) -> list[Advice]:
    """Return the advice with the merged durations and their sources in place of its own."""
    return [
        replace(each, duration_hours=merged[each.id].hours, sources=merged[each.id].sources)
        if each.id in merged
        else each
        for each in advice
    ]


def lengthened(
    advice: Iterable[Advice], others: Mapping[str, Duration], *, because: Mapping[str, str]
) -> list[Advice]:
    """Return the advice with what other treatments ask for, each line the longer of the two.

    A line that another treatment lengthens is said in its short words, which name no number of
    hours, with that treatment. Nothing is shortened.
    """
    own = list(advice)
    merged = merge(durations(own), others)
    return [
        _longer(each, merged[each.id], because.get(each.id, ""))
        if merged[each.id].hours != each.duration_hours
        else each
        for each in own
    ]


def _longer(advice: Advice, duration: Duration, because: str) -> Advice:
    """The line with its new duration, in words that name the treatment that made it longer."""
    en = f"{advice.short_en or advice.en} ({because})"
    tr = f"{advice.short_tr or advice.tr} ({because})"
    return replace(
        advice,
        duration_hours=duration.hours,
        sources=duration.sources,
        en=en,
        tr=tr,
        short_en=en,
        short_tr=tr,
    )


def check_duration(advice: Advice, hours: int | None) -> None:
    """Refuse a clinic's own duration that is below the founding minimum of this advice."""
    if hours is not None and hours < advice.minimum_hours:
        raise DurationTooShort(DURATION_TOO_SHORT % {"hours": advice.minimum_hours})


def _strictest(one: Duration, other: Duration) -> Duration:
    endless = one.hours is None or other.hours is None
    return Duration(
        hours=None if endless else max(one.hours or 0, other.hours or 0),
        sources=one.sources | other.sources,
    )
