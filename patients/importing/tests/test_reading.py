"""What a record says on a day: the dry run, which changes nothing and needs no database."""

import csv
import json
import tracemalloc
from datetime import date
from pathlib import Path

import pytest
from django.core.management import call_command

from patients.importing import rules
from patients.importing.code_tables import condition_codes, medicine_names, medicine_rows
from patients.importing.coded import Coding, Concept, Illness, ImportedPerson
from patients.importing.conditions import meaning_of
from patients.importing.files import persons_of, units
from patients.importing.outline import Reader
from patients.importing.products import product_names
from patients.importing.records import stands_for_itself
from patients.importing.refusals import FileTooLarge
from patients.importing.streams import GuardedReader
from patients.importing.terms import ConditionState, System
from patients.importing.tests.records import (
    ATC,
    RXNORM,
    SNOMED,
    allergy,
    bundle,
    concept,
    illness,
    lines,
    order,
    person,
)
from patients.screening.rule_files import load_rule_set
from patients.screening.terms import YES

DAY = "2024-06-01"
WARFARIN = concept(RXNORM, "855332", "Warfarin Sodium 5 MG Oral Tablet")
KEYS = {
    "identifier", "name", "medications", "groups", "effects", "conditions", "allergies", "verdict",
    "findings", "unanswered",
}  # fmt: skip


def dry_run(capsys, *paths, on=DAY):
    call_command(
        "import_patients", *map(str, paths), dry_run=True, json=True, on=date.fromisoformat(on)
    )
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def read(tmp_path, capsys, *resources, on=DAY):
    (told,) = dry_run(capsys, bundle(tmp_path, person(), *resources), on=on)
    return told


def test_one_line_per_patient_without_a_database(tmp_path, capsys):
    # There is no database mark here: a query would fail the test.
    told = dry_run(capsys, bundle(tmp_path, person(), person("p2")))

    assert [line["identifier"] for line in told] == ["p1", "p2"]
    assert told[0]["name"] == "Ayşe Işık509"
    assert set(told[0]) >= KEYS
    assert told[0]["verdict"] == "hold"
    assert "medications" in told[0]["unanswered"]


def test_a_coded_order_is_found_by_its_code_alone(tmp_path, capsys):
    told = read(tmp_path, capsys, order(concept(RXNORM, "855332")))

    (medicine,) = told["medications"]
    assert medicine["substance"] == "warfarin"
    assert medicine["status"] == "active"
    assert "anticoagulant" in told["groups"]
    assert "bleeding_risk" in told["effects"]
    assert told["verdict"] == "refuse"
    assert "R-ANTICOAG" in {finding["rule"] for finding in told["findings"]}


@pytest.mark.parametrize(
    ("medicine", "group"),
    [
        (concept(RXNORM, "748856", "Yaz 28 Day Pack"), "hormonal_combined_contraceptive"),
        (concept(RXNORM, "978950"), "hormonal_combined_contraceptive"),
        (concept(RXNORM, "1860480", "1 ML DOCEtaxel 20 MG/ML Injection"), "antineoplastic"),
        (concept(RXNORM, "1736776"), "antineoplastic"),
        (concept(RXNORM, "309362", "Clopidogrel 75 MG Oral Tablet"), "antiplatelet"),
        (concept(RXNORM, "243670", "Aspirin 81 MG Oral Tablet"), "antiplatelet"),
        (concept(RXNORM, "835900", "cycloSPORINE 50 MG Oral Capsule"), "immunosuppressant"),
        (concept(ATC, "L04AX03"), "immunosuppressant"),
        (concept(ATC, "B01AF02"), "anticoagulant"),
        (concept(ATC, "L01XX99"), "antineoplastic"),
        (concept(text="Kumadin 5mg"), "anticoagulant"),
        (concept(SNOMED, "372756006"), "anticoagulant"),
        (concept(text="medroxyprogesterone 150 MG/ML [Depo-Provera]"), "hormonal_progestogen"),
        (concept(RXNORM, "0", "Alteplase 100 MG Injection"), "thrombolytic"),
    ],
)
def test_codes_of_every_system_and_texts_name_their_group(tmp_path, capsys, medicine, group):
    assert group in read(tmp_path, capsys, order(medicine))["groups"]


def test_every_code_of_the_table_is_understood_whole():
    names = product_names(load_rule_set())
    table = Path(__file__).parents[1] / "codes" / "medication_codes.csv"
    with table.open(encoding="utf-8") as rows:
        for row in csv.DictReader(rows):
            coding = Coding(System(row["system"]), row["code"])
            assert names.contents(Concept((coding,))).complete, row


def test_an_unknown_order_is_listed_and_holds(tmp_path, capsys):
    told = read(tmp_path, capsys, order(concept(RXNORM, "1", "Unknownium 5 MG Oral Tablet")))

    assert told["medications"][0]["substance"] is None
    assert {"field": "medications", "text": "Unknownium 5 MG Oral Tablet"} in told["unrecognised"]


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({}, "active"),
        ({"status": "stopped"}, "stopped"),
        ({"status": "completed"}, "stopped"),
        ({"status": "cancelled"}, "stopped"),
        ({"status": "on-hold"}, "stopped"),
        ({"status": "unknown"}, "active"),
        ({"intent": "proposal"}, "stopped"),
        ({"doNotPerform": True}, "stopped"),
        ({"authoredOn": DAY}, "active"),
        ({"dispenseRequest": {"validityPeriod": {"end": "2024-05-31"}}}, "stopped"),
        ({"dispenseRequest": {"validityPeriod": {"end": DAY}}}, "active"),
        (
            {"dosageInstruction": [{"timing": {"repeat": {"boundsPeriod": {"end": "2021"}}}}]},
            "stopped",
        ),
    ],
)
def test_an_order_counts_when_it_is_active_and_not_ended(tmp_path, capsys, changes, status):
    told = read(tmp_path, capsys, order(WARFARIN, **changes))

    assert [medicine["status"] for medicine in told["medications"]] == [status]
    assert ("anticoagulant" in told["groups"]) == (status == "active")


@pytest.mark.parametrize("changes", [{"authoredOn": "2024-06-02"}, {"status": "entered-in-error"}])
def test_what_was_not_ordered_by_then_or_in_error_is_not_there(tmp_path, capsys, changes):
    assert read(tmp_path, capsys, order(WARFARIN, **changes))["medications"] == []


def test_an_order_that_a_later_one_replaces_is_over(tmp_path, capsys):
    later = order(
        concept(RXNORM, "309362"), "m2", authoredOn="2023-01-01",
        priorPrescription={"reference": "MedicationRequest/m1"},
    )  # fmt: skip
    told = read(tmp_path, capsys, order(WARFARIN), later)

    assert [medicine["status"] for medicine in told["medications"]] == ["stopped", "active"]
    before = read(tmp_path, capsys, order(WARFARIN), later, on="2022-01-01")
    assert [medicine["status"] for medicine in before["medications"]] == ["active"]


def test_a_later_order_that_was_stopped_replaces_nothing(tmp_path, capsys):
    later = order(WARFARIN, "m2", authoredOn="2023-01-01", status="stopped")

    assert "anticoagulant" in read(tmp_path, capsys, order(WARFARIN), later)["groups"]


def test_a_medication_may_be_a_resource_of_its_own(tmp_path, capsys):
    own = {"resourceType": "Medication", "id": "drug", "code": WARFARIN}
    refers = order({}, medicationReference={"reference": "Medication/drug"})
    del refers["medicationCodeableConcept"]

    assert "anticoagulant" in read(tmp_path, capsys, refers, own)["groups"]


@pytest.mark.parametrize(
    ("code", "text", "answer", "rule"),
    [
        ("72892002", "Normal pregnancy", "pregnant", "R-PREG"),
        ("254837009", "Malignant neoplasm of breast (disorder)", "cancer_now", "R-CANCER-ACTIVE"),
        ("92691004", "Carcinoma in situ of prostate (disorder)", "cancer_now", "R-CANCER-ACTIVE"),
        ("90935002", "Hemophilia", "bleeding_disorder", "R-BLEED-DISORDER"),
        ("999", "Malignant tumor of unheard-of place", "cancer_now", "R-CANCER-ACTIVE"),
    ],
)
def test_a_coded_illness_answers_its_question(tmp_path, capsys, code, text, answer, rule):
    told = read(tmp_path, capsys, illness(concept(SNOMED, code, text)))

    assert told["conditions"][0]["answers"][answer] == YES
    assert told["verdict"] == "refuse"
    assert rule in {finding["rule"] for finding in told["findings"]}


def test_active_and_resolved_are_kept_apart(tmp_path, capsys):
    pregnancy = illness(concept(SNOMED, "72892002"), abatementDateTime="2024-05-01")
    over = read(tmp_path, capsys, pregnancy)
    still = read(tmp_path, capsys, pregnancy, on="2024-04-01")

    assert over["conditions"][0]["status"] == "resolved"
    assert over["findings"] == []
    assert still["conditions"][0]["status"] == "active"
    assert still["verdict"] == "refuse"


def test_a_cancer_that_is_over_is_a_cancer_of_the_past():
    colon = Concept((Coding(System.SNOMED, "363406005"),))
    assert meaning_of(colon, ConditionState.RESOLVED).answers == (("cancer_past", "yes"),)


@pytest.mark.parametrize("status", ["refuted", "entered-in-error"])
def test_a_refuted_illness_is_none(status):
    assert rules.state_on(Illness(Concept(), "active", status), date(2024, 1, 1)) is None


def test_an_illness_that_nobody_knows_holds_and_a_harmless_one_does_not(tmp_path, capsys):
    told = read(
        tmp_path, capsys, illness(concept(SNOMED, "1", "Strange fever of the moon")),
        illness(concept(SNOMED, "160903007", "Full-time employment (finding)")),
    )  # fmt: skip

    assert [one["known"] for one in told["conditions"]] == [False, True]
    assert [gap["text"] for gap in told["unrecognised"]] == ["Strange fever of the moon"]


def test_allergies_are_found_and_no_known_allergies_is_an_answer(tmp_path, capsys):
    latex = read(tmp_path, capsys, allergy(concept(SNOMED, "300916003", "Latex allergy")))
    none = read(tmp_path, capsys, allergy(concept(SNOMED, "716186003", "No known allergy")))
    drugs = read(tmp_path, capsys, allergy(concept(SNOMED, "409137002", "No known drug allergy")))

    assert latex["allergies"][0]["groups"] == ["latex"]
    assert "allergies" not in latex["unanswered"]
    assert "allergies" not in none["unanswered"]
    # No allergy to medicines says nothing about latex.
    assert "allergies" in drugs["unanswered"]


@pytest.mark.parametrize("changes", [{"verificationStatus": {"coding": [{"code": "refuted"}]}},
                                     {"clinicalStatus": {"coding": [{"code": "resolved"}]}}])  # fmt: skip
def test_an_allergy_that_is_over_or_refuted_does_not_count(tmp_path, capsys, changes):
    told = read(tmp_path, capsys, allergy(concept(SNOMED, "300916003", "Latex allergy"), **changes))

    assert "allergies" in told["unanswered"]


def test_an_allergy_that_names_nothing_holds(tmp_path, capsys):
    told = read(tmp_path, capsys, allergy(concept(SNOMED, "419199007", "Allergy to substance")))

    assert told["allergies"][0]["known"] is False
    assert told["unrecognised"]


def test_a_bulk_export_is_put_together_from_its_files_in_any_order(tmp_path, capsys):
    orders = lines(tmp_path, order(WARFARIN), name="MedicationRequest.ndjson")
    people = lines(tmp_path, person(), person("p2"), name="Patient.ndjson")

    told = dry_run(capsys, orders, people)

    assert [line["groups"] != [] for line in told] == [True, False]


def test_the_added_substances_are_part_of_the_newest_data():
    known = {inn for rows in product_names(load_rule_set()).rows.items() for inn in rows[:1]}
    recognise = load_rule_set().recognise_medication
    assert set(medicine_rows()) <= known
    assert all(recognise(inn).complete for inn in medicine_rows())


def test_the_tables_name_only_what_exists():
    questions = load_rule_set().questions
    codes = {c for e in condition_codes().values() for c, _ in (*e.active, *e.past)}
    rows = product_names(load_rule_set()).rows

    assert codes <= set(questions)
    assert {inn for _, inn in medicine_names()} <= set(rows)


@pytest.mark.parametrize(
    ("text", "answers"), [("diyabet", {"diabetes": "yes"}), ("Hipotiroidi", {})]
)
def test_turkish_illnesses_of_a_table_are_known(tmp_path, capsys, text, answers):
    path = tmp_path / "t.csv"
    path.write_text(f"Ad Soyad;Doğum Tarihi;Tanı\nAda;01.02.1990;{text}\n", encoding="utf-8")

    (told,) = dry_run(capsys, path)

    assert told["conditions"][0]["answers"] == answers
    assert told["conditions"][0]["known"]


@pytest.mark.slow
def test_memory_does_not_grow_with_the_number_of_patients(tmp_path):
    def peak(patients):
        path = lines(
            tmp_path, *(r for n in range(patients) for r in (
                person(f"p{n}"), order(WARFARIN, f"m{n}", subject={"reference": f"Patient/p{n}"})
            ))
        )  # fmt: skip
        (unit,) = units([path])
        tracemalloc.start()
        try:
            with persons_of(unit) as persons:
                count = sum(len(one.orders) for one in persons)
            return count, tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()

    few, many = peak(200), peak(2000)

    assert (few[0], many[0]) == (200, 2000)
    assert many[1] < few[1] + 4_000_000


def test_lines_and_single_records_belong_together_whatever_their_files_are_called(tmp_path, capsys):
    export = tmp_path / "Patient.json"
    export.write_text(
        "\n".join(json.dumps(person(key)) for key in ("p1", "p2")) + "\n", encoding="utf-8"
    )
    single = tmp_path / "order.json"
    single.write_text(json.dumps(order(WARFARIN), indent=2), encoding="utf-8")

    first, second = dry_run(capsys, single, export)

    assert first["groups"] == ["anticoagulant", "anticoagulant_vka"]
    assert second["groups"] == []


def test_a_bundle_of_hospitals_beside_the_patients_stops_nothing(tmp_path, capsys):
    patients = bundle(tmp_path, person())
    hospitals = tmp_path / "hospitals.json"
    entries = [{"resource": {"resourceType": "Organization", "id": "o"}}]
    hospitals.write_text(json.dumps({"resourceType": "Bundle", "entry": entries}), encoding="utf-8")

    assert [told["identifier"] for told in dry_run(capsys, hospitals, patients)] == ["p1"]
    with pytest.raises(SystemExit):
        dry_run(capsys, hospitals)


def test_a_mark_at_the_beginning_of_a_bundle_is_stepped_over(tmp_path, capsys):
    path = bundle(tmp_path, person(), order(WARFARIN))
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes())

    (told,) = dry_run(capsys, path)

    assert told["medications"][0]["substance"] == "warfarin"


def test_both_count_where_code_and_words_of_an_allergy_differ(tmp_path, capsys):
    fish_by_code = allergy(concept(SNOMED, "227037002", "Shellfish (substance)"))
    assert read(tmp_path, capsys, fish_by_code)["allergies"][0]["groups"] == ["fish", "shellfish"]


@pytest.mark.parametrize(
    ("text", "answers"),
    [
        ("Past pregnancy history of miscarriage", ()),
        ("Pregnancy test negative", ()),
        ("High risk pregnancy", (("pregnant", YES),)),
        ("Family history of malignant neoplasm of breast", ()),
        ("Personal history of breast cancer", (("cancer_past", YES),)),
        ("Estrogen receptor positive tumor", (("cancer_now", YES),)),
        ("Non-malignant tumor", ()),
    ],
)
def test_words_around_an_illness_say_whether_it_is_there(text, answers):
    assert meaning_of(Concept((), text), ConditionState.ACTIVE).answers == answers


def test_the_shared_verdict_is_the_verdict_of_every_age():
    reader = Reader(load_rule_set())
    day = date(2026, 11, 22)
    for age in range(130):
        outline = reader.outline(
            ImportedPerson(identifier="p", name="P", sex="F", born=date(2026 - age, 1, 2)), day
        )
        assert reader.verdict_word(outline) == reader.verdict(outline).verdict.value, age
    assert len(reader._words) < 12


@pytest.mark.parametrize(
    "content",
    [
        b'{"resourceType": "Bundle", "entry": ' + b"9" * 5000 + b"}",
        b'{"number": ' + b"9" * 70_000 + b"}",
        b'{"any":' * 5000,
        b"[" * 70_000,
    ],
    ids=["number", "number over two blocks", "objects", "lists"],
)
def test_endless_numbers_and_nesting_are_refused_however_often_they_come(tmp_path, content):
    """The reader of JSON ended the process after some hundred of these."""
    path = tmp_path / "hostile.json"
    path.write_bytes(content)
    for _time in range(600):
        stands_for_itself(path)
    with path.open("rb") as stream, pytest.raises(FileTooLarge):
        read_all(GuardedReader(stream))


def read_all(reader):
    while reader.read(64 * 1024):
        pass
