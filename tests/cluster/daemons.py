"""A Slurm of one node with accounting, and nothing of it left afterwards: its daemons are children of this process.

Debian's and Ubuntu's packages: ``apt-get install -y --no-install-recommends slurm-wlm munge mariadb-server slurmdbd``.
"""

from __future__ import annotations

import getpass
import os
import platform
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

PROGRAMS = ("munged", "mariadbd", "mariadb-install-db", "mariadb", "slurmdbd", "slurmctld", "slurmd", "sacctmgr")
PATIENCE = 60.0  # seconds until a daemon counts as one that does not start
HERE = Path(__file__).parent


def missing() -> list[str]:
    """The programs that are not installed."""
    return [name for name in PROGRAMS if not shutil.which(name, path=_path())]


@contextmanager
def one_node_slurm(cpus: int = 2) -> Iterator[Mapping[str, str]]:
    """Start a Slurm of one node with accounting; gives the environment in which its commands find it.

    Args:
        cpus: that the node is said to have.
    """
    folder = Path(tempfile.mkdtemp(prefix="one-node-"))  # short: sockets have paths of at most 107 characters
    environment = {**os.environ, "PATH": _path(), "SLURM_CONF": str(folder / "slurm.conf")}
    try:
        _configure(folder, cpus)
        with ExitStack() as running:
            _start_all(folder, environment, running)
            try:
                yield environment
            finally:  # a node that has jobs does not end
                _run(("scancel", "--me", "--signal=KILL", "--full"), environment)
                _run(("scancel", "--me"), environment)
                _wait_for("the end of all jobs", lambda: not _run(("squeue", "-h"), environment).stdout, folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _path() -> str:
    return f"{os.environ['PATH']}:/usr/sbin:/sbin"


def _configure(folder: Path, cpus: int) -> None:
    ports = dict(zip(("controller_port", "node_port", "accounting_port", "database_port"), _free_ports(4), strict=True))
    words = {"folder": folder, "user": getpass.getuser(), "host": platform.node().split(".")[0], "cpus": cpus}
    words["memory"] = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 2**20 // 2
    for name in ("slurm.conf", "slurmdbd.conf"):
        (folder / name).write_text((HERE / name).read_text().format(**words, **ports))
        (folder / name).chmod(0o600)
    (folder / "munge.key").write_bytes(secrets.token_bytes(128))
    (folder / "munge.key").chmod(0o400)
    (folder / "database.port").write_text(str(ports["database_port"]))
    for name in ("state", "spool"):
        (folder / name).mkdir()


def _free_ports(count: int) -> list[int]:
    with ExitStack() as opened:
        sockets = [opened.enter_context(socket.socket()) for _ in range(count)]
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        return [int(one.getsockname()[1]) for one in sockets]


def _start_all(folder: Path, environment: Mapping[str, str], running: ExitStack) -> None:
    def start(*command: str | Path) -> None:
        running.enter_context(_daemon(command, environment, folder))

    def asks(*command: str | Path) -> Callable[[], bool]:
        return lambda: _run(command, environment).returncode == 0

    munge = [
        f"--{name}={folder}/munge.{name.split('-')[0]}" for name in ("socket", "pid-file", "log-file", "seed-file")
    ]
    munge[0] = f"--socket={folder}/munge.sock"
    start("munged", "--foreground", "--force", f"--key-file={folder}/munge.key", *munge)
    _wait_for("munged", (folder / "munge.sock").exists, folder)

    data, client = folder / "database", ("mariadb", "--no-defaults", f"--socket={folder}/database.sock", "-u", "root")
    install = ("mariadb-install-db", "--no-defaults", f"--datadir={data}", "--auth-root-authentication-method=normal")
    _run((*install, "--skip-test-db"), environment).check_returncode()
    port = (folder / "database.port").read_text()
    start(
        "mariadbd", "--no-defaults", f"--datadir={data}", f"--socket={folder}/database.sock", f"--port={port}",
        f"--pid-file={folder}/database.pid", "--bind-address=127.0.0.1", f"--user={getpass.getuser()}",
    )  # fmt: skip
    _wait_for("mariadbd", asks(*client, "-e", "SELECT 1"), folder)
    grants = (
        f"CREATE USER slurm@'{host}' IDENTIFIED BY 'accounting'; GRANT ALL ON accounting.* TO slurm@'{host}';"
        for host in ("localhost", "127.0.0.1")
    )
    _run((*client, "-e", " ".join(grants)), environment).check_returncode()

    start("slurmdbd", "-D")
    _wait_for("slurmdbd", asks("sacctmgr", "--immediate", "list", "cluster"), folder)
    _run(("sacctmgr", "--immediate", "add", "cluster", "one_node"), environment)
    start("slurmctld", "-D", "-c")
    start("slurmd", "-D", "-c")
    _wait_for("slurmd", lambda: "idle" in _run(("sinfo", "-h", "-o", "%T"), environment).stdout, folder)


@contextmanager
def _daemon(command: Sequence[str | Path], environment: Mapping[str, str], folder: Path) -> Iterator[None]:
    """Run a daemon in the foreground, in a session of its own (a Ctrl-C does not reach it), and end it."""
    with (folder / f"{command[0]}.out").open("w") as said:
        process = subprocess.Popen(command, env=environment, stdout=said, stderr=said, start_new_session=True)
        try:
            yield
        finally:
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(timeout=PATIENCE)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _run(command: Sequence[str | Path], environment: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, env=environment, capture_output=True, text=True)


def _wait_for(name: str, there: Callable[[], bool], folder: Path) -> None:
    until = time.monotonic() + PATIENCE
    while not there():
        if time.monotonic() > until:
            said = [path.read_text()[-2000:] for path in sorted(folder.glob("*.out")) + sorted(folder.glob("*.log"))]
            raise RuntimeError(f"{name} is waited for in vain:\n" + "\n".join(said))
        time.sleep(0.2)
