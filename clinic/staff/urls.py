"""What stands before the addresses of the sign-in library."""

from django.urls import path, re_path

from clinic.staff import views

urlpatterns = [
    path("email/", views.own_address, name="account_email"),
    path("confirm-email/", views.no_such_page, name="account_email_verification_sent"),
    path("login/code/confirm/", views.no_such_page, name="account_confirm_login_code"),
    re_path(r"^confirm-email/(?P<key>[-:\w]+)/$", views.no_such_page, name="account_confirm_email"),
]
