from django.urls import path

from treatments.combined import views

app_name = "combined"

urlpatterns = [
    path("", views.show_combined, name="list"),
    path("procedures/", views.add_procedure, name="add-procedure"),
    path("products/", views.add_product, name="add-product"),
    path("procedures/<uuid:procedure_id>/done/", views.finish_procedure, name="finish"),
    path("procedures/<uuid:procedure_id>/move/", views.move_procedure, name="move"),
    path("procedures/<uuid:procedure_id>/cancel/", views.cancel_procedure, name="cancel"),
    path("products/<uuid:product_id>/stop/", views.stop_product, name="stop-product"),
]
