"""Entry: `python run.py -m experiment=sase_hidden`. Without an experiment it shows what there is."""

import sys
from pathlib import Path

try:
    import hydra
    from hydra.core.hydra_config import HydraConfig
    from omegaconf import DictConfig

    from fer_lab import configs, engine
except ModuleNotFoundError as missing:
    sys.exit(f"run.py: {missing}. Enter the environment: make setup, then . .venv/bin/activate")


@hydra.main(version_base="1.3", config_path="conf", config_name="config")
def main(config: DictConfig) -> str:
    """Run one job of a sweep."""
    job = HydraConfig.get()
    folder = Path(job.runtime.output_dir)
    return engine.run_job(configs.resolve(config), job.runtime.choices["cell"], list(job.overrides.task), folder)


if __name__ == "__main__":
    sys.exit(engine.start(sys.argv[1:], main))
