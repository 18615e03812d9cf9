from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from clinic.messages.rules import MOST_TRIES, OPEN, RETRY_AFTER, TRANSITIONS, next_try
from clinic.messages.terms import MessageState as S
from clinic.tests.builders import NOW


def test_every_state_has_its_line():
    assert set(TRANSITIONS) == set(S)


def test_what_may_have_reached_the_patient_never_waits_again():
    reachable = set(TRANSITIONS[S.UNCERTAIN]) | set(TRANSITIONS[S.SENT])

    assert not reachable & OPEN


@given(
    tries=st.integers(1, MOST_TRIES + 3),
    jitter=st.floats(0, 1),
    left=st.timedeltas(timedelta(0), timedelta(days=3)),
)
def test_the_next_try_is_later_and_still_in_time(tries, jitter, left):
    again = next_try(tries=tries, now=NOW, not_after=NOW + left, jitter=jitter)

    assert again is None or NOW + RETRY_AFTER[tries - 1] <= again <= NOW + left


def test_after_five_tries_the_desk_is_asked():
    assert next_try(tries=5, now=NOW, not_after=NOW + timedelta(days=9), jitter=0) is None
