import json
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from django.utils.translation import gettext_lazy as _
from hypothesis import given
from hypothesis import strategies as st

from treatments.sessions import rules
from treatments.sessions.rules import Injected, Record, Used
from treatments.sessions.terms import Missing, Technique

COMPLETE = Record(
    started_at=datetime(2026, 11, 23, 12, 10, tzinfo=UTC),
    ended_at=datetime(2026, 11, 23, 12, 40, tzinfo=UTC),
    antiseptic="povidone_iodine",
    anaesthetic_cream="emla",
    cream_g=Decimal("2.5"),
    gloves="nitrile",
    technique="nappage",
    device="needle",
    injected=(
        Injected(region="cheek_left", volume_ml=Decimal("1.0"), points=20),
        Injected(region="cheek_right", volume_ml=Decimal("1.0"), points=20),
    ),
    prepared_ml=Decimal("5"),
    used=(Used(product="Tranexamic acid 50 mg/ml", lot="A1234", strength_seen=True),),
    reactions=("erythema",),
    reaction_note="",
    pain=3,
)


def test_a_complete_record_may_be_signed():
    assert rules.check_record(COMPLETE) == []


@pytest.mark.parametrize(
    ("change", "missing"),
    [
        ({"started_at": None}, Missing.TIMES),
        ({"ended_at": None}, Missing.TIMES),
        ({"ended_at": COMPLETE.started_at}, Missing.TIMES_REVERSED),
        ({"antiseptic": ""}, Missing.ANTISEPTIC),
        ({"antiseptic": "tap water"}, Missing.ANTISEPTIC),
        ({"anaesthetic_cream": ""}, Missing.CREAM),
        ({"cream_g": None}, Missing.CREAM_AMOUNT),
        ({"cream_g": Decimal(0)}, Missing.CREAM_AMOUNT),
        ({"gloves": ""}, Missing.GLOVES),
        ({"technique": ""}, Missing.TECHNIQUE),
        ({"device": ""}, Missing.DEVICE),
        ({"technique": Technique.MESOGUN}, Missing.DEVICE_MISMATCH),
        ({"injected": ()}, Missing.REGIONS),
        ({"injected": (*COMPLETE.injected, COMPLETE.injected[0])}, Missing.REGION_TWICE),
        ({"injected": (Injected(region="chin", volume_ml=None),)}, Missing.REGION_VOLUME),
        ({"injected": (Injected(region="chin", volume_ml=Decimal("-1")),)}, Missing.REGION_VOLUME),
        ({"prepared_ml": None}, Missing.PREPARED_VOLUME),
        ({"prepared_ml": Decimal("1.99")}, Missing.MORE_THAN_PREPARED),
        ({"used": ()}, Missing.PRODUCTS),
        ({"used": (Used(product="Vitamin C", lot=" ", strength_seen=True),)}, Missing.LOT),
        ({"reactions": ()}, Missing.REACTIONS),
        ({"reactions": ("itch",)}, Missing.REACTIONS),
        ({"reactions": ("none", "bruise")}, Missing.REACTIONS_CONTRADICT),
        ({"reactions": ("other",)}, Missing.REACTION_NOTE),
        ({"pain": None}, Missing.PAIN),
        ({"pain": 11}, Missing.PAIN),
    ],
)
def test_what_is_missing_is_named(change, missing):
    assert rules.check_record(replace(COMPLETE, **change)) == [missing]


def test_everything_that_can_be_missing_has_words():
    assert all(str(missing.label).endswith(".") for missing in Missing)


@pytest.mark.parametrize(
    "change",
    [
        {"anaesthetic_cream": "none", "cream_g": None},
        {"prepared_ml": Decimal("2.0")},
        {"technique": "mesogun", "device": "injection_gun"},
        {"reactions": ("none",)},
        {"reactions": ("other",), "reaction_note": "Cough"},
        {"pain": 0},
    ],
)
def test_what_is_in_order_is_not_complained_about(change):
    assert rules.check_record(replace(COMPLETE, **change)) == []


def test_a_session_across_a_clock_change_is_not_reversed():
    berlin = ZoneInfo("Europe/Berlin")
    record = replace(
        COMPLETE,
        started_at=datetime(2026, 10, 25, 2, 50, tzinfo=berlin),
        ended_at=datetime(2026, 10, 25, 2, 10, fold=1, tzinfo=berlin),
    )

    assert rules.check_record(record) == []


def test_the_canonical_form_to_the_byte():
    content = rules.canonical(
        {
            "volume_ml": Decimal("0.4000"),
            "areas": ("cheek_left", "çene"),
            "at": datetime(2026, 11, 24, 15, 40, tzinfo=ZoneInfo("Europe/Istanbul")),
            "on": date(2026, 11, 24),
            "id": UUID(int=7),
            "technique": Technique.NAPPAGE,
            "signed": True,
            "pain": 3,
            "note": None,
        }
    )

    assert (
        content
        == (
            '{"areas":["cheek_left","çene"],"at":"2026-11-24T12:40:00Z",'
            '"id":"00000000-0000-0000-0000-000000000007","note":null,"on":"2026-11-24","pain":3,'
            '"signed":true,"technique":"nappage","volume_ml":"0.4"}'
        ).encode()
    )


def test_the_digest_to_the_last_digit():
    expected = "5649d09ed68c17156095d175eef152856c5b1a81c117c409c1e00f096aa6838e"

    assert rules.digest(b"{}") == rules.digest(b"{}", rules.GENESIS) == expected


decimals = st.decimals(allow_nan=False, allow_infinity=False, places=4, min_value=-999)
moments = st.datetimes(
    timezones=st.sampled_from([UTC, ZoneInfo("Europe/Berlin"), timezone(timedelta(hours=3))])
)
leaves = st.none() | st.booleans() | st.integers() | st.text() | decimals | moments | st.dates()
records = st.dictionaries(
    st.text(max_size=8),
    st.recursive(leaves, lambda inner: st.lists(inner, max_size=3), max_leaves=6),
    max_size=6,
)


@given(records)
def test_the_order_of_the_fields_does_not_matter(record):
    assert rules.canonical(record) == rules.canonical(dict(reversed(record.items())))


@given(records)
def test_the_canonical_form_is_its_own_canonical_form(record):
    content = rules.canonical(record)

    assert rules.canonical(json.loads(content)) == content


@given(st.decimals(allow_nan=False, allow_infinity=False, places=3), st.integers(0, 6))
def test_trailing_zeros_are_not_content(number, zeros):
    padded = Decimal(f"{number:f}" + "0" * zeros)

    assert rules.canonical({"ml": number}) == rules.canonical({"ml": padded})


@given(moments)
def test_the_zone_of_a_moment_is_not_content(moment):
    assert rules.canonical({"at": moment}) == rules.canonical({"at": moment.astimezone(UTC)})


@pytest.mark.parametrize(
    "value",
    [
        0.4,
        {"a"},
        b"bytes",
        Decimal("NaN"),
        datetime(2026, 11, 24, 15, 40),
        _("Redness"),
        {1: "key"},
        object(),
    ],
)
def test_what_has_no_single_form_is_not_signed(value):
    with pytest.raises(TypeError):
        rules.canonical({"value": value})


def chain(contents):
    links, previous = [], ""
    for content in contents:
        previous = rules.digest(content, previous)
        links.append((content, previous))
    return links


@given(st.lists(st.binary(), max_size=8))
def test_an_untouched_chain_holds(contents):
    assert rules.first_break(chain(contents)) is None


@given(st.lists(st.binary(), min_size=1, max_size=8), st.data())
def test_a_changed_record_is_found_where_it_stands(contents, data):
    links = chain(contents)
    place = data.draw(st.integers(0, len(links) - 1))
    links[place] = (links[place][0] + b" ", links[place][1])

    assert rules.first_break(links) == place


@given(st.lists(st.binary(), min_size=2, max_size=8, unique=True), st.data())
def test_a_removed_or_swapped_record_is_found(contents, data):
    links = chain(contents)
    place = data.draw(st.integers(0, len(links) - 2))

    assert rules.first_break(links[:place] + links[place + 1 :]) == place
    links[place], links[place + 1] = links[place + 1], links[place]
    assert rules.first_break(links) == place


@pytest.mark.parametrize("previous", ["abc", "G" * 64, "0" * 63 + "\n"])
def test_a_digest_follows_only_a_digest(previous):
    with pytest.raises(ValueError, match="64 hexadecimal"):
        rules.digest(b"{}", previous)
