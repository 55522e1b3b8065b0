"""``python -m fer_lab.serving SETTINGS``: the service in a process that imports nothing else; ``fer-lab serve`` is it.

SETTINGS is a JSON object: ``models`` (name -> file), ``limits`` and the options of ``serve``. The token is no part of
it, as everybody on a machine sees how a process was called: it is read from the environment.
"""

from __future__ import annotations

import json
import logging
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from fer_lab.errors import FerLabError
from fer_lab.inference.lean import import_mediapipe
from fer_lab.serving.names import TOKEN


def main(settings: Mapping[str, Any]) -> None:
    """Serve until told to stop."""
    logging.basicConfig(format="%(message)s")
    logging.getLogger("fer_lab").setLevel(logging.INFO)
    import_mediapipe()
    from fer_lab.serving.app import Service, application
    from fer_lab.serving.gate import Door
    from fer_lab.serving.limits import Limits
    from fer_lab.serving.loaded import Models
    from fer_lab.serving.metrics import Metrics
    from fer_lab.serving.server import serve

    limits, metrics = Limits(**settings["limits"]), Metrics()
    places = {name: (lambda path=path: Path(path)) for name, path in settings["models"].items()}
    models = Models(places, limits, metrics, settings["threads"], settings["device"])
    door = Door(os.environ.pop(TOKEN, None), settings["names"], head=limits.head)
    service = Service(models, limits, metrics, door)
    serve(service, application(service), settings["host"], settings["port"], _ready, settings["proxies"])


def _ready(address: str) -> None:
    print(f"answers POST {address}predict with a picture; {address}docs says more; Ctrl-C ends it", flush=True)


if __name__ == "__main__":
    try:
        main(json.loads(sys.argv[1]))
    except FerLabError as error:
        print(f"error: {error}")
        sys.exit(2)
    except KeyboardInterrupt:
        sys.exit(130)
