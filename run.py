"""Entry: `python run.py -m experiment=sase_hidden`. Without an experiment it shows what there is."""

import sys

try:
    from fer_lab.run import main
except ModuleNotFoundError as missing:
    sys.exit(f"run.py: {missing}. Enter the environment: make setup, then . .venv/bin/activate")

if __name__ == "__main__":
    sys.exit(main())
