"""What `auto` means on this machine, without importing torch."""

from __future__ import annotations

import os
from functools import lru_cache
from pathlib import Path


@lru_cache
def resolve_precision(precision: str) -> str:
    """``auto`` is ``bf16-mixed`` on an NVIDIA GPU or a CPU with bf16 instructions (2 to 2.8x), else ``32-true``."""
    if precision != "auto":
        return precision
    return "bf16-mixed" if has_gpu() or _cpu_has_bf16() else "32-true"


def has_gpu() -> bool:
    """Whether there is an NVIDIA GPU, and CUDA_VISIBLE_DEVICES does not hide all of them."""
    hidden = os.environ.get("CUDA_VISIBLE_DEVICES", "all").strip() in ("", "-1")
    return Path("/proc/driver/nvidia/version").exists() and not hidden


def _cpu_has_bf16() -> bool:
    try:
        return any(flag in Path("/proc/cpuinfo").read_text() for flag in ("avx512_bf16", "amx_bf16"))
    except OSError:
        return False
