"""Drafts and signed records in words, for the pages that show them."""

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.utils.formats import date_format, number_format
from django.utils.functional import Promise
from django.utils.timezone import localtime
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from clinic.amounts import plain
from cocktails.composition.models import Cocktail
from treatments.plans.terms import AnaestheticCream, Antiseptic, Gloves
from treatments.sessions.models import SessionDraft
from treatments.sessions.queries import prepared_portions, region_label
from treatments.sessions.terms import Device, LotSource, Needle, Reaction, Technique

Word = str | Promise
Rows = list[tuple[Word, Word]]


def what_was_done(draft: SessionDraft, cocktail: Cocktail | None) -> Rows:
    """The draft as rows of label and value, for the last look before the signature."""
    lots = [
        (each.product.name, _lot_words(each.lot, each.expires_on, each.source))
        for each in prepared_portions(cocktail, draft)
        if each.lot or each.needs_lot
    ]
    return _rows(
        antiseptic=draft.antiseptic,
        gloves=draft.gloves,
        cream=draft.anaesthetic_cream,
        cream_g=draft.cream_g,
        technique=draft.technique,
        device=draft.device,
        needle=draft.needle,
        depth_mm=draft.depth_mm,
        numbing_since=_numbing_since(draft),
        observed_min=draft.observed_min,
        regions=[(each["region"], each["points"], Decimal(each["ml"])) for each in draft.regions],
        lots=lots,
        reactions=draft.reactions,
        pain=draft.pain,
        started_at=draft.started_at,
        ended_at=draft.ended_at,
        note=draft.note,
    )


def read_record(record: Mapping[str, Any]) -> dict[str, Any]:
    """A signed record as the page shows it, from its own JSON and nothing else."""
    cocktail = record["cocktail"] or {"portions": [], "diluent": None}
    poured = [cocktail["diluent"]] if (cocktail["diluent"] or {}).get("lot") else []
    return {
        "rows": _rows(
            antiseptic=record["asepsis"]["antiseptic"],
            gloves=record["asepsis"]["gloves"],
            cream=record["anaesthetic_cream"]["kind"],
            cream_g=_amount(record["anaesthetic_cream"]["g"]),
            technique=record["technique"],
            device=record["device"],
            # Written down since format 4.
            needle=record.get("needle", ""),
            depth_mm=_amount(record.get("depth_mm")),
            numbing_since=_moment(record.get("numbing_since")),
            observed_min=record.get("observed_min"),
            regions=[
                (each["region"], each["points"], Decimal(each["ml"])) for each in record["regions"]
            ],
            lots=[
                (each["product"], _lot_of_record(each)) for each in (*cocktail["portions"], *poured)
            ],
            reactions=record["reactions"],
            pain=record["pain"],
            started_at=datetime.fromisoformat(record["started_at"]),
            ended_at=datetime.fromisoformat(record["ended_at"]),
            note=record["note"],
        ),
        "verdict": record["screening"]["verdict"],
        "rule_set_version": record["screening"]["rule_set_version"],
        "decisions": record["screening"]["decisions"],
        "signed_by": record["signed_by"],
        # Records that were signed before this was written down know nothing of it.
        "planned_physician": record.get("planned_physician"),
        "signed_at": datetime.fromisoformat(record["signed_at"]),
        "patient": record["patient"],
    }


def _rows(
    *,
    antiseptic: str,
    gloves: str,
    cream: str,
    cream_g: Decimal | None,
    technique: str,
    device: str,
    needle: str,
    depth_mm: Decimal | None,
    numbing_since: datetime | None,
    observed_min: int | None,
    regions: list[tuple[str, int, Decimal]],
    lots: list[tuple[str, str]],
    reactions: list[str],
    pain: int | None,
    started_at: datetime | None,
    ended_at: datetime | None,
    note: str,
) -> Rows:
    cream_words = _word(AnaestheticCream, cream)
    if cream_g is not None:
        cream_words = _("%(cream)s, %(amount)s g") % {
            "cream": cream_words,
            "amount": number_format(plain(cream_g)),
        }
    rows: Rows = [
        (_("Time"), f"{_clock(started_at)}–{_clock(ended_at)}"),
        (_("Antiseptic"), _word(Antiseptic, antiseptic)),
        (_("Gloves"), _word(Gloves, gloves)),
        (_("Anaesthetic cream"), cream_words),
        *_if_known(_("Cream on since"), numbing_since and _clock(numbing_since)),
        (_("Technique"), _word(Technique, technique)),
        (_("Device"), _word(Device, device)),
        *_if_known(_("Needle"), needle and _word(Needle, needle)),
        *_if_known(
            _("Depth"), depth_mm and _("%(mm)s mm") % {"mm": number_format(plain(depth_mm))}
        ),
    ]
    language = get_language() or "en"
    for region, points, ml in regions:
        given = _("%(points)d points, %(ml)s ml") % {
            "points": points,
            "ml": number_format(plain(ml)),
        }
        rows.append((region_label(region, language), given))
    total = sum((ml for _region, _points, ml in regions), Decimal(0))
    rows.append((_("Together"), _("%(ml)s ml") % {"ml": number_format(plain(total))}))
    rows += lots
    rows += [
        (_("Immediate reactions"), ", ".join(_word(Reaction, each) for each in reactions) or "–"),
        (_("Pain, 0 none to 10 worst"), "–" if pain is None else str(pain)),
        *_if_known(
            _("Observed"),
            None if observed_min is None else _("%(minutes)d minutes") % {"minutes": observed_min},
        ),
    ]
    if note:
        rows.append((_("Note"), note))
    return rows


def _if_known(label: Word, words: Any) -> Rows:
    return [(label, words)] if words else []


def _numbing_since(draft: SessionDraft) -> datetime | None:
    visit = draft.planned_session.appointment
    return visit.numbing_since if visit else None


def _lot_of_record(each: Mapping[str, Any]) -> str:
    """Before format 3 a lot was a number and nothing else."""
    expires, source = each.get("lot_expires_on"), each.get("lot_source")
    return _lot_words(
        each["lot"],
        date.fromisoformat(expires) if expires else None,
        LotSource(source) if source else None,
    )


def _lot_words(number: str, expires_on: date | None, source: LotSource | None) -> str:
    if source is LotSource.STOCK and expires_on is not None:
        return _("Lot %(lot)s, expires %(expires)s, from the stock") % {
            "lot": number,
            "expires": date_format(expires_on, "SHORT_DATE_FORMAT"),
        }
    if source is LotSource.BY_HAND:
        return _("Lot %(lot)s, written by hand") % {"lot": number}
    return _("Lot %(lot)s") % {"lot": number or "–"}


def _word(words: Any, code: str) -> str:
    return str(words(code).label) if code in words.values else "–"


def _clock(moment: datetime | None) -> str:
    return date_format(localtime(moment), "H:i") if moment else "…"


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def _amount(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)
