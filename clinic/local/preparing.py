"""`python -m clinic.local.preparing [demo]`: everything before the first page, in one program.

One program, because each management command of its own would load Django once more.
"""

import os
import sys

import django
from django.core.management import call_command


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "clinic.settings")
    django.setup()
    call_command("translations", "compile")
    call_command("migrate", interactive=False)
    call_command("load_catalogue")
    if "demo" in sys.argv[1:]:
        call_command("demo")


if __name__ == "__main__":
    main()
