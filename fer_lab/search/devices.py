"""The GPUs of this machine, of which each worker of a search leases one, or a share, as the jobs of a sweep do."""

from __future__ import annotations

import math
import os
from collections.abc import Iterator
from contextlib import contextmanager
from fractions import Fraction

from fer_lab.errors import ConfigError
from hydra_plugins.gpu_pool_launcher import default_leases
from hydra_plugins.gpu_pool_launcher._devices import Device, PoolError, visible
from hydra_plugins.gpu_pool_launcher._leases import Want, lease


def devices() -> tuple[Device, ...]:
    """Those that CUDA would show this process; none where there is no GPU.

    Raises:
        ConfigError: CUDA_VISIBLE_DEVICES names what is not there.
    """
    try:
        return visible()
    except PoolError as error:
        raise ConfigError(str(error)) from error


@contextmanager
def leased(workers: int) -> Iterator[str]:
    """Hold a device, or the share of one that so many workers leave; its name, '' where there is none.

    It waits while sweeps and other searches hold them all. CUDA must not be initialised yet: this process sees its own
    device alone from then on.
    """
    if not (there := devices()):
        yield ""
        return
    want = Want(share=Fraction(1, math.ceil(workers / len(there))))
    held = next(filter(None, lease(default_leases(), there, want, f"search-{os.getpid()}")))
    os.environ |= {"CUDA_DEVICE_ORDER": "PCI_BUS_ID", "CUDA_VISIBLE_DEVICES": held.devices[0].name}
    try:
        yield held.devices[0].name
    finally:
        held.release()
