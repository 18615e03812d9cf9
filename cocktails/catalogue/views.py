"""The shelf: readable for everybody who works here, changed by those who may, signed where it counts."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from clinic.http import StaffRequest, found, requires
from clinic.refusals import Refused
from clinic.staff.terms import Ability
from cocktails.catalogue import deciding, pages, queries
from cocktails.catalogue.forms import AllergensForm, LimitsForm, OfferForm, ProductForm
from cocktails.catalogue.words import lost_words


@requires(Ability.SEE_TODAY)
@require_GET
def list_catalogue(request: StaffRequest) -> HttpResponse:
    return render(
        request,
        "cocktails/catalogue/catalogue.html",
        {
            "entries": queries.shelf_entries(),
            "offers": queries.open_offer_count(),
            "may_decide": request.user.may(Ability.CHANGE_LIMITS),
        },
    )


@requires(Ability.SEE_TODAY)
@require_GET
def show_ingredient(request: StaffRequest, slug: str) -> HttpResponse:
    ingredient = found(queries.ingredient, slug)
    return render(
        request,
        "cocktails/catalogue/ingredient.html",
        {
            "page": pages.ingredient_page(ingredient, get_language() or "en"),
            "ingredient": ingredient,
            "may_keep": request.user.may(Ability.KEEP_CATALOGUE),
            "may_decide": request.user.may(Ability.CHANGE_LIMITS),
        },
    )


@requires(Ability.CHANGE_LIMITS)
@require_http_methods(["GET", "POST"])
def change_limits(request: StaffRequest, slug: str) -> HttpResponse:
    ingredient = found(queries.ingredient, slug)
    form = LimitsForm(request.POST) if request.method == "POST" else LimitsForm.of(ingredient)
    if request.method == "POST" and form.is_valid():
        try:
            deciding.change_limits(
                ingredient=ingredient, **form.change(), by=request.user, now=timezone.now()
            )
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("The limits are in force, signed by you."))
            return redirect("catalogue:ingredient", slug=slug)
    return render(
        request,
        "cocktails/catalogue/limits.html",
        {"form": form, "ingredient": ingredient},
        status=422 if form.errors else 200,
    )


@requires(Ability.CHANGE_LIMITS)
@require_http_methods(["GET", "POST"])
def change_allergens(request: StaffRequest, slug: str) -> HttpResponse:
    ingredient = found(queries.ingredient, slug)
    language = get_language() or "en"
    form = AllergensForm(
        request.POST if request.method == "POST" else None, ingredient=ingredient, language=language
    )
    lost: list[str] = []
    if request.method == "POST" and form.is_valid():
        try:
            deciding.change_allergens(
                ingredient=ingredient, **form.change(), by=request.user, now=timezone.now()
            )
        except deciding.WarningsLost as weakened:
            lost = lost_words(weakened.lost, language)
            form.ask_about(weakened.lost)
            form.add_error(None, str(weakened))
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("The allergen groups are in force, signed by you."))
            return redirect("catalogue:ingredient", slug=slug)
    return render(
        request,
        "cocktails/catalogue/allergens.html",
        {"form": form, "ingredient": ingredient, "lost": lost},
        status=422 if form.errors else 200,
    )


@requires(Ability.KEEP_CATALOGUE)
@require_http_methods(["GET", "POST"])
def add_product(request: StaffRequest, slug: str) -> HttpResponse:
    ingredient = found(queries.ingredient, slug)
    form = ProductForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        product = deciding.add_product(
            ingredient=ingredient, **form.described(), by=request.user, now=timezone.now()
        )
        messages.success(request, _("%(product)s is on the shelf.") % {"product": product.name})
        return redirect("catalogue:ingredient", slug=slug)
    return render(
        request,
        "cocktails/catalogue/product.html",
        {"form": form, "ingredient": ingredient},
        status=422 if form.errors else 200,
    )


@requires(Ability.KEEP_CATALOGUE)
@require_http_methods(["GET", "POST"])
def change_product(request: StaffRequest, shelf_product_id: UUID) -> HttpResponse:
    product = found(queries.any_product, shelf_product_id)
    form = ProductForm(request.POST or None, product=product)
    if request.method == "POST" and form.is_valid():
        try:
            deciding.change_product(
                product=product, **form.described(), by=request.user, now=timezone.now()
            )
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("The product is changed."))
            return redirect("catalogue:ingredient", slug=product.ingredient_id)
    return render(
        request,
        "cocktails/catalogue/product.html",
        {"form": form, "ingredient": product.ingredient, "product": product},
        status=422 if form.errors else 200,
    )


@requires(Ability.KEEP_CATALOGUE)
@require_POST
def set_product_use(request: StaffRequest, shelf_product_id: UUID) -> HttpResponse:
    product = found(queries.any_product, shelf_product_id)
    deciding.set_product_use(
        product=product,
        is_active=request.POST.get("use") == "yes",
        by=request.user,
        now=timezone.now(),
    )
    return redirect("catalogue:ingredient", slug=product.ingredient_id)


@requires(Ability.CHANGE_LIMITS)
@require_GET
def list_offers(request: StaffRequest) -> HttpResponse:
    return _offers(request)


@requires(Ability.CHANGE_LIMITS)
@require_POST
def decide_ingredient(request: StaffRequest, slug: str) -> HttpResponse:
    return _decide(request, found(queries.ingredient, slug))


@requires(Ability.CHANGE_LIMITS)
@require_POST
def decide_product(request: StaffRequest, shelf_product_id: UUID) -> HttpResponse:
    return _decide(request, found(queries.any_product, shelf_product_id))


def _decide(request: StaffRequest, row: pages.Row) -> HttpResponse:
    form = OfferForm(request.POST, row=row)
    if form.is_valid():
        try:
            deciding.decide_offer(
                row=row,
                take=form.taken(),
                version=form.cleaned_data["version"],
                reason=form.cleaned_data["reason"],
                by=request.user,
                now=timezone.now(),
            )
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("Decided, with your name and reason."))
            return redirect("catalogue:offers")
    return _offers(request, typed={row.pk: form})


def _offers(request: StaffRequest, typed: dict[object, OfferForm] | None = None) -> HttpResponse:
    return render(
        request,
        "cocktails/catalogue/offers.html",
        {"offers": pages.offers(typed or {}, get_language() or "en")},
        status=422 if typed else 200,
    )
