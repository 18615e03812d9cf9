from django.urls import URLPattern, path

from patients.lesions import views

urlpatterns: list[URLPattern] = [
    path("<uuid:patient_id>/spots/", views.show_lesions, name="lesions"),
    path("<uuid:patient_id>/spots/referral/", views.add_referral, name="lesion-referral"),
    path("<uuid:patient_id>/spots/result/", views.add_result, name="lesion-result"),
]
