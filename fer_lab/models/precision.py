"""A trainer's arithmetic, outside of a trainer."""

from __future__ import annotations

import torch

HALF = {"bf16-mixed": torch.bfloat16, "16-mixed": torch.float16}


def autocast(device: torch.device, precision: str) -> torch.autocast:
    """What a trainer's ``precision``, for example ``bf16-mixed``, means on a device."""
    return torch.autocast(device.type, HALF.get(precision, torch.bfloat16), enabled=precision in HALF)
