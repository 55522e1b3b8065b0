"""The machine and the code that something was computed with: what decides its last bits and its time.

Nothing in it names host, user or path.
"""

from __future__ import annotations

import os
import platform
import subprocess
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import psutil

from fer_lab.resources import CHECKOUT

PACKAGES = ("torch", "pytorch-lightning", "timm", "torchmetrics", "mediapipe", "numpy", "scikit-learn", "av", "fer_lab")
INSTRUCTIONS = ("amx_bf16", "avx512_bf16", "avx512f", "avx2")
"""What kernels are chosen by, the widest first; as Linux calls them."""
LIMITS = (
    "ONEDNN_MAX_CPU_ISA",
    "ATEN_CPU_CAPABILITY",
    "MKL_ENABLE_INSTRUCTIONS",
    "OPENBLAS_CORETYPE",
    "NPY_DISABLE_CPU_FEATURES",
    "NUMBA_CPU_NAME",
    "OPENCV_CPU_DISABLE",
)
"""Environment variables by which libraries leave instructions of the processor unused."""


def _of_cpu(field: str) -> str | None:
    """A field of the first processor, as Linux states it; None elsewhere."""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return None
    return next((line.split(":", 1)[1].strip() for line in lines if line.startswith(field)), None)


def _instructions() -> str | None:
    """The widest of ``INSTRUCTIONS`` that the processor has."""
    flags = (_of_cpu("flags") or "").split()
    return next((name for name in INSTRUCTIONS if name in flags), None)


def _version(package: str) -> str | None:
    """None where it is not installed: networks on images that are faces already need no detector."""
    try:
        return version(package)
    except PackageNotFoundError:
        return None


@cache
def _commit() -> dict[str, object] | None:
    """The revision that is checked out, and whether tracked files differ from it; None without checkout or git."""
    if CHECKOUT is None:
        return None

    def git(*words: str) -> str:
        return subprocess.run(
            ["git", "-C", str(CHECKOUT), *words], capture_output=True, text=True, check=True
        ).stdout.strip()

    try:
        return {"revision": git("rev-parse", "HEAD"), "dirty": bool(git("status", "--porcelain", "-uno"))}
    except (OSError, subprocess.CalledProcessError):
        return None


def describe_machine(gpu: str | None = None) -> dict[str, object]:
    """CPU model, its instructions and limits to them, cores, memory (GB), system, versions of what computes, commit.

    Args:
        gpu: name of the GPU that computed, if one did.
    """
    return {
        "cpu": _of_cpu("model name") or platform.processor() or platform.machine(),
        "instructions": _instructions(),
        "limits": {name: os.environ[name] for name in LIMITS if name in os.environ},
        "gpu": gpu,
        "cores": os.cpu_count(),
        "memory_gb": round(psutil.virtual_memory().total / 1e9, 1),
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
        "versions": {name: found for name in PACKAGES if (found := _version(name)) is not None},
        "commit": _commit(),
    }
