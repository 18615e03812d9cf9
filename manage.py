#!/usr/bin/env python
"""Django's command line for Mesoderm."""

import os
import sys

# It answers line by line and needs neither applications nor database: to load them takes as long as
# to screen some hundred patients.
WITHOUT_APPLICATIONS = "screen"


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "clinic.settings")
    if sys.argv[1:2] == [WITHOUT_APPLICATIONS]:
        from clinic.management.commands.screen import Command

        Command().run_from_argv(sys.argv)
        return
    from django.core.management import execute_from_command_line

    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
