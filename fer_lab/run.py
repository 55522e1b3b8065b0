"""`python -m fer_lab.run -m experiment=sase_hidden`, from any folder: one run, or a sweep, of what Hydra composes."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from fer_lab.processes import INTERRUPTED, Interrupted, ended_by_signals
from fer_lab.resources import resource_folder

if TYPE_CHECKING:
    from omegaconf import DictConfig


def main() -> int:
    """Run what the command line asks for; returns the exit status."""
    try:
        with ended_by_signals():
            from fer_lab import engine  # takes seconds, in which a Ctrl-C is heard

            return engine.start(sys.argv[1:], _hydra)
    except Interrupted as end:
        print(INTERRUPTED, file=sys.stderr)
        return end.status


def _hydra() -> None:
    """Hand the command line to Hydra."""
    import hydra

    hydra.main(version_base="1.3", config_path=str(resource_folder("conf")), config_name="config")(job)()


def job(config: DictConfig) -> str:
    """One job of a sweep; returns its state."""
    from hydra.core.hydra_config import HydraConfig

    from fer_lab import configs, engine

    started = HydraConfig.get()
    cell, folder = started.runtime.choices["cell"], Path(started.runtime.output_dir)
    return engine.run_job(configs.resolve(config), cell, list(started.overrides.task), folder)


if __name__ == "__main__":
    sys.exit(main())
