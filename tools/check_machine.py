"""Says what this machine lacks before anything is installed, and the exact package that brings it.

Runs on the standard library of Python 3.6 and later, so that a Python that is too old for fer_lab is told so.
"""

import ctypes
import importlib.util
import os
import shutil
import subprocess
import sys

OLDEST = (3, 11)
ENVIRONMENT_GB = 8.0
GRAPHICS = ("libEGL.so.1", "libGLESv2.so.2")

# How each package manager installs something, and what it calls the three things that may be missing.
MANAGERS = {
    "apt-get": ("apt-get install -y", "python{0}.{1} python{0}.{1}-venv", "python{0}.{1}-venv", "libegl1 libgles2"),
    "dnf": ("dnf install -y", "python{0}.{1}", "python3", "libglvnd-egl libglvnd-gles"),
    "pacman": ("pacman -S", "python", "python", "libglvnd"),
    "brew": ("brew install", "python@{0}.{1}", "python@{0}.{1}", "mesa"),
}
NOBODY = ("install", "Python {0}.{1}", "the module venv of Python {0}.{1}", "libEGL and libGLESv2")


def manager():
    """The row of MANAGERS that fits this machine: (command, python, venv, graphics)."""
    return next((row for name, row in MANAGERS.items() if shutil.which(name)), NOBODY)


def in_apt(package):
    """Whether this release of Debian or Ubuntu has a package."""
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    return shutil.which("apt-cache") is not None and subprocess.call(["apt-cache", "show", package], **quiet) == 0


def packaged():
    """The first Python that is recent enough and that this release packages; the oldest one elsewhere."""
    recent = ((OLDEST[0], minor) for minor in range(OLDEST[1], OLDEST[1] + 4))
    return next((version for version in recent if in_apt("python{}.{}-venv".format(*version))), OLDEST)


def old_python(version):
    """What is wrong with the Python that runs this, or None."""
    if version[:2] >= OLDEST:
        return None
    install, python, _, _ = manager()
    return (
        f"Python {version[0]}.{version[1]} is too old, fer_lab needs {OLDEST[0]}.{OLDEST[1]} or later.\n"
        f"  Do: {install} {python.format(*packaged())}\n"
        "  or name another one: make setup PYTHON=/path/to/python3.11"
    )


def no_venv(modules):
    """What is wrong if the venv module, or the pip that it puts into an environment, is missing; or None."""
    missing = [name for name in modules if importlib.util.find_spec(name) is None]
    if not missing:
        return None
    install, _, venv, _ = manager()
    return f"{sys.executable} lacks {' and '.join(missing)}.\n  Do: {install} {venv.format(*sys.version_info)}"


def loads(library):
    """Whether the system finds a shared library."""
    try:
        ctypes.CDLL(library)
    except OSError:
        return False
    return True


def no_graphics(libraries):
    """What is wrong if a shared library that the face detector is linked against cannot be loaded; or None."""
    missing = [library for library in libraries if not loads(library)]
    if not missing:
        return None
    install, _, _, graphics = manager()
    return f"the face detector (MediaPipe) needs {' and '.join(missing)}.\n  Do: {install} {graphics}"


def no_space(folder, needed_gb):
    """What is wrong if the disk has no room for the environment; or None."""
    free_gb = shutil.disk_usage(folder).free / 1e9
    if free_gb >= needed_gb:
        return None
    return f"the environment needs {needed_gb:.0f} GB in {folder}, {free_gb:.1f} GB are free.\n  Do: free some space"


def problems(environment):
    """Everything that is missing, as texts; ``environment`` is the folder of the virtual environment."""
    found = [old_python(sys.version_info)]
    if not os.path.isdir(environment):
        found.append(no_venv(("venv", "ensurepip")))
        found.append(no_space(os.path.dirname(os.path.abspath(environment)), ENVIRONMENT_GB))
    if sys.platform.startswith("linux"):
        found.append(no_graphics(GRAPHICS))
    return [text for text in found if text]


if __name__ == "__main__":
    sys.exit("\n".join("make setup: " + text for text in problems(sys.argv[1])) or 0)
