"""The pages about the rules: read by physician and nurse, changed by physicians only."""

import json
from io import BytesIO, TextIOWrapper

import pytest
from django.core.management import call_command
from django.urls import reverse

from clinic.tests.builders import manager, nurse, physician, receptionist
from patients.rulebook import queries
from patients.rulebook.composing import entry_of
from patients.rulebook.forms import RuleForm
from patients.rulebook.models import RulesApproval, RulesEdition
from patients.rulebook.tests.builders import REASON, a_clinic_on, a_decision, with_severity
from patients.screening.terms import Severity
from patients.screening.tests.cases import request

pytestmark = pytest.mark.django_db
READING = ("list", "questions", "durations", "history", "export")
CHANGING = ("change-durations", "change-notice", "update")


@pytest.fixture(autouse=True)
def _in_english(settings):
    settings.LANGUAGE_CODE = "en"


def page(name, *args):
    return reverse(f"rulebook:{name}", args=args)


def typed(rule_id="R-KELOID", **changes):
    """What the browser sends when the form is sent as it was shown, but for `changes`."""
    form = RuleForm(
        entry=entry_of(queries.own_rules(), rule_id) or {}, rule_set=queries.rules_in_force()
    )
    values = {name: form[name].value() or "" for name in form.fields}
    return values | {"seen": queries.version_in_force(), "go": "try"} | changes


def put(client, address, values):
    """Try, and put in force what was tried."""
    tried = client.post(address, values).context["tried"]
    return client.post(address, values | {"go": "put", "tried": tried, "reason": REASON})


# -- reading ------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", READING)
@pytest.mark.parametrize("reader", [physician, nurse])
def test_physician_and_nurse_read_the_rules(client, reader, name):
    client.force_login(reader())

    assert client.get(page(name)).status_code == 200


@pytest.mark.parametrize("name", [*READING, *CHANGING])
@pytest.mark.parametrize("reader", [receptionist, manager])
def test_the_desk_and_the_manager_do_not(client, reader, name):
    client.force_login(reader())

    assert client.get(page(name)).status_code == 403


def test_every_rule_stands_in_the_list_with_condition_source_and_certainty(client):
    client.force_login(nurse())

    body = client.get(page("list")).content.decode()

    for rule in queries.rules_in_force().rules:
        assert f'id="{rule.id}"' in body
    assert "<code>keloid = yes</code>" in body
    assert "certainty: moderate" in body
    assert "Read and approved" not in body


@pytest.mark.parametrize(
    ("asked", "there", "not_there"),
    [
        ({"text": "keloıd"}, "R-KELOID", "R-PREG"),
        ({"severity": "absolute"}, "R-PREG", "R-KELOID"),
        ({"scope": "ingredient"}, "R-DOSE-LIMIT", "R-PREG"),
        ({"state": "changed"}, "R-KELOID", "R-PREG"),
        ({"state": "unapproved"}, "R-PREG", "R-KELOID"),
    ],
)
def test_the_list_can_be_searched_and_filtered(client, asked, there, not_there):
    a_decision(with_severity(queries.own_rules(), "R-KELOID", "caution"))
    client.force_login(physician())

    body = client.get(page("list"), asked).content.decode()

    assert f'id="{there}"' in body
    assert f'id="{not_there}"' not in body


def test_no_such_rule_is_not_found(client):
    client.force_login(physician())

    for name in ("rule", "change-rule"):
        assert client.get(page(name, "R-NONE")).status_code == 404
    assert client.get(page("change-question", "no_such_code")).status_code == 404


# -- changing -----------------------------------------------------------------------------------


def test_a_nurse_changes_nothing(client):
    client.force_login(nurse())

    for address in (page("change-rule", "R-KELOID"), page("change-question", "keloid"),
                    *map(page, CHANGING)):  # fmt: skip
        assert client.get(address).status_code == 403
        assert client.post(address, typed()).status_code == 403
    assert client.post(page("approve"), {"base": "1"}).status_code == 403
    assert not RulesEdition.objects.exists()
    assert not RulesApproval.objects.exists()


def test_a_form_that_is_sent_as_it_was_shown_changes_nothing(client):
    """Every rule goes through the form unharmed: what a browser sends back is what was written."""
    own, rule_set = queries.own_rules(), queries.rules_in_force()
    for rule in rule_set.rules:
        entry = entry_of(own, rule.id) or {}
        form = RuleForm(typed(rule.id), entry=entry, rule_set=rule_set)
        assert form.is_valid(), (rule.id, form.errors)
        assert own.with_rule(rule.id, form.changed_entry()) == own, rule.id

    client.force_login(physician())
    answer = client.post(page("change-rule", "R-KELOID"), typed())
    assert answer.context["refusal"].code == "nothing_changed"


def test_a_change_is_tried_on_the_worked_cases_before_it_can_be_put_in_force(client):
    client.force_login(physician())
    address = page("change-rule", "R-ANTICOAG")

    tried = client.post(address, typed("R-ANTICOAG", off="1"))

    assert tried.status_code == 200
    assert tried.context["trial"].is_milder
    assert tried.context["trial"].milder_cases
    assert "This makes verdicts milder" in tried.content.decode()
    assert not RulesEdition.objects.exists()


def test_put_in_force_with_a_reason(client):
    client.force_login(physician())

    answer = put(client, page("change-rule", "R-KELOID"), typed(case_0_severity="absolute"))

    assert answer.status_code == 302
    edition = RulesEdition.objects.get()
    assert edition.reason == REASON
    assert queries.rules_in_force().rule("R-KELOID").cases[0].severity is Severity.ABSOLUTE
    assert REASON in client.get(page("history")).content.decode()


def test_without_a_reason_the_page_asks_for_one_and_keeps_what_was_typed(client):
    client.force_login(physician())
    address = page("change-rule", "R-KELOID")
    values = typed(note="Our own words for it.")
    tried = client.post(address, values).context["tried"]

    answer = client.post(address, values | {"go": "put", "tried": tried, "reason": "short"})

    assert answer.status_code == 422
    body = answer.content.decode()
    assert "Write the reason in at least 20 characters" in body
    assert "Our own words for it." in body
    assert ">short</textarea>" in body


def test_nothing_is_put_in_force_that_was_not_tried(client):
    client.force_login(physician())
    address = page("change-rule", "R-KELOID")
    tried = client.post(address, typed(case_0_severity="absolute")).context["tried"]

    answer = client.post(
        address, typed(case_0_severity="caution", go="put", tried=tried, reason=REASON)
    )

    assert answer.status_code == 422
    assert "has changed since it was tried" in answer.content.decode()
    assert not RulesEdition.objects.exists()


@pytest.mark.parametrize(
    ("condition", "words"),
    [
        ("keloidd = yes", "“keloidd” is not the code of a question"),
        ("keloid = yes and (", "Something is missing at the end"),
        ("keloid = perhaps", "Known words like it: no, yes"),
        ("", "Write when it holds"),
    ],
)
def test_a_broken_condition_is_refused_at_its_field(client, condition, words):
    client.force_login(physician())

    answer = client.post(
        page("change-rule", "R-KELOID"), typed(case_0_if=condition, note="Kept words.")
    )

    assert answer.status_code == 422
    assert words in answer.context["form"].errors["case_0_if"][0]
    assert "Kept words." in answer.content.decode()
    assert "trial" not in answer.context


@pytest.mark.parametrize(
    ("severity", "clears", "words"),
    [
        ("relative", "today + 7", "Only a temporary case"),
        ("temporary", "soon", "does not say when it clears"),
        ("temporary", "keloid + 7", "not a date from which days can be counted"),
    ],
)
def test_a_day_that_cannot_be_computed_is_refused(client, severity, clears, words):
    client.force_login(physician())

    answer = client.post(
        page("change-rule", "R-KELOID"),
        typed(case_0_severity=severity, case_0_clears=clears),
    )

    assert answer.status_code == 422
    assert words in answer.context["form"].errors["case_0_clears"][0]


def test_a_second_physician_meets_409_and_keeps_what_was_typed(client):
    values = typed(note="The words of the second one.")
    a_decision(with_severity(queries.own_rules(), "R-KELOID", "caution"))
    client.force_login(physician())

    answer = client.post(page("change-rule", "R-KELOID"), values)

    assert answer.status_code == 409
    body = answer.content.decode()
    assert "The words of the second one." in body
    assert REASON in body
    assert f'name="seen" value="{queries.version_in_force()}"' in body
    assert RulesEdition.objects.count() == 1


def test_back_to_the_shipped_words(client):
    a_decision(with_severity(queries.own_rules(), "R-KELOID", "absolute"))
    client.force_login(physician())
    address = page("change-rule", "R-KELOID")
    values = {"seen": queries.version_in_force(), "shipped": "1"}

    answer = put(client, address, values)

    assert answer.status_code == 302
    assert not queries.own_rules().rules


def test_a_question_keeps_its_code_and_changes_its_words(client):
    client.force_login(physician())
    values = {
        "en": "Do you get thick scars?", "tr": "İzleriniz kalın mı olur?", "mandatory": "1",
        "seen": queries.version_in_force(),
    }  # fmt: skip

    assert put(client, page("change-question", "keloid"), values).status_code == 302

    question = queries.rules_in_force().question("keloid")
    assert question.text.en == "Do you get thick scars?"
    assert question.mandatory


def test_durations_and_the_notice_are_changed_like_rules(client):
    client.force_login(physician())
    shown = client.get(page("change-durations")).context["form"]
    values = {name: shown[name].value() for name in shown.fields}
    values |= {"answers_hold_days": "90", "seen": queries.version_in_force()}
    assert put(client, page("change-durations"), values).status_code == 302
    assert queries.rules_in_force().answers_hold_days == 90

    notice = {"en": "Call 112.", "tr": "112'yi arayın.", "seen": queries.version_in_force()}
    assert put(client, page("change-notice"), notice).status_code == 302
    assert queries.clot_notice("tr") == "112'yi arayın."

    too_long = values | {"answers_hold_days": "900", "seen": queries.version_in_force()}
    assert client.post(page("change-durations"), too_long).status_code == 422


def test_a_version_is_approved_by_name(client):
    doctor = physician(full_name="Elif Yılmaz")
    client.force_login(doctor)

    client.post(page("approve"), {"base": queries.own_rules().base})

    body = client.get(page("list")).content.decode()
    assert "Read and approved by Dr. Elif Yılmaz" in body
    assert "not yet approved</span>" not in body
    assert client.post(page("approve"), {"base": queries.own_rules().base}).status_code == 409


# -- the shipped update -------------------------------------------------------------------------


def test_an_update_is_offered_as_a_list_of_differences_and_holds_only_when_accepted(client):
    a_clinic_on("1")
    a_decision(with_severity(queries.own_rules(), "R-ANTICOAG-RECENT", "absolute"))
    client.force_login(physician())

    offered = client.get(page("update"))
    body = offered.content.decode()
    assert 'id="R-CLOT-DISORDER"' in body
    assert "changed here too" in body
    assert queries.rules_in_force().version == "1.1"

    values = {"seen": "1.1", "keep:rules:R-ANTICOAG-RECENT": "mine"}
    assert put(client, page("update"), values).status_code == 302
    assert queries.rules_in_force().version == "2.2"
    assert queries.own_rules().rules.keys() == {"R-ANTICOAG-RECENT"}
    assert client.get(page("update")).status_code == 302


def test_without_an_update_there_is_nothing_to_accept(client):
    client.force_login(physician())

    assert client.get(page("update")).status_code == 302
    assert client.post(page("update"), {"go": "put"}).status_code == 302
    assert not RulesEdition.objects.exists()


# -- the file -----------------------------------------------------------------------------------


def test_the_batch_command_reads_the_downloaded_rules(client, tmp_path, monkeypatch):
    a_clinic_on("1")
    a_decision(with_severity(queries.own_rules(), "R-KELOID", "absolute"))
    client.force_login(physician())
    answer = client.get(page("export"))
    assert answer["Content-Disposition"] == 'attachment; filename="rules-1.1.json"'
    path = tmp_path / "rules.json"
    path.write_bytes(answer.content)

    line = json.dumps(request(answers={"keloid": "yes"}), default=str).encode() + b"\n"
    for rules_file, expected in (([], "hold"), (["--rules", str(path)], "refuse")):
        monkeypatch.setattr("sys.stdin", TextIOWrapper(BytesIO(line)))
        written = BytesIO()
        monkeypatch.setattr("sys.stdout", TextIOWrapper(written, write_through=True))
        call_command("screen", "--version", "1", *rules_file)
        assert json.loads(written.getvalue())["verdict"] == expected
