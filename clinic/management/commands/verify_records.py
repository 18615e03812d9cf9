"""Computes every signed record again and says where a chain is broken."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from treatments.sessions.queries import chains, done_without_a_record
from treatments.sessions.verifying import faults_of


class Command(BaseCommand):
    help = (
        "Computes all signed records again. Exit 1 and the place when one was changed or is gone."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        records = patients = faults = 0
        for chain in chains():
            patients += 1
            records += len(chain.signed)
            for fault in faults_of(chain):
                faults += 1
                self.stdout.write(f"patient {chain.patient_id}: {fault}")
        for session in done_without_a_record():
            faults += 1
            self.stdout.write(f"session {session.pk} is done, but its signed record is gone")
        self.stdout.write(f"{records} records of {patients} patients, {faults} faults")
        if faults:
            raise CommandError("The signed records are not whole.", returncode=1)
