"""The machine a run ran on: what a reader needs to compare times, nothing that names host, user or path."""

from __future__ import annotations

import os
import platform
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import psutil

PACKAGES = ("torch", "pytorch-lightning", "timm", "torchmetrics", "mediapipe", "numpy", "av", "fer_lab")


def _cpu_model() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
        return next(line.split(":", 1)[1].strip() for line in lines if line.startswith("model name"))
    except (OSError, StopIteration):
        return platform.processor() or platform.machine()


def _version(package: str) -> str | None:
    """None where it is not installed: networks on images that are faces already need no detector."""
    try:
        return version(package)
    except PackageNotFoundError:
        return None


def describe_machine(gpu: str | None = None) -> dict[str, object]:
    """CPU model, cores, memory (GB), system and the versions of what computes.

    Args:
        gpu: name of the GPU that computed, if one did.
    """
    return {
        "cpu": _cpu_model(),
        "gpu": gpu,
        "cores": os.cpu_count(),
        "memory_gb": round(psutil.virtual_memory().total / 1e9, 1),
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
        "versions": {name: found for name in PACKAGES if (found := _version(name)) is not None},
    }
