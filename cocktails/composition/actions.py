"""Composing a cocktail. A change makes a new cocktail that replaces the old one; nothing is edited."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal

from django.db import transaction
from django.utils.timezone import localdate
from django.utils.translation import gettext as _

from clinic.audit.actions import record
from clinic.refusals import Refused
from clinic.staff.models import StaffMember
from clinic.staff.terms import Ability
from cocktails.catalogue.models import Product
from cocktails.composition import hooks
from cocktails.composition.models import Cocktail, CocktailPlace, CocktailPortion, Protocol
from cocktails.composition.objections import Objection
from cocktails.composition.queries import Assessment, assess
from cocktails.composition.rules import Place
from patients.records.models import Patient


class MixtureRefused(Refused):
    """Something absolute speaks against the mixture. Only another mixture helps."""

    status = 422
    code = "mixture_refused"

    def __init__(self, objections: Sequence[Objection]) -> None:
        self.objections = tuple(each for each in objections if each.is_absolute)
        super().__init__(" ".join(each.what for each in self.objections))


class AlreadyReplaced(Refused):
    code = "already_replaced"


class NotAllowed(Refused):
    status = 403
    code = "not_allowed"


@transaction.atomic
def compose_cocktail(
    *,
    patient: Patient,
    portions: Sequence[tuple[Product, Decimal]],
    diluent: Product | None,
    diluent_ml: Decimal,
    points: int | None = None,
    ml_per_point: Decimal | None = None,
    places: Sequence[Place] = (),
    syringe_ml: Decimal | None = None,
    protocol: Protocol | None = None,
    by: StaffMember,
    now: datetime,
    supersedes: Cocktail | None = None,
) -> Cocktail:
    """Keep a mixture for one patient. Raises MixtureRefused while anything absolute stands.

    `places` says where it goes; without them `points` of `ml_per_point`, not divided by region.
    """
    if not by.may(Ability.COMPOSE_COCKTAILS):
        raise NotAllowed(_("Only a physician composes cocktails."))
    hooks.before_composing(patient)
    # Two tabs may save at once: the patient's row is the queue.
    patient = Patient.objects.select_for_update(no_key=True).get(pk=patient.pk)
    _refuse_what_is_absolute(
        assess(
            patient=patient,
            portions=portions,
            diluent=diluent,
            diluent_ml=diluent_ml,
            points=points,
            ml_per_point=ml_per_point,
            places=places,
            syringe_ml=syringe_ml,
            on=localdate(now),
        )
    )
    _check_may_replace(supersedes, patient)
    assert places or points is not None  # without points there is no mixture to assess
    cocktail = Cocktail.objects.create(
        patient=patient,
        diluent=diluent,
        diluent_ml=diluent_ml,
        points=sum(each.points for each in places) or points or 0,
        ml_per_point=_same_everywhere(places) if places else ml_per_point,
        syringe_ml=syringe_ml,
        protocol=protocol,
        composed_by=by,
        composed_at=now,
        supersedes=supersedes,
    )
    _keep_portions(cocktail, portions)
    _keep_places(cocktail, places)
    _note_composed(cocktail, by=by, now=now)
    hooks.cocktail_composed(cocktail, by, now)
    return cocktail


def _refuse_what_is_absolute(assessment: Assessment) -> None:
    if assessment.is_absolute:
        raise MixtureRefused(assessment.objections)


def _keep_portions(cocktail: Cocktail, portions: Sequence[tuple[Product, Decimal]]) -> None:
    CocktailPortion.objects.bulk_create(
        CocktailPortion(cocktail=cocktail, product=product, drawn_ml=drawn_ml, position=position)
        for position, (product, drawn_ml) in enumerate(portions, start=1)
    )


def _keep_places(cocktail: Cocktail, places: Sequence[Place]) -> None:
    """Regions only: what is not divided by region stands with the cocktail itself."""
    CocktailPlace.objects.bulk_create(
        CocktailPlace(
            cocktail=cocktail,
            region=each.region,
            points=each.points,
            ml_per_point=each.ml_per_point,
            position=position,
        )
        for position, each in enumerate(places, start=1)
        if each.region
    )


def _note_composed(cocktail: Cocktail, *, by: StaffMember, now: datetime) -> None:
    earlier = cocktail.supersedes_id
    record(
        verb="cocktail.composed",
        subject=cocktail,
        by=by,
        now=now,
        patient_id=cocktail.patient_id,
        supersedes=str(earlier) if earlier else None,
    )


def _same_everywhere(places: Sequence[Place]) -> Decimal | None:
    volumes = {each.ml_per_point for each in places}
    return volumes.pop() if len(volumes) == 1 else None


def _check_may_replace(earlier: Cocktail | None, patient: Patient) -> None:
    if earlier is None:
        return
    if earlier.patient_id != patient.pk:
        raise AlreadyReplaced(_("The cocktail to be replaced belongs to another patient."))
    if Cocktail.objects.filter(supersedes=earlier).exists():
        raise AlreadyReplaced(
            _(
                "The cocktail you started from was replaced in the meantime. Look at the newer one "
                "first; saving again keeps yours beside it."
            )
        )
