"""The GPUs of this machine, of which each worker of a search leases one, or a share, as the jobs of a sweep do."""

from __future__ import annotations

from hydra.errors import CompactHydraException

from fer_lab.errors import ConfigError
from hydra_plugins import gpu_pool_launcher


def devices() -> tuple[str, ...]:
    """Those that CUDA would show this process; none where there is no GPU.

    Raises:
        ConfigError: CUDA_VISIBLE_DEVICES names what is not there.
    """
    try:
        return gpu_pool_launcher.devices()
    except CompactHydraException as error:
        raise ConfigError(str(error)) from error
