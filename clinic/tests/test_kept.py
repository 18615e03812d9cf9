"""What is drawn once and shown on every page: never to somebody for whom it was not drawn."""

import re

import pytest
from django.template import engines
from django.urls import reverse
from django.utils import translation

from clinic.templatetags import clinic as tags
from clinic.tests.builders import manager, receptionist


def template(text):
    return engines["django"].from_string("{% load i18n %}" + text)


def test_a_part_is_drawn_once_for_each_value_and_each_language():
    part = template('{% kept who %}{% translate "Today" %} {{ who }} {{ seen }}{% endkept %}')

    with translation.override("en"):
        assert part.render({"who": "a", "seen": 1}) == "Today a 1"
        assert part.render({"who": "a", "seen": 2}) == "Today a 1"
        assert part.render({"who": "b", "seen": 3}) == "Today b 3"
    with translation.override("tr"):
        assert part.render({"who": "a", "seen": 4}) == "Bugün a 4"


def test_what_it_differs_by_must_be_named():
    """The control: without the name in the tag the second reader is shown the first one's part."""
    part = template("{% kept %}{{ who }}{% endkept %}")

    assert [part.render({"who": who}) for who in "ab"] == ["a", "a"]


def test_what_people_typed_is_escaped_in_a_part_and_in_an_icon():
    evil = '"><script>'
    part = template("{% kept who %}{{ who }}{% endkept %}{% icon who %}{% icon 'x' label=who %}")

    assert "<script>" not in part.render({"who": evil})


def test_no_more_is_kept_than_a_limit(monkeypatch):
    monkeypatch.setattr(tags, "MOST_KEPT", 3)
    part = template("{% kept who %}{{ who }}{% endkept %}")

    assert [part.render({"who": each}) for each in range(10)] == [str(each) for each in range(10)]
    (node,) = part.template.nodelist.get_nodes_by_type(tags.Kept)
    assert len(node.drawn) <= 3


@pytest.mark.django_db
def test_two_people_one_after_the_other_have_each_their_own_frame(client):
    def frame(member):
        client.force_login(member)
        page = client.get(reverse("today")).content.decode()
        navigation = page[page.index("ms-nav") : page.index("</nav>")]
        tokens = set(re.findall(r'csrfmiddlewaretoken" value="([^"]+)', page))
        return page, navigation, tokens

    desk, boss = receptionist(), manager()
    first, second, again = frame(desk), frame(boss), frame(desk)

    assert reverse("audit:readings") in second[1]
    assert reverse("audit:readings") not in first[1] + again[1]
    assert boss.full_name in second[0]
    assert desk.full_name not in second[0]
    assert not first[2] & second[2]
    assert not first[2] & again[2]
