from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clinic.messages.short import fitted, short_words, size_of


@pytest.mark.parametrize(
    ("text", "is_gsm7", "units", "segments"),
    [
        ("", True, 0, 0),
        ("a" * 160, True, 160, 1),
        ("a" * 161, True, 161, 2),
        ("a" * 306, True, 306, 2),
        ("a" * 307, True, 307, 3),
        ("öüÖÜÇ", True, 5, 1),  # Turkish letters that GSM 03.38 has
        ("ş" * 70, False, 70, 1),
        ("ş" * 71, False, 71, 2),
        ("ş" * 135, False, 135, 3),
        ("ç", False, 1, 1),  # only the great one is in the table
        ("€" * 80, True, 160, 1),
        ("a" * 152 + "€" * 5, True, 162, 2),  # an escape is not cut in two
        ("😀" * 35, False, 70, 1),
        ("ş" * 66 + "😀" + "ş" * 66, False, 134, 3),
    ],
)
def test_the_size_of_a_short_message(text, is_gsm7, units, segments):
    size = size_of(text)

    assert (size.is_gsm7, size.units, size.segments) == (is_gsm7, units, segments)


def test_what_it_costs():
    assert size_of("a" * 161).cost(Decimal("0.12")) == Decimal("0.24")


@given(st.text(), st.text())
def test_more_text_never_takes_fewer_segments(text, more):
    assert size_of(text).segments <= size_of(text + more).segments


@given(st.text(max_size=500))
def test_fitting_never_makes_it_longer(text):
    assert size_of(fitted(text)).segments <= size_of(text).segments


def test_turkish_stays_where_it_fits_and_is_plain_where_that_saves_a_segment():
    short = "Işık Kliniği: yarın 15.40"
    assert fitted(short) == short

    long = short + "\nhttps://randevu.klinik.example/v/" + "x" * 40
    assert fitted(long) == long.replace("şı", "si").replace("ği", "gi").replace("rın", "rin")
    assert size_of(fitted(long)).segments == 1
    assert size_of(long).segments == 2


def test_it_says_the_subject_and_the_first_link_or_else_the_number():
    words = short_words("K: 15.40", "Hi\nhttps://a.example/1 b https://c.example", otherwise="0212")
    assert words == "K: 15.40\nhttps://a.example/1"
    assert short_words("K: 15.40", "call us", otherwise="0212") == "K: 15.40\n0212"
