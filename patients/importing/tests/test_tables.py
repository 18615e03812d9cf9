"""Tables of patients: columns, letters, dates, workbooks, and what does harm."""

import io
import time
import zipfile

import pytest

from patients.importing import streams, tables
from patients.importing.error_file import plain, write_errors
from patients.importing.refusals import FileTooLarge, ImportFailed, UnknownFile
from patients.importing.tables import persons_of_table, read_day, table_of
from patients.importing.workbook import sheet_rows

HEAD = "Hasta No;Ad Soyad;Doğum Tarihi;Cinsiyet;Telefon;İlaçlar;Alerji\n"
ROW = "7;Işıl Çağlar;31.12.1990;K;0532 123 45 67;Kumadin 5mg; lateks\n"


@pytest.fixture(autouse=True)
def _in_english(settings):
    settings.LANGUAGE_CODE = "en"


def table(tmp_path, text, charset="utf-8", name="t.csv"):
    path = tmp_path / name
    path.write_bytes(text.encode(charset))
    return path


@pytest.mark.parametrize("charset", ["utf-8", "utf-8-sig", "cp1254", "utf-16"])
@pytest.mark.parametrize("delimiter", [";", ",", "\t"])
def test_turkish_tables_are_read_in_every_usual_form(tmp_path, charset, delimiter):
    path = table(tmp_path, (HEAD + ROW).replace(";", delimiter), charset)

    (person,) = persons_of_table(path)

    assert (person.name, person.born.isoformat(), person.sex) == ("Işıl Çağlar", "1990-12-31", "F")
    assert person.phone == "+905321234567"
    assert [order.medicine.text for order in person.orders] == ["Kumadin 5mg"]
    assert [allergy.substance.text for allergy in person.intolerances] == ["lateks"]


def test_english_names_of_columns_are_known_too(tmp_path):
    head = "MRN,First name,Last name,Date of birth,Gender\n"
    path = table(tmp_path, head + "1,Ada,Işık,1990-01-02,female\n")

    (person,) = persons_of_table(path)

    assert (person.name, person.identifier) == ("Ada Işık", "1")


def test_the_mapping_corrects_the_guess(tmp_path):
    path = table(tmp_path, "Alan 1;Alan 2\nAda Işık;02.01.1990\n")

    with pytest.raises(UnknownFile):
        list(persons_of_table(path))
    (person,) = persons_of_table(path, {"Alan 1": "name", "Alan 2": "birth_date"})
    assert person.name == "Ada Işık"
    assert table_of(path).mapping == {"Alan 1": "", "Alan 2": ""}


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("31.12.1990", "1990-12-31"), ("1.2.1990", "1990-02-01"), ("31/12/1990", "1990-12-31"),
        ("1990-12-31", "1990-12-31"), ("33238", "1990-12-31"), ("31.02.1990", None),
        ("1990", None), ("yarın", None), ("", None),
    ],
)  # fmt: skip
def test_dates_are_read_as_people_and_workbooks_write_them(text, day):
    read = read_day(text)
    assert (read.isoformat() if read else None) == day


def test_a_bad_row_is_named_with_its_column(tmp_path):
    rows = [f"{n}{ROW[1:]}" for n in range(200)]
    rows[120] = rows[120].replace("31.12.1990", "31.02.1990")
    path = table(tmp_path, HEAD + "".join(rows))

    with pytest.raises(ImportFailed) as refused:
        list(persons_of_table(path))

    said = str(refused.value)
    assert "Row 122" in said
    assert "Doğum Tarihi" in said
    assert "31.02.1990" in said
    assert "Nothing was imported" in said


def test_the_error_file_holds_every_bad_row_and_runs_nothing(tmp_path):
    bad = "8;=cmd|'/C calc'!A0;31.02.1990;K;;;\n"
    path = table(tmp_path, HEAD + ROW + bad + ROW.replace("31.12.1990", "x"))
    target = tmp_path / "errors.csv"

    written = write_errors([path], ImportFailed("x"), None, target)

    text = target.read_text(encoding="utf-8-sig")
    assert written == 2
    assert "'=cmd" in text
    assert ";=cmd" not in text
    assert "31.02.1990" in text
    assert plain("+90") == "'+90"


def test_a_line_without_an_end_is_refused_before_it_fills_the_memory(tmp_path, monkeypatch):
    monkeypatch.setattr(streams, "LONGEST_LINE", 1000)
    monkeypatch.setattr(tables, "bounded_lines", lambda s: streams.bounded_lines(s, 1000))
    path = table(tmp_path, HEAD + "x" * 5000)

    with pytest.raises(FileTooLarge):
        list(persons_of_table(path))


# -- workbooks

_SHEET = '<?xml version="1.0"?><worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>%s</sheetData></worksheet>'


def cell(reference, value, kind="inlineStr"):
    if kind == "inlineStr":
        return f'<c r="{reference}" t="inlineStr"><is><t>{value}</t></is></c>'
    return (
        f'<c r="{reference}">{value}</c>'
        if kind == "raw"
        else f'<c r="{reference}"><v>{value}</v></c>'
    )


def workbook(tmp_path, rows):
    xml = "".join(f'<row r="{n}">{"".join(cells)}</row>' for n, cells in enumerate(rows, start=1))
    path = tmp_path / "t.xlsx"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", _SHEET % xml)
    return path


HEADER = [cell("A1", "Name"), cell("B1", "Birth date"), cell("C1", "Phone")]


def test_a_workbook_is_read_with_its_dates_and_numbers(tmp_path):
    path = workbook(
        tmp_path, [HEADER, [cell("A2", "Ada"), cell("B2", "33238", "n"), cell("C2", "5.321234567E9", "n")]]
    )  # fmt: skip

    (person,) = persons_of_table(path)

    assert person.born.isoformat() == "1990-12-31"
    assert person.phone == "+905321234567"


@pytest.mark.parametrize(
    "inner", ["<f>HYPERLINK()</f><v>1</v>", "<f>1+1</f>"]
)  # fmt: skip
def test_a_formula_is_refused_with_its_column(tmp_path, inner):
    path = workbook(tmp_path, [HEADER, [cell("A2", "Ada"), cell("B2", inner, "raw")]])

    with pytest.raises(ImportFailed, match="Birth date"):
        list(persons_of_table(path))


def test_an_archive_bomb_is_refused_at_once(tmp_path):
    path = tmp_path / "bomb.xlsx"
    with (
        zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive,
        archive.open("xl/worksheets/sheet1.xml", "w") as sheet,
    ):
        for _n in range(60):
            sheet.write(b" " * (1 << 20))
    began = time.monotonic()

    with pytest.raises(FileTooLarge):
        list(sheet_rows(path))

    assert time.monotonic() - began < 1


def test_a_workbook_that_lies_about_its_size_is_stopped_while_it_is_read(tmp_path, monkeypatch):
    monkeypatch.setattr("patients.importing.workbook.LARGEST_UNPACKED", 20_000)
    monkeypatch.setattr("patients.importing.workbook._check_size", lambda archive: None)
    path = workbook(tmp_path, [HEADER, *([[cell("A2", "x" * 500)]] * 100)])

    with pytest.raises(FileTooLarge):
        list(sheet_rows(path))


def test_entities_are_not_expanded(tmp_path):
    path = tmp_path / "t.xlsx"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(
            "xl/worksheets/sheet1.xml", '<!DOCTYPE x [<!ENTITY a "b">]>' + _SHEET % "<row/>"
        )

    with pytest.raises(UnknownFile):
        list(sheet_rows(path))


def test_a_broken_workbook_is_no_workbook(tmp_path):
    path = tmp_path / "t.xlsx"
    path.write_bytes(b"PK\x03\x04" + b"x" * 100)

    with pytest.raises(UnknownFile):
        list(sheet_rows(path))


def test_an_endless_text_in_a_bundle_is_refused():
    reader = streams.GuardedReader(io.BytesIO(b'{"a": "' + b"x" * (9 << 20)))

    with pytest.raises(FileTooLarge):
        list(iter(lambda: reader.read(1 << 16), b""))
