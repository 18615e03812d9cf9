"""The clinic's own templates: reads and writes. A change is a new version; nothing is edited.

They stand in the order of their names, and none is put forward.
"""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from uuid import UUID, uuid4

from django.db import transaction
from django.db.models import Exists, OuterRef, Prefetch, QuerySet
from django.utils.translation import gettext as _

from clinic.audit.actions import record
from clinic.folding import turkish_sort_key
from clinic.refusals import Refused
from clinic.staff.models import StaffMember
from clinic.staff.terms import Ability
from cocktails.catalogue.models import Product
from cocktails.composition.actions import NotAllowed
from cocktails.composition.models import Protocol, ProtocolPlace, ProtocolPortion
from cocktails.composition.rules import Place


class OvertakenProtocol(Refused):
    """Somebody wrote a newer version in the meantime."""

    code = "overtaken_protocol"


def protocols() -> list[Protocol]:
    """The protocols in force, by name."""
    return sorted(_in_force(), key=lambda each: turkish_sort_key(each.name))


def protocol(protocol_id: UUID) -> Protocol:
    """Any version of a protocol."""
    return _complete().get(pk=protocol_id)


def protocol_in_force(protocol_id: UUID) -> Protocol:
    return _in_force().get(pk=protocol_id)


def protocol_named(protocol_id: UUID | None) -> Protocol | None:
    return _complete().filter(pk=protocol_id).first() if protocol_id else None


def versions_of(protocol: Protocol) -> list[Protocol]:
    """Every version of a protocol, the latest first."""
    return list(_complete().filter(series_id=protocol.series_id).order_by("-version"))


@transaction.atomic
def write_protocol(
    *,
    name: str,
    spot_type: str,
    note: str,
    portions: Sequence[tuple[Product, Decimal]],
    diluent: Product | None,
    diluent_ml: Decimal,
    places: Sequence[Place],
    syringe_ml: Decimal | None,
    by: StaffMember,
    now: datetime,
    changes: Protocol | None = None,
    is_withdrawn: bool = False,
) -> Protocol:
    """Write a protocol, or a new version of one. Raises NotAllowed, OvertakenProtocol."""
    if not by.may(Ability.COMPOSE_COCKTAILS):
        raise NotAllowed(_("Only a physician writes protocols."))
    if changes is not None:
        _check_newest(changes)
    written = Protocol.objects.create(
        series_id=changes.series_id if changes else uuid4(),
        version=changes.version + 1 if changes else 1,
        name=name,
        spot_type=spot_type,
        note=note,
        diluent=diluent,
        diluent_ml=diluent_ml,
        syringe_ml=syringe_ml,
        is_withdrawn=is_withdrawn,
        written_by=by,
        written_at=now,
    )
    ProtocolPortion.objects.bulk_create(
        ProtocolPortion(protocol=written, product=product, drawn_ml=ml, position=position)
        for position, (product, ml) in enumerate(portions, start=1)
    )
    ProtocolPlace.objects.bulk_create(
        ProtocolPlace(
            protocol=written,
            region=each.region,
            points=each.points,
            ml_per_point=each.ml_per_point,
            position=position,
        )
        for position, each in enumerate(places, start=1)
    )
    record(
        verb="protocol.written",
        subject=written,
        by=by,
        now=now,
        version=written.version,
        withdrawn=is_withdrawn,
    )
    return written


def withdraw_protocol(*, protocol: Protocol, by: StaffMember, now: datetime) -> Protocol:
    """Take a protocol out of use. What was composed from it stays readable."""
    return write_protocol(
        name=protocol.name,
        spot_type=protocol.spot_type,
        note=protocol.note,
        portions=[(each.product, each.drawn_ml) for each in protocol.portions.all()],
        diluent=protocol.diluent,
        diluent_ml=protocol.diluent_ml,
        places=[
            Place(region=each.region, points=each.points, ml_per_point=each.ml_per_point)
            for each in protocol.places.all()
        ],
        syringe_ml=protocol.syringe_ml,
        changes=protocol,
        is_withdrawn=True,
        by=by,
        now=now,
    )


def _check_newest(protocol: Protocol) -> None:
    # Two tabs may save at once: the first version's row is the queue.
    versions = Protocol.objects.filter(series_id=protocol.series_id)
    versions.select_for_update(no_key=True).get(version=1)
    if versions.filter(version__gt=protocol.version).exists():
        raise OvertakenProtocol(
            _("A newer version of this protocol was written in the meantime. Look at it first.")
        )


def _complete() -> QuerySet[Protocol]:
    return Protocol.objects.select_related("diluent__ingredient", "written_by").prefetch_related(
        Prefetch(
            "portions", queryset=ProtocolPortion.objects.select_related("product__ingredient")
        ),
        "places",
    )


def _in_force() -> QuerySet[Protocol]:
    newer = Protocol.objects.filter(
        series_id=OuterRef("series_id"), version__gt=OuterRef("version")
    )
    return _complete().filter(~Exists(newer), is_withdrawn=False)
