"""Where a job runs, as the environment says it: for ``job.json`` and ``fer-lab status``, not for a run's record."""

from __future__ import annotations

import os
import platform
import sys
from collections.abc import Mapping
from typing import Any

NO_DEVICE = ("", "-1", "NoDevFiles")
"""What launchers leave in ``CUDA_VISIBLE_DEVICES`` where a job has no GPU."""


def place(environment: Mapping[str, str] = os.environ) -> dict[str, str]:
    """Node, device and task of this process, each only where it is known.

    The device is that which a pool of GPUs has leased (``GPU_POOL_DEVICE``), or what Slurm, Ray or the user has left
    visible of the machine's; the task is the name by which Slurm or Ray knows the job.
    """
    visible = environment.get("CUDA_VISIBLE_DEVICES", "")
    device = environment.get("GPU_POOL_DEVICE") or (f"GPU {visible}" if visible not in NO_DEVICE else "")
    known = {"node": platform.node(), "device": device, "task": _slurm(environment) or _ray()}
    return {key: value for key, value in known.items() if value}


def _slurm(environment: Mapping[str, str]) -> str:
    array = [environment.get(f"SLURM_ARRAY_{part}_ID", "") for part in ("JOB", "TASK")]
    job = "_".join(array) if all(array) else environment.get("SLURM_JOB_ID", "")
    return f"Slurm job {job}" if job else ""


def _ray() -> str:
    ray: Any = sys.modules.get("ray")  # loaded in its workers
    if ray is None or not ray.is_initialized():
        return ""
    task = ray.get_runtime_context().get_task_id()
    return f"Ray task {task}" if task else ""
