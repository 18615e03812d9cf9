"""`python -m clinic.management.soak.asking ADDRESS`: how long a page takes, asked again and again.

A program of its own: beside the mail server of the soak, in one interpreter, it would measure how
long it waits for its turn in that interpreter. Ends when its input does; prints the seconds as JSON.
"""

import http.client
import json
import select
import sys
import time

ASKED_EVERY_S = 0.1


def main() -> None:
    took = []
    while not select.select([sys.stdin], [], [], ASKED_EVERY_S)[0]:
        line = http.client.HTTPConnection(sys.argv[1], timeout=30)
        began = time.perf_counter()
        line.request("GET", "/accounts/login/")
        line.getresponse().read()
        took.append(time.perf_counter() - began)
        line.close()
    json.dump(took, sys.stdout)


if __name__ == "__main__":
    main()
