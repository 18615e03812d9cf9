"""Whatever is posted to the pages that change an appointment: an answer in words, never a fault."""

import pytest
from django.urls import reverse
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from treatments.booking.tests.test_pages import here  # noqa: F401  (a fixture)

HOSTILE = [
    "", "0", "-1", "1", "9" * 40, "NaN", "\x00", "'", "\" onerror=", "<script>", "{{7*7}}", "%s",
    "../../etc/passwd", "\u202e", "İ", "0001-01-01", "9999-12-31", "2026-02-30", "24:00",
    "2026-11-24T10:00:00+00:00|", "|", "2026-11-24T10:00|x", "9999-12-31T23:59:59+14:00|1",
    "0001-01-01T00:00:00-14:00|1", "x" * 5000,
]  # fmt: skip
values = st.sampled_from(HOSTILE) | st.text(max_size=50)
FIELDS = ["slot", "version", "physician", "day", "to", "next", "settled"]


@pytest.mark.parametrize(
    "name",
    [pytest.param("booking:move", marks=pytest.mark.slow), "booking:cancel", "booking:state"],
)
def test_hostile_forms_are_refused_in_words(client, here, name):  # noqa: F811
    client.force_login(here.desk)
    client.raise_request_exception = False
    booked = here.book("10:00", here.day)
    address = reverse(name, args=[booked.pk])

    @given(posted=st.dictionaries(st.sampled_from(FIELDS), values, max_size=5))
    @settings(max_examples=25, suppress_health_check=list(HealthCheck), deadline=None)
    def never_a_fault(posted):
        assert client.post(address, posted).status_code < 500
        assert client.get(address, posted).status_code < 500

    never_a_fault()
