"""Run a parcel: the one command for whoever holds the data. It needs Python 3.11 or later and a registry of packages.

    python run_parcel.py --data /where/the/data/are

It makes an environment beside itself from the lock file, by checksum, and installs the code that was packed; then it
trains what the parcel asks for and writes one file to send back. Called again, it goes on where it was. README.md says
what leaves this machine and what does not.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import venv
from collections.abc import Sequence
from pathlib import Path

HERE = Path(__file__).resolve().parent
ENVIRONMENT = HERE / "environment"
READY = ".fer_lab-is-installed"


def main() -> int:
    """Set the environment up, then run the parcel in it; returns the exit status."""
    if sys.version_info < (3, 11):  # noqa: UP036, whoever runs it may have any Python
        print(f"This is Python {sys.version.split()[0]}; Python 3.11 or later is needed.", file=sys.stderr)
        return 2
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--data", required=True, help="the folder of data; README.md shows what must lie in it")
    parser.add_argument("--work", default=str(HERE / "work"), help="a folder for faces, runs and the file to send")
    parser.add_argument("--holder", default="", help="what the tables may call you, if anything")
    parser.add_argument("--installed", action="store_true", help="the code is in this Python's environment already")
    chosen, further = parser.parse_known_args()
    python = Path(sys.executable) if chosen.installed else set_up()
    words = ["run-parcel", str(HERE), "--data", chosen.data, "--work", chosen.work, "--holder", chosen.holder]
    # neither the folder that it is called in nor a path of the user's may stand before the code that was packed
    kept = {name: value for name, value in os.environ.items() if chosen.installed or name != "PYTHONPATH"}
    command = [str(python), "-m", "fer_lab.cli", *words, *further]
    return subprocess.run(command, env=kept | {"PYTHONSAFEPATH": "1"}, check=False).returncode


def set_up() -> Path:
    """The interpreter of an environment that has all that the lock names, and the code."""
    python = ENVIRONMENT / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    if (ENVIRONMENT / READY).is_file() and python.is_file():
        return python
    print("1/3 making an environment in", ENVIRONMENT, flush=True)
    try:
        venv.create(ENVIRONMENT, with_pip=True, clear=not python.is_file())
    except (OSError, ValueError, subprocess.CalledProcessError) as error:
        sys.exit(
            f"The environment could not be made: {error}\nFree some space in {HERE}, or install what Python makes"
            " environments with (apt-get install python3-venv). Called again, it goes on."
        )
    print("2/3 downloading and installing the packages of requirements.lock (minutes)", flush=True)
    install(python, ["--no-deps", "--require-hashes", "-r", str(HERE / "requirements.lock")])
    print("3/3 installing the code of the parcel", flush=True)
    install(python, ["--no-deps", "--force-reinstall", *map(str, HERE.glob("code/*.whl"))])
    (ENVIRONMENT / READY).touch()
    return python


def install(python: Path, words: Sequence[str]) -> None:
    """Install packages; ends the command with a line where that fails, as pip has said why."""
    command = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *words]
    if subprocess.run(command, check=False).returncode:
        sys.exit("The packages could not be installed. Called again, it goes on with those that are there.")


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:  # what it has started hears of it, too
        sys.exit("Interrupted. Called again, it goes on.")
