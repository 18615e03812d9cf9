"""What a result clears: its own regions, what was said before it, and nothing else."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from patients.lesions.rules import EVERYWHERE, Change, Result, blocked_regions, cleared_regions

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
REGIONS = ["chin", "nose", "neck"]


def moment(days, hours=0):
    return NOON + timedelta(days=days, hours=hours)


def change(*regions, day=0, hours=0):
    at = moment(day, hours)
    return Change(frozenset(regions), at.date(), at)


def result(*regions, day=0, hours=1, clears=True, examined=None):
    at = moment(day, hours)
    on = at.date() if examined is None else moment(examined).date()
    return Result(frozenset(regions), on, at, clears)


def test_a_change_blocks_its_region_and_no_other():
    assert blocked_regions([], [change("chin")]) == {"chin"}


def test_a_clearing_result_clears_its_own_regions_only():
    changes = [change("chin", "nose")]

    assert cleared_regions([result("chin")], changes) == {"chin"}
    assert blocked_regions([result("chin")], changes) == {"nose"}


def test_a_result_that_does_not_clear_blocks_also_where_nothing_was_named():
    assert blocked_regions([result("neck", clears=False)], []) == {"neck"}


def test_a_newer_change_blocks_again():
    assert blocked_regions([result("chin", day=1)], [change("chin"), change("chin", day=2)]) == {
        "chin"
    }


def test_an_examination_before_the_change_clears_nothing_however_late_it_is_written_down():
    assert cleared_regions([result("chin", day=3, examined=-1)], [change("chin")]) == set()


def test_of_two_results_the_newer_one_holds():
    first, second = result("chin", day=1), result("chin", day=2, clears=False)

    assert cleared_regions([second, first], [change("chin")]) == set()
    assert cleared_regions([result("chin", day=3), second], [change("chin")]) == {"chin"}


def test_a_change_somewhere_is_a_change_everywhere():
    assert cleared_regions([result("chin")], [change(EVERYWHERE, day=2)]) == set()


spans = st.tuples(st.sets(st.sampled_from(REGIONS), min_size=1), st.integers(0, 9))
changes_said = st.lists(spans.map(lambda each: change(*each[0], day=each[1])), max_size=5)
results_known = st.lists(
    st.tuples(spans, st.booleans()).map(
        lambda each: result(*each[0][0], day=each[0][1], clears=each[1])
    ),
    max_size=5,
)


@given(results_known, changes_said, spans)
def test_one_more_change_never_clears_anything(results, changes, more):
    further = change(*more[0], day=more[1])

    assert cleared_regions(results, [*changes, further]) <= cleared_regions(results, changes)
    assert blocked_regions(results, changes) <= blocked_regions(results, [*changes, further])


@given(results_known, changes_said)
def test_a_named_region_is_blocked_or_cleared_and_never_both(results, changes):
    named = {region for each in changes for region in each.regions}

    blocked, cleared = blocked_regions(results, changes), cleared_regions(results, changes)
    assert named <= blocked | cleared
    assert not blocked & cleared
