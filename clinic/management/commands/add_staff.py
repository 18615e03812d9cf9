"""`manage.py add_staff`: give somebody of the clinic a log-in."""

import argparse
from datetime import date
from getpass import getpass
from typing import Any

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError

from clinic.staff.models import StaffMember
from clinic.staff.terms import Role


class Command(BaseCommand):
    help = "Add a member of staff. Asks for the password; reads it from standard input when piped."

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("email")
        parser.add_argument("--name", required=True)
        parser.add_argument("--role", required=True, choices=Role.values)
        parser.add_argument("--title", default="", help="Dr., Uzm. Dr. ...")
        parser.add_argument("--language", default="tr", choices=["tr", "en"])
        parser.add_argument("--certificate", default="", help="a physician's certificate number")
        parser.add_argument("--certificate-expires", type=date.fromisoformat, help="YYYY-MM-DD")

    def handle(self, *args: Any, **options: Any) -> None:
        if StaffMember.objects.filter(email__iexact=options["email"]).exists():
            raise CommandError("Somebody with this e-mail address works here already.")
        password = getpass("Password: ")
        try:
            validate_password(password)
        except ValidationError as fault:
            raise CommandError(" ".join(fault.messages)) from fault
        StaffMember.objects.create_user(
            options["email"],
            password,
            full_name=options["name"],
            role=options["role"],
            title=options["title"],
            language=options["language"],
            certificate_number=options["certificate"],
            certificate_expires_on=options["certificate_expires"],
        )
        self.stdout.write("Added. They sign in at the clinic's address.")
