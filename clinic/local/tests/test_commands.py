"""The two commands before anything is installed, and the list of checks."""

import subprocess
import sys

import pytest

from clinic.local import checking, running
from clinic.local.children import Trouble
from clinic.local.folders import ROOT
from clinic.local.servers import Progress


@pytest.mark.parametrize("command", ["run", "check"])
def test_a_command_needs_nothing_but_the_standard_library(command):
    asked = subprocess.run(
        [sys.executable, "-I", "-S", ROOT / command, "--help"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert asked.returncode == 0, asked.stderr
    assert f"./{command}" in asked.stdout


def test_a_check_that_fails_is_listed_and_does_not_stop_the_others(capfd):
    report = checking.Report()
    report.step("first", [sys.executable, "-c", "raise SystemExit('crooked')"], {})
    report.step("second", [sys.executable, "-c", "print('quiet')"], {})

    assert checking.close(report, 0) == 1
    shown = capfd.readouterr().out
    assert "crooked" in shown
    assert "quiet" not in shown
    assert "FAILED" in shown.splitlines()[-1]
    assert shown.splitlines()[-1].endswith(": first")


def test_checks_that_all_pass_say_so(capfd):
    report = checking.Report()
    report.step("only", [sys.executable, "-c", ""], {})

    assert checking.close(report, 0) == 0
    assert "All checks passed" in capfd.readouterr().out


def test_left_out_tests_are_named_with_the_reason(capfd, monkeypatch):
    monkeypatch.setenv("CLINIC_NO_CHROMIUM", "There is no Chromium on this machine.")
    checking.close(checking.Report(), 0)

    assert "LEFT OUT: the tests marked browser and journey. There is no" in capfd.readouterr().out


def test_a_taken_port_is_refused_when_it_was_asked_for_and_passed_over_otherwise(monkeypatch):
    said: list[str] = []
    monkeypatch.setattr(running, "is_free", lambda port: port not in (8000, 8001))

    with pytest.raises(Trouble, match="Port 8000 is in use"):
        running.choose_port(8000, Progress(said.append))
    assert running.choose_port(None, Progress(said.append)) == 8002
    assert said == ["  port 8000 is in use: taking 8002\n"]
