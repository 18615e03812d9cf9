"""Putting rules in force: tried first, signed by a physician, never behind a colleague's back."""

import pgtrigger
import pytest
from django.db import IntegrityError, connection, transaction
from django.db.utils import InternalError
from django.test.utils import CaptureQueriesContext

from clinic.audit.models import AuditEntry
from clinic.tests.builders import NOW, nurse, physician
from patients.rulebook import actions, queries, rules, shipped
from patients.rulebook.composing import OwnRules
from patients.rulebook.models import RulesApproval, RulesEdition
from patients.rulebook.terms import Part
from patients.rulebook.tests.builders import (
    REASON,
    a_clinic_on,
    a_decision,
    switched_off,
    with_severity,
)
from patients.screening.rule_files import load_rule_set, shipped_versions
from patients.screening.terms import Severity

pytestmark = pytest.mark.django_db


def stricter(rule_id="R-KELOID", severity="absolute"):
    return with_severity(queries.own_rules(), rule_id, severity)


# -- which rules hold -------------------------------------------------------------------------


def test_a_clinic_that_decided_nothing_has_the_newest_shipped_version():
    assert queries.rules_in_force().rules is load_rule_set(shipped_versions()[-1]).rules
    assert queries.version_in_force() == shipped_versions()[-1]
    assert queries.update_offered() is None


def test_a_change_holds_from_the_moment_it_is_in_force():
    edition = a_decision(stricter())

    base = shipped_versions()[-1]
    assert edition.version == f"{base}.1"
    assert queries.rules_in_force().version == edition.version
    assert queries.rules_in_force().rule("R-KELOID").cases[0].severity is Severity.ABSOLUTE
    assert AuditEntry.objects.filter(verb="rules.changed", subject_id=str(edition.pk)).exists()


def test_the_rules_of_an_earlier_verdict_can_be_built_again():
    first = a_decision(stricter())
    a_decision(stricter(severity="caution"))

    assert queries.rule_set_of(first.version).rule("R-KELOID").cases[0].severity == "absolute"
    assert queries.rules_in_force().rule("R-KELOID").cases[0].severity == "caution"
    assert queries.rule_set_of("1").rules is load_rule_set(1).rules


def test_asking_which_rules_hold_costs_two_queries():
    """However many decisions there are: the newest one is asked for, and none is read twice."""
    for severities in (["absolute"], ["caution", "relative", "caution"]):
        for severity in severities:
            a_decision(stricter(severity=severity))
        queries.rules_in_force()

        with CaptureQueriesContext(connection) as asked:
            rules_now = queries.rules_in_force()

        # The clinic's newest decision, and the newest of its own names.
        of_editions, of_names = (each["sql"] for each in asked)
        assert "patients_rulesedition" in of_editions
        assert "LIMIT 1" in of_editions
        assert '"content"' not in of_editions  # hundreds of kilobytes, built once per process
        assert "patients_namechange" in of_names
        assert rules_now.rule("R-KELOID").cases[0].severity == severities[-1]


def test_another_process_sees_a_new_version_at_once():
    """What one process remembers is keyed by the row, so another's newer row is never missed."""
    a_decision(stricter())
    queries.rules_in_force()
    newer = queries.own_rules()
    RulesEdition.objects.create(
        number=2,
        base_version=newer.base,
        content=with_severity(newer, "R-KELOID", "caution").as_json(),
        about={},
        reason=REASON,
        in_force_from=NOW,
        by=physician(),
        certificate_number="G",
    )

    assert queries.rules_in_force().rule("R-KELOID").cases[0].severity == "caution"


def test_a_newer_shipped_version_is_offered_and_never_applied():
    a_clinic_on("1")

    assert queries.rules_in_force().rules is load_rule_set(1).rules
    assert queries.update_offered() == shipped_versions()[-1]
    actions.begin_with_shipped(by="rulebook", now=NOW)
    assert queries.rules_in_force().rules is load_rule_set(1).rules


def test_a_clinic_that_began_stays_where_it_began(monkeypatch):
    actions.begin_with_shipped(by="rulebook", now=NOW)
    began = queries.version_in_force()

    monkeypatch.setattr(queries, "shipped_versions", lambda: (*shipped_versions(), "99"))

    assert queries.version_in_force() == began
    assert queries.update_offered() == "99"


# -- who, why, and as it was tried --------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"reason": "too short"}, rules.ReasonTooShort),
        ({"seen_version": "1"}, rules.StaleRules),
        ({"tried": ""}, rules.NotTried),
        ({"tried": "something:else"}, rules.NotTried),
    ],
)
def test_what_is_missing_is_refused_and_nothing_changes(changes, refusal):
    with pytest.raises(refusal):
        a_decision(stricter(), **changes)

    assert not RulesEdition.objects.exists()


def test_what_is_put_in_force_is_what_was_tried():
    tried = actions.mark_as_tried(stricter(severity="absolute"))

    with pytest.raises(rules.NotTried):
        a_decision(stricter(severity="caution"), tried=tried)
    assert a_decision(stricter(severity="absolute"), tried=tried)


@pytest.mark.parametrize(
    "certificate", [{"certificate_number": ""}, {"certificate_expires_on": None}]
)
def test_without_a_certificate_no_physician_changes_rules(certificate):
    with pytest.raises(rules.CertificateNeeded):
        a_decision(stricter(), by=physician(**certificate))


def test_a_nurse_changes_nothing():
    with pytest.raises(rules.NotForYou):
        a_decision(stricter(), by=nurse())
    with pytest.raises(rules.NotForYou):
        actions.approve(base="1", by=nurse(), now=NOW)


def test_of_two_physicians_the_second_is_told_what_the_first_did():
    seen = queries.version_in_force()
    first = a_decision(stricter())

    with pytest.raises(rules.StaleRules) as told:
        a_decision(stricter(severity="caution"), seen_version=seen)

    assert first.by.display_name in str(told.value)
    assert REASON in str(told.value)
    assert RulesEdition.objects.count() == 1


def test_the_unique_number_is_the_last_guard_of_two_at_once(monkeypatch):
    """The negative control: without the look at the version, the database still lets one through."""
    a_decision(stricter())
    monkeypatch.setattr(actions, "check_seen", lambda seen: None)
    monkeypatch.setattr(actions, "newest_edition", lambda: None)

    with pytest.raises(rules.StaleRules):
        a_decision(stricter(severity="caution"))


def test_a_draft_that_changes_nothing_is_refused():
    with pytest.raises(rules.NothingChanged):
        a_decision(queries.own_rules())


def test_a_binding_rule_is_not_switched_off():
    with pytest.raises(rules.BindingRule):
        a_decision(switched_off(queries.own_rules(), "R-CLOT-SIGNS"))
    assert a_decision(switched_off(queries.own_rules(), "R-KELOID"))


def test_rules_that_cannot_be_read_are_never_in_force():
    own = queries.own_rules()
    entry = dict(shipped.rule_entries(own.base)["R-KELOID"])
    broken = own.with_rule("R-KELOID", entry | {"when": [{"severity": "absolute", "if": "x = y"}]})

    with pytest.raises(rules.RulesUnusable):
        a_decision(broken)


# -- kept for ever ------------------------------------------------------------------------------


def test_no_decision_is_ever_rewritten():
    edition = a_decision(stricter())
    edition.reason = "Something else, said much later."
    with pytest.raises(InternalError), transaction.atomic():
        edition.save()
    with pytest.raises(InternalError), transaction.atomic():
        RulesEdition.objects.all().delete()

    with pgtrigger.ignore("patients.RulesEdition:append_only"):
        edition.save()
    assert RulesEdition.objects.get().reason.startswith("Something else")


def test_the_database_wants_an_author_with_a_certificate():
    with pytest.raises(IntegrityError), transaction.atomic():
        RulesEdition.objects.create(
            number=1,
            base_version="1",
            content=OwnRules(base="1").as_json(),
            reason=REASON,
            in_force_from=NOW,
            by_system="somebody",
        )


# -- approval -----------------------------------------------------------------------------------


def test_a_physician_approves_a_shipped_version_by_name():
    own = queries.own_rules()
    assert queries.unapproved_rules(own) == shipped.rule_entries(own.base).keys()
    doctor = physician()

    actions.approve(base=own.base, by=doctor, now=NOW)

    approval = RulesApproval.objects.get()
    assert (approval.approved_by, approval.certificate_number) == (
        doctor,
        doctor.certificate_number,
    )
    assert queries.unapproved_rules(own) == frozenset()
    with pytest.raises(rules.ApprovedAlready):
        actions.approve(base=own.base, by=doctor, now=NOW)


def test_what_a_newer_version_left_alone_stays_approved():
    actions.approve(base="1", by=physician(), now=NOW)

    unread = queries.unapproved_rules(OwnRules(base="2"))

    older, newer = shipped.rule_entries("1"), shipped.rule_entries("2")
    assert unread == {name for name, entry in newer.items() if older.get(name) != entry}


def test_what_a_physician_changed_here_is_decided_by_name():
    assert "R-KELOID" in queries.unapproved_rules(queries.own_rules())

    assert "R-KELOID" not in queries.unapproved_rules(stricter())


# -- why ----------------------------------------------------------------------------------------


def test_the_reasons_between_two_versions_name_corrections_and_physicians():
    a_clinic_on("1")
    doctor = physician(full_name="Elif Yılmaz", title="Dr.")
    own = a_decision(stricter(), by=doctor)

    found = queries.reasons_between("1", own.version, language="en")
    assert [(one.text, one.by) for one in found.rules["R-KELOID"]] == [(REASON, "Dr. Elif Yılmaz")]

    shipped_only = queries.reasons_between("1", "2", language="en")
    assert shipped_only.rules["R-CLOT-DISORDER"][0].text
    assert not shipped_only.rules["R-CLOT-DISORDER"][0].by


def test_a_notice_is_the_clinics_or_that_of_the_data():
    assert "emergency care first" in queries.clot_notice("en")
    own = queries.own_rules().with_notice({"en": "Call 112 now. Do not drive.", "tr": ""})

    a_decision(own, part=Part.NOTICE)

    assert queries.clot_notice("en") == "Call 112 now. Do not drive."
    assert "acil" in queries.clot_notice("tr-TR")
