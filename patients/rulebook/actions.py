"""Putting rules in force, approving them, and screening again whoever they concern."""

import logging
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.core.signing import Signer
from django.db import IntegrityError, transaction
from django.utils.formats import date_format

from clinic.audit.actions import Actor, record
from clinic.hours.queries import clinic_zone, local_date
from clinic.once import look_anew, was_written
from clinic.staff.models import StaffMember
from clinic.staff.terms import Ability
from patients.rulebook import hooks, rules, shipped, terms
from patients.rulebook.composing import OwnRules, compose
from patients.rulebook.models import OwedScreening, RulesApproval, RulesEdition
from patients.rulebook.queries import (
    newest_edition,
    owed_screenings,
    own_rules,
    version_in_force,
)
from patients.rulebook.terms import RULES, SCREENED_AT_ONCE, Part
from patients.screening.rule_files import RuleSetError, shipped_versions

logger = logging.getLogger(__name__)
_tried = Signer(salt="rulebook.tried")


def mark_as_tried(draft: OwnRules) -> str:
    """Return the mark that a draft carries once it was tried, for the form that puts it in force."""
    return _tried.sign(draft.fingerprint())


@transaction.atomic
def put_in_force(
    *,
    draft: OwnRules,
    part: Part,
    names: Sequence[str],
    seen_version: str,
    tried: str,
    reason: str,
    by: StaffMember,
    now: datetime,
) -> RulesEdition:
    """Make `draft` the rules of the clinic, from now on.

    From the commit on every stored verdict of another version is out of date: nothing is booked or
    signed by it (both screen anew), and `screen_those_behind` screens the open courses again.
    Raises NotForYou, CertificateNeeded, ReasonTooShort, StaleRules, NotTried, NothingChanged,
    BindingRule, RulesUnusable.
    """
    check_author(by, now)
    reason = rules.check_reason(reason)
    check_seen(seen_version)
    if tried != mark_as_tried(draft):
        raise rules.NotTried(terms.NOT_TRIED)
    check_usable(draft)
    newest = newest_edition()
    was_written(RULES)
    edition = RulesEdition(
        number=(newest.number if newest else 0) + 1,
        base_version=draft.base,
        content=draft.as_json(),
        about={"part": part.value, "names": list(names)},
        reason=reason,
        in_force_from=now,
        by=by,
        certificate_number=by.certificate_number,
    )
    try:
        with transaction.atomic():
            edition.save(force_insert=True)
    except IntegrityError as twice:
        # Two physicians at the same moment: the unique number lets one of them through.
        raise _stale() from twice
    record(verb="rules.changed", subject=edition, by=by, now=now, version=edition.version)
    return edition


def check_author(by: StaffMember, now: datetime) -> None:
    if not by.may(Ability.CHANGE_RULES):
        raise rules.NotForYou(terms.ONLY_PHYSICIANS)
    rules.check_certificate(by.certificate_number, by.certificate_expires_on, on=local_date(now))


def check_seen(seen_version: str) -> None:
    """Refuse to go on from rules that are no longer in force."""
    if seen_version != version_in_force():
        raise _stale()


def check_usable(draft: OwnRules) -> None:
    """Refuse a draft that changes nothing, softens what binds every clinic, or cannot be read."""
    if draft == own_rules():
        raise rules.NothingChanged(terms.NOTHING_CHANGED)
    entries = shipped.rule_entries(draft.base)
    for rule_id, entry in draft.rules.items():
        rules.check_binding(rule_id, entry, entries.get(rule_id))
    try:
        compose(draft, version="")
    except RuleSetError as error:
        raise rules.RulesUnusable(terms.UNUSABLE % {"why": error}) from error


def _stale() -> rules.StaleRules:
    newest = newest_edition()
    if newest is None:
        return rules.StaleRules(terms.NOT_TRIED)
    return rules.StaleRules(
        terms.CHANGED_MEANWHILE
        % {
            "who": newest.by.display_name if newest.by else newest.by_system,
            "version": newest.version,
            "at": date_format(
                newest.in_force_from.astimezone(clinic_zone()), "SHORT_DATETIME_FORMAT"
            ),
            "why": newest.reason,
        }
    )


@transaction.atomic
def begin_with_shipped(*, by: Actor, now: datetime) -> RulesEdition:
    """Write down with which shipped version the clinic begins; later ones are only offered.

    A clinic that has decided already keeps what it decided.
    """
    newest = newest_edition()
    if newest is not None:
        return newest
    was_written(RULES)
    edition, _created = RulesEdition.objects.get_or_create(
        number=0,
        defaults={
            "base_version": shipped_versions()[-1],
            "content": OwnRules(base=shipped_versions()[-1]).as_json(),
            "about": {"part": Part.SHIPPED.value},
            "reason": "",
            "in_force_from": now,
            "by": by if isinstance(by, StaffMember) else None,
            "by_system": by if isinstance(by, str) else "",
        },
    )
    return edition


@transaction.atomic
def approve(*, base: str, by: StaffMember, now: datetime) -> RulesApproval:
    """The physician has read a shipped version and approves it for this clinic."""
    check_author(by, now)
    if base not in shipped_versions():
        raise rules.RulesUnusable(terms.NO_UPDATE)
    try:
        with transaction.atomic():
            approval = RulesApproval.objects.create(
                base_version=base,
                approved_at=now,
                approved_by=by,
                certificate_number=by.certificate_number,
            )
    except IntegrityError as twice:
        raise rules.ApprovedAlready(terms.ALREADY_APPROVED) from twice
    record(verb="rules.approved", subject=approval, by=by, now=now, version=base)
    return approval


# -- screening again --------------------------------------------------------------------------


def owe_screening(*, patients: Iterable[UUID], now: datetime) -> None:
    """What a verdict of theirs rests on has changed: it counts for nothing until the next one.

    In the transaction of the change, and no more than this: screening them all here would hold
    their locks until the last one is done. `screen_those_behind` does it, each by itself.
    """
    OwedScreening.objects.bulk_create(
        [OwedScreening(patient_id=each, since=now) for each in sorted(set(patients))],
        update_conflicts=True, unique_fields=["patient"], update_fields=["since"],
    )  # fmt: skip


def screening_begins(patient_id: UUID) -> None:
    """Whatever is owed is paid by the verdict that follows in this transaction.

    It is read after this, so a change that was seen as owed is seen whole. Where another
    transaction writes the debt just now, it stays: nobody waits here.
    """
    owed = OwedScreening.objects.select_for_update(skip_locked=True).filter(patient=patient_id)
    if paid := list(owed):
        OwedScreening.objects.filter(pk__in=[each.pk for each in paid]).delete()
        look_anew()


def screen_soon(patient_id: UUID | None, by: Actor, now: datetime) -> None:
    """The patient at hand at once, with a few of the others; each ring brings more of them."""
    if patient_id is not None:
        _screen_alone(patient_id, by=by, now=now)
    screen_those_behind(by=by, now=now, most=SCREENED_AT_ONCE)


@dataclass(frozen=True, slots=True)
class Caught:
    """How far screening again has come. `tried`: everyone who had a turn; `left`: others wait.

    `stuck`: had a turn and has no verdict under the rules in force all the same.
    """

    tried: tuple[UUID, ...]
    stuck: int
    left: bool

    @property
    def screened(self) -> int:
        return len(self.tried) - self.stuck


def screen_those_behind(
    *, by: Actor, now: datetime, most: int, without: Collection[UUID] = ()
) -> Caught:
    """Screen at most so many patients whose open course has no verdict under the rules in force.

    Each patient has a transaction of their own, so that no lock is held for long and one fault
    stops nobody else. What is left is found again: the state says who is behind, not a list.
    `without`: those who had their turn in this run, so that a fault that stays ends the run.
    """
    version = version_in_force()
    turn = behind(version, most, without)
    for patient_id in turn:
        _screen_alone(patient_id, by=by, now=now)
    had_a_turn = {*turn, *without}
    still = behind(version, len(had_a_turn) + 1, [])
    return Caught(
        tried=tuple(turn),
        stuck=len(set(turn).intersection(still)),
        left=any(each not in had_a_turn for each in still),
    )


def _screen_alone(patient_id: UUID, *, by: Actor, now: datetime) -> None:
    try:
        with transaction.atomic():
            # Whoever has no open course has no verdict that could be rested on.
            screening_begins(patient_id)
            hooks.screen_again(patient_id, by, now)
    except Exception:
        logger.exception("patient %s could not be screened again", patient_id)


def behind(version: str, most: int, without: Collection[UUID]) -> list[UUID]:
    """Who is to be screened again: by a change of what a verdict rests on, or by other rules."""
    owed = owed_screenings(most, without)
    under_others = hooks.patients_behind(version, most, without)
    return list(dict.fromkeys([*owed, *(each for found in under_others for each in found)]))[:most]


__all__ = [
    "Caught", "approve", "begin_with_shipped", "behind", "check_author", "check_seen",
    "check_usable", "mark_as_tried", "owe_screening", "put_in_force", "screen_soon",
    "screen_those_behind", "screening_begins",
]  # fmt: skip
