"""Settling what a text stands for, for every patient; and taking it back."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import connection, transaction
from django.utils.translation import gettext_lazy as _

from clinic.audit.actions import record
from clinic.once import was_written
from clinic.refusals import Refused
from clinic.staff.models import StaffMember
from clinic.staff.terms import Ability
from patients.clinic_names import queries
from patients.clinic_names.hooks import name_changed
from patients.clinic_names.models import NameChange
from patients.clinic_names.rules import (
    MeaningIncomplete,
    check_category,
    check_groups,
    check_name,
    check_reason,
)
from patients.clinic_names.terms import NAMES, Change, Meaning, NameList
from patients.records.rules import check_visible
from patients.screening.labels import allergen_categories
from patients.screening.matching import words_of
from patients.screening.rule_set import RuleSet

_LOCK = 0x6E616D65  # one settling at a time, so that nobody settles what was settled just now


class NotForYou(Refused):
    """Only a physician settles what a name stands for."""

    status = 403
    code = "not_for_you"


class NotInForce(Refused):
    """The name was removed meanwhile."""

    code = "stale_name"


@dataclass(frozen=True)
class _Stored:
    products: Sequence[Sequence[str]] = ()
    groups: Sequence[str] = ()
    category: str = ""


@transaction.atomic
def settle_name(
    *,
    listed: NameList,
    name: str,
    written: str,
    meaning: Meaning,
    substance: str = "",
    groups: Sequence[str] = (),
    category: str = "",
    reason: str = "",
    by: StaffMember,
    now: datetime,
) -> NameChange:
    """Remember what a text stands for; whom it concerns has to be screened again.

    Raises NotForYou, NameNotRememberable, MeaningIncomplete.
    """
    _check_physician(by)
    _one_at_a_time()
    check_visible(name + written + reason)
    rule_set = queries.rule_set_now()
    folded = _check_name(listed, name, rule_set)
    stored = _stored(
        listed, meaning, substance=substance, groups=groups, category=category, rule_set=rule_set
    )
    change = NameChange.objects.create(
        listed=listed,
        name=folded,
        written=written[:200],
        change=Change.SETTLED,
        meaning=meaning,
        products=[list(inns) for inns in stored.products],
        groups=list(stored.groups),
        category=stored.category,
        reason=check_reason(reason, needed=meaning == Meaning.NO_BEARING),
        rule_set_version=rule_set.version,
        changed_at=now,
        changed_by=by,
    )
    record(
        verb="clinic_name.settled",
        subject=change,
        by=by,
        now=now,
        listed=change.listed,
        meaning=change.meaning,
    )
    _tell(change, now=now)
    return change


@transaction.atomic
def remove_name(*, change_id: int, reason: str, by: StaffMember, now: datetime) -> NameChange:
    """Forget a settled name: its texts are unrecognised again, and hold. Raises NotInForce."""
    _check_physician(by)
    _one_at_a_time()
    settled = queries.name_change(change_id)
    latest = queries.latest_of(settled.listed, settled.name)
    if latest is None or latest.pk != settled.pk or not settled.in_force:
        raise NotInForce(_("This name was changed meanwhile. Open the list again."))
    check_visible(reason)
    change = NameChange.objects.create(
        listed=settled.listed,
        name=settled.name,
        written=settled.written,
        change=Change.REMOVED,
        meaning=settled.meaning,
        products=settled.products,
        groups=settled.groups,
        category=settled.category,
        reason=check_reason(reason, needed=False),
        rule_set_version=settled.rule_set_version,
        changed_at=now,
        changed_by=by,
    )
    record(verb="clinic_name.removed", subject=change, by=by, now=now, listed=change.listed)
    _tell(change, now=now)
    return change


def _check_physician(by: StaffMember) -> None:
    if not by.may(Ability.DECIDE_FINDINGS):
        raise NotForYou(_("Only a physician settles what a name stands for."))


def _one_at_a_time() -> None:
    was_written(NAMES)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])


def _check_name(listed: NameList, name: str, rule_set: RuleSet) -> str:
    shipped = rule_set.shipped_medicines
    recognise = (
        rule_set.recognise_medication
        if listed == NameList.MEDICATIONS
        else rule_set.recognise_allergy
    )
    return check_name(
        name,
        is_filler=shipped.words.is_filler,
        is_plain_word=lambda text: any(
            all(meaning.lay for meaning in named.meanings)
            for named in shipped.index.all_in(words_of(text))
        ),
        is_known=lambda text: recognise(text).complete,
    )


def _stored(
    listed: NameList,
    meaning: Meaning,
    *,
    substance: str,
    groups: Sequence[str],
    category: str,
    rule_set: RuleSet,
) -> _Stored:
    is_allergy = listed == NameList.ALLERGIES
    match meaning:
        case Meaning.KNOWN:
            return _known(substance, rule_set, is_allergy=is_allergy)
        case Meaning.GROUPS if is_allergy:
            return _Stored(groups=check_groups(groups, rule_set.words.allergen_groups))
        case Meaning.NO_BEARING if is_allergy:
            return _Stored(category=check_category(category, allergen_categories()))
        case Meaning.NO_BEARING:
            return _Stored()
    raise MeaningIncomplete(_("Choose what the name stands for."))


def _known(substance: str, rule_set: RuleSet, *, is_allergy: bool) -> _Stored:
    medicine = rule_set.shipped_medicines.recognise(substance)
    products = (
        [[row.inn for row in rows] for rows in medicine.products] if medicine.complete else []
    )
    if not is_allergy:
        if not products:
            raise MeaningIncomplete(_("Choose a substance that is recognised."))
        return _Stored(products=products)
    allergy = rule_set.recognise_allergy(substance)
    if not allergy.complete:
        raise MeaningIncomplete(_("Choose a substance that is recognised."))
    category = "" if allergy.groups or products else min(allergy.categories)
    return _Stored(products=products, groups=sorted(allergy.groups), category=category)


def _tell(change: NameChange, *, now: datetime) -> None:
    name_changed(patients=queries.patients_with(change.listed, change.name), now=now)
