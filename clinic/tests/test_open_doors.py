"""No page offers its reader a link or a form that is then refused for want of a right."""

import re
from collections.abc import Iterator

import pytest
from django.urls import Resolver404, resolve

from clinic.staff.models import StaffMember
from clinic.tests.every_stage import Clinic
from clinic.tests.hostile import Attack, patterns, real_addresses
from clinic.tests.test_every_address import world  # noqa: F401  (a fixture)

_LINK = re.compile(r'(?:href|formaction|action)="(/[^"#?]*)')
STAFF = ("receptionist", "physician", "nurse", "manager")


def closed_doors(page: str, reader: StaffMember) -> Iterator[str]:
    for address in set(_LINK.findall(page)):
        try:
            ability = getattr(resolve(address).func, "ability", None)
        except Resolver404:
            continue
        if ability is not None and not reader.may(ability):
            yield address


def test_control_a_closed_door_is_seen(db):
    nurse = StaffMember(role="nurse")
    assert list(closed_doors('<a href="/today/">', nurse)) == []
    assert list(closed_doors('<a href="/access-log/?x=1">', nurse)) == ["/access-log/"]


@pytest.mark.slow
@pytest.mark.parametrize("role", STAFF)
def test_every_link_leads_somewhere(world: Clinic, role: str):  # noqa: F811
    attack = Attack(world, 1)
    reader = StaffMember(role=role)
    closed, pages = set(), 0
    for route, name, _ in patterns():
        for address in list(real_addresses(world, route, name))[:2]:
            answer = attack.send(role, "GET", address)
            if answer.streaming or "text/html" not in answer.get("Content-Type", ""):
                continue
            pages += answer.status_code == 200
            body = answer.content.decode()
            closed |= {(name, resolve(each).view_name) for each in closed_doors(body, reader)}
    assert pages > 10
    assert closed == set()
