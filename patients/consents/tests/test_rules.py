"""Signatures, states and texts: what is let through and what is not."""

import json

import pytest
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from patients.consents import rules
from patients.consents.rules import (
    HEIGHT,
    MOST_POINTS,
    WIDTH,
    Block,
    SignatureRefused,
    TextRefused,
    blocks,
    fingerprint,
    is_name_of,
    next_edition,
    read_signature,
    state_of,
    svg_path,
)
from patients.consents.terms import TEXT_KINDS, Decision, State
from patients.consents.texts import shipped_text
from patients.records.terms import PatientLanguage


@pytest.fixture(autouse=True)
def _in_english():
    """A page that an earlier test fetched leaves its language behind."""
    with translation.override("en"):
        yield


points = st.lists(
    st.tuples(st.integers(0, WIDTH), st.integers(0, HEIGHT)).map(list), min_size=1, max_size=30
)


@given(st.lists(points, max_size=10))
def test_a_drawn_signature_is_kept_point_by_point_or_refused(strokes):
    try:
        assert read_signature(json.dumps(strokes)) == strokes
    except SignatureRefused:
        assert strokes, "an empty field is not wrong, it is unsigned"


@given(st.text(max_size=200))
def test_nothing_else_passes_as_a_signature(sent):
    try:
        strokes = read_signature(sent)
    except SignatureRefused:
        return
    assert strokes == []


@pytest.mark.parametrize(
    "forged",
    [
        '"<svg onload=alert(1)>"',
        '[["<script>"]]',
        '[[["0 0\\"/><script>", 5]]]',
        "[[[1, 2], [1e400, 3]]]",
        "[[[1.5, 2], [300, 3]]]",
        "[[[true, false], [900, 300]]]",
        "[[[1, 2, 3], [900, 300, 1]]]",
        "[[[-1, 2], [900, 300]]]",
        f"[[[1, 2], [{WIDTH + 1}, 3]]]",
        "[[[1, null], [900, 300]]]",
        "[[]]",
        "[1]",
        "{}",
        "null",
        "[" * 10_000,
        "[[[1, 2], [900, 300]]] //",
    ],
)
def test_a_forged_signature_is_refused(forged):
    with pytest.raises(SignatureRefused):
        read_signature(forged)


def test_a_signature_has_a_size():
    many = [[[i % WIDTH, 5] for i in range(MOST_POINTS)]]
    assert read_signature(json.dumps(many)) == many
    with pytest.raises(SignatureRefused, match="too long"):
        read_signature(json.dumps([many[0] + [[1, 1]]]))
    with pytest.raises(SignatureRefused, match="too long"):
        read_signature(" " * 2_000_000 + "[]")


def test_a_slip_of_the_hand_is_no_signature():
    with pytest.raises(SignatureRefused, match="sign in the field"):
        read_signature("[[[5, 5]]]")
    with pytest.raises(SignatureRefused, match="sign in the field"):
        read_signature("[[[5, 5], [60, 5]]]")


@given(st.lists(points, min_size=1, max_size=5))
def test_a_path_is_numbers_and_two_letters(strokes):
    assert set(svg_path(strokes)) <= set("ML 0123456789")


@pytest.mark.parametrize(
    ("typed", "name", "same"),
    [
        ("isik caglar", "Işık Çağlar", True),
        ("  IŞIK   ÇAĞLAR ", "Işık Çağlar", True),
        ("Işık", "Işık Çağlar", False),
        ("", "Işık Çağlar", False),
        ("...", "Işık Çağlar", False),
    ],
)
def test_a_typed_name_is_the_whole_name(typed, name, same):
    assert is_name_of(typed, name) is same


def test_a_fingerprint_knows_what_is_where_but_not_the_order():
    assert fingerprint(["a", "b"], ["c"]) == fingerprint(["b", "a"], ["c"])
    assert fingerprint(["a", "b"], ["c"]) != fingerprint(["a"], ["b", "c"])
    assert fingerprint(["a"], []) != fingerprint(["b"], [])


@pytest.mark.parametrize(
    ("said", "same", "stands"),
    [
        (None, True, State.NOT_ASKED),
        (Decision.GIVEN, True, State.GIVEN),
        (Decision.GIVEN, False, State.TO_RENEW),
        (Decision.REFUSED, True, State.REFUSED),
        (Decision.REFUSED, False, State.NOT_ASKED),
        (Decision.WITHDRAWN, True, State.WITHDRAWN),
        (Decision.WITHDRAWN, False, State.WITHDRAWN),
    ],
)
def test_where_a_consent_stands(said, same, stands):
    now = "a" if same else "b"
    assert state_of(said, consented_to="a", now_planned=now) is stands


def test_a_text_is_read_as_titles_paragraphs_and_points():
    assert blocks("# Title\n\nOne\ntwo\n\n## Part\n- a\n- b\n\nEnd") == [
        Block("title", ("Title",)),
        Block("paragraph", ("One two",)),
        Block("heading", ("Part",)),
        Block("list", ("a", "b")),
        Block("paragraph", ("End",)),
    ]


@pytest.mark.parametrize("language", PatientLanguage.values)
@pytest.mark.parametrize("kind", [kind for kind, _label in TEXT_KINDS])
def test_every_shipped_text_can_be_shown_and_says_what_it_must(kind, language):
    text = shipped_text(kind, language)
    rules.check_text(text)
    assert "{clinic}" in text
    if kind == "privacy_notice":
        return
    withdraw = {"tr": "geri alabilirsiniz", "en": "withdraw this con"}[language]
    assert withdraw in text.replace("\n", " ")
    assert "{phone}" in text


@pytest.mark.parametrize("language", PatientLanguage.values)
def test_the_procedure_text_names_off_label_risks_and_alternatives(language):
    text = shipped_text("procedure", language)
    words = {
        "tr": ("onaylı kullanım alanları dışında", "Riskler", "Başka neler", "{emergency}"),
        "en": ("outside their approved indication", "Risks", "What else", "{emergency}"),
    }[language]
    assert all(word in text for word in words)


def test_a_clinics_own_text_is_checked():
    good = "# Title\n\n" + "words " * 60
    rules.check_text(good + "{clinic}")
    for bad in (
        "no title " * 40,
        "# \n\n" + "words " * 60,
        "# Title\n\nshort",
        good + "{name}",
        good + "{clinic.__class__}",
        good + "words " * 5000,
    ):
        with pytest.raises(TextRefused):
            rules.check_text(bad)


def test_gaps_are_filled_and_nothing_else_is_read():
    assert rules.filled_in("{clinic} {x} {clinic.a}", {"clinic": "A{phone}"}) == (
        "A{phone} {x} {clinic.a}"
    )


def test_editions_count_on():
    assert [next_edition("1"), next_edition("1.1"), next_edition("1.9")] == ["1.1", "1.2", "1.10"]
