"""What the launcher of a sweep leaves to each of its runs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def threads_of_run(asked: int | None, launcher: Mapping[str, Any], cores: int) -> int:
    """CPU threads of a run.

    Args:
        asked: the setting ``threads``; it wins.
        launcher: the configuration ``hydra.launcher``. ``n_jobs``, ours and joblib's, divides the cores (negative:
            counted from all of them); Submitit's ``cpus_per_task`` and Ray's ``remote.num_cpus`` (a share of one, too;
            unset: one, Ray's own default) are a run's own. Any other launcher, or an unset number, leaves all cores to
            each run.
        cores: CPUs that this process may use.

    Returns:
        At least one.
    """
    if asked:
        return asked
    if "n_jobs" in launcher:
        jobs = launcher["n_jobs"] or 1
        return max(1, cores // (jobs if jobs > 0 else max(1, cores + 1 + jobs)))
    if "remote" in (ray := launcher.get("ray") or {}):
        return max(1, int(ray["remote"].get("num_cpus") or 1))
    return launcher.get("cpus_per_task") or cores
