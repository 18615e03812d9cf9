"""Contents: the addresses of this app."""

from django.urls import URLPattern, URLResolver, include, path

urlpatterns: list[URLPattern | URLResolver] = [
    path("catalogue/", include("cocktails.catalogue.urls")),
    path("protocols/", include("cocktails.composition.protocol_urls")),
    path("stock/", include("cocktails.stock.urls")),
    path("patients/<uuid:patient_id>/cocktails/", include("cocktails.composition.urls")),
]
