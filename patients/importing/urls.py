from django.urls import URLPattern, path

from patients.importing import views

urlpatterns: list[URLPattern] = [
    path("import/", views.imports, name="imports"),
    path("import/<uuid:import_id>/", views.show_import, name="import"),
    path("import/<uuid:import_id>/check/", views.check_import, name="check-import"),
    path("import/<uuid:import_id>/start/", views.start_import, name="start-import"),
    path("import/<uuid:import_id>/progress/", views.import_progress, name="import-progress"),
    path("import/<uuid:import_id>/errors/", views.import_errors, name="import-errors"),
    path("import/<uuid:import_id>/undo/", views.undo_import, name="undo-import"),
    path("<uuid:patient_id>/imported/", views.imported_record, name="imported"),
]
