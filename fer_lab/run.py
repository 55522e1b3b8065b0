"""`python -m fer_lab.run -m experiment=sase_hidden`, from any folder: one run, or a sweep, of what Hydra composes."""

from __future__ import annotations

import sys
from pathlib import Path

import hydra
from hydra.core.hydra_config import HydraConfig
from omegaconf import DictConfig

from fer_lab import configs, engine
from fer_lab.resources import resource_folder


def main() -> int:
    """Run what the command line asks for; returns the exit status."""
    return engine.start(sys.argv[1:], _hydra)


def _hydra() -> None:
    """Hand the command line to Hydra."""
    hydra.main(version_base="1.3", config_path=str(resource_folder("conf")), config_name="config")(job)()


def job(config: DictConfig) -> str:
    """One job of a sweep; returns its state."""
    started = HydraConfig.get()
    cell, folder = started.runtime.choices["cell"], Path(started.runtime.output_dir)
    return engine.run_job(configs.resolve(config), cell, list(started.overrides.task), folder)


if __name__ == "__main__":
    sys.exit(main())
