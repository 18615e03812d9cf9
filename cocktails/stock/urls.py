"""The addresses of the stock."""

from django.urls import path

from cocktails.stock import views

app_name = "stock"
_LOT = "lots/<uuid:lot_id>/"
urlpatterns = [
    path("", views.show_stock, name="list"),
    path("receive/", views.receive, name="receive"),
    path("file/", views.read_file, name="file"),
    path("file/take-in/", views.take_file_in, name="take-in"),
    path(_LOT, views.show_lot, name="lot"),
    path(f"{_LOT}count/", views.count, name="count"),
    path(f"{_LOT}discard/", views.discard, name="discard"),
    path(f"{_LOT}open/", views.open_vial, name="open"),
    path(f"{_LOT}discard-vial/", views.discard_vial, name="discard-vial"),
    path(f"{_LOT}recall/", views.recall, name="recall"),
    path(f"{_LOT}release/", views.release, name="release"),
    path(f"{_LOT}least/", views.set_least, name="least"),
]
