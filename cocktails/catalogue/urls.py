"""The addresses of the catalogue."""

from django.urls import path

from cocktails.catalogue import views

app_name = "catalogue"
urlpatterns = [
    path("", views.list_catalogue, name="list"),
    path("newer-values/", views.list_offers, name="offers"),
    path(
        "newer-values/ingredients/<slug:slug>/", views.decide_ingredient, name="decide-ingredient"
    ),
    path(
        "newer-values/products/<uuid:shelf_product_id>/",
        views.decide_product,
        name="decide-product",
    ),
    path("products/<uuid:shelf_product_id>/", views.change_product, name="product"),
    path("products/<uuid:shelf_product_id>/use/", views.set_product_use, name="product-use"),
    path("ingredients/<slug:slug>/", views.show_ingredient, name="ingredient"),
    path("ingredients/<slug:slug>/limits/", views.change_limits, name="limits"),
    path("ingredients/<slug:slug>/allergens/", views.change_allergens, name="allergens"),
    path("ingredients/<slug:slug>/products/new/", views.add_product, name="add-product"),
]
