"""What ./run and ./check become once .venv is there: `python -m clinic.local run|manage|check`."""

import argparse
import sys

from clinic.local import checking, managing, running


def main() -> int:
    arguments = sys.argv[2:]
    if sys.argv[1:2] == ["manage"]:
        return managing.manage(arguments)
    if sys.argv[1:2] == ["check"]:
        return checking.check(arguments)
    parser = argparse.ArgumentParser(prog="./run")
    parser.add_argument("--port", type=int)
    parser.add_argument("--no-demo", action="store_true")
    chosen = parser.parse_args(arguments)
    return running.run(port=chosen.port, demo=not chosen.no_demo)


if __name__ == "__main__":
    sys.exit(main())
