"""The demo clinic's stock: lots that its sessions draw from, and what a stock list points at.

Each physician has lots of their own, because the two parts of the story are told at once and a lot
that is drawn from is locked until its part ends.
"""

from datetime import datetime, timedelta

from clinic.management.demo.house import House
from clinic.staff.models import StaffMember
from cocktails.catalogue.models import Product
from cocktails.composition.models import Cocktail
from cocktails.stock.actions import recall_lot, receive_lot, set_least_stock
from cocktails.stock.models import Lot
from cocktails.stock.queries import lots_to_draw
from treatments.sessions.prepared import DILUENT

SUPPLIER = "Ecza Deposu"
# Dexpanthenol is not kept: its lots are written by hand.
KEPT = ("txa-50", "txa-100", "vitamin-c-100", "glutathione-150", "hyaluronic-5", "saline-10")
UNITS = 600  # more than the three hundred patients told by actions use of one product
EXPIRES_IN, ENDS_SOON = timedelta(days=400), timedelta(days=25)


def fill(house: House, *, now: datetime) -> None:
    """Before the story begins: lots enough for all of it. Doing it twice is doing it once."""
    if Lot.objects.exists():
        return
    shelf = {each.code: each for each in Product.objects.filter(code__in=KEPT)}
    for number, code in enumerate(each for each in KEPT if each in shelf):
        for place in range(len(house.physicians)):
            receive_lot(
                product=shelf[code],
                number=f"L{2600 + number}{_letter(place)}",
                expires_on=now.date() + EXPIRES_IN + timedelta(days=200 + 10 * number),
                units=UNITS,
                supplier=SUPPLIER,
                by=house.nurse,
                now=now,
            )


def set_right(house: House, *, now: datetime) -> None:
    """At the end: something that ends soon, something low, something recalled."""
    shelf = {each.code: each for each in Product.objects.filter(code__in=KEPT)}
    if not shelf or Lot.objects.filter(number="L2590").exists():
        return
    soon = receive_lot(
        product=shelf["vitamin-c-100"], number="L2590", expires_on=now.date() + ENDS_SOON,
        units=3, supplier=SUPPLIER, by=house.nurse, now=now,
    )  # fmt: skip
    recalled = receive_lot(
        product=shelf["hyaluronic-5"], number="L2588", expires_on=now.date() + EXPIRES_IN,
        units=5, supplier=SUPPLIER, by=house.nurse, now=now,
    )  # fmt: skip
    recall_lot(
        lot_id=recalled.pk,
        reason="Üreticinin geri çekme yazısı",
        by=house.physicians[0],
        now=now,
    )
    set_least_stock(product=soon.product, units=3 * UNITS, by=house.nurse, now=now)


def lots_drawn(
    cocktail: Cocktail | None, *, physician: StaffMember, house: House, at: datetime, session: int
) -> list[dict[str, object]]:
    """What the treatment room writes down: a lot of the stock, or a number from the ampoule."""
    if cocktail is None:
        return []
    portions = [(each.position, each.product) for each in cocktail.portions.all()]
    if cocktail.diluent is not None:
        portions.append((DILUENT, cocktail.diluent))
    letter = _letter(house.physicians.index(physician))
    offered = lots_to_draw([product.pk for _position, product in portions], at)
    entries: list[dict[str, object]] = []
    for position, product in portions:
        own = [one.lot.number for one in offered.get(product.pk, ())]
        number = next((each for each in own if each.endswith(letter)), "")
        if not number and position == DILUENT:
            continue
        entry: dict[str, object] = {
            "portion": position,
            "lot": number or f"L{2600 + position}{chr(65 + session)}",
        }
        if position != DILUENT:
            entry["strength"] = str(product.strength)
        entries.append(entry)
    return entries


def _letter(place: int) -> str:
    return chr(ord("A") + place)
