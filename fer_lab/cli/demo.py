"""The command that shows what a model answers, live: a page of this machine, for the camera, pictures and videos."""

from __future__ import annotations

from typing import Annotated

import typer

from fer_lab.cli.app import Overrides, app, say
from fer_lab.cli.models import ModelName, OfACell, check_extra, model_file
from fer_lab.cli.serve import EXTRA
from fer_lab.serving.names import LOOPBACK


@app.command()
def demo(
    model: ModelName,
    overrides: Overrides = None,
    seed: OfACell = None,
    port: Annotated[int, typer.Option(min=0, max=65535, help="Of this machine's loopback; 0: a free one.")] = 8767,
) -> None:
    """Show on a page of this machine what a model answers of faces: of the camera, a picture, or a video.

    The page computes itself, and pictures stay in it; or the service does, which it comes from. Of several runs of a
    cell source=, profile= and protocol= say which; paths.results= where they lie.
    """
    check_extra("serve", *EXTRA)
    path = model_file(model, seed, overrides or [])
    from fer_lab.serving.app import Service, application
    from fer_lab.serving.demo import PLACE, demo_router
    from fer_lab.serving.gate import Door
    from fer_lab.serving.limits import Limits
    from fer_lab.serving.loaded import Models
    from fer_lab.serving.metrics import Metrics
    from fer_lab.serving.page_facts import why_not
    from fer_lab.serving.runtime import runtime
    from fer_lab.serving.server import serve

    limits, metrics = Limits(), Metrics()
    models = Models({path.stem: lambda: path}, limits, metrics)
    contract = models.named(None).contract
    why = why_not(contract)
    service = Service(models, limits, metrics, Door())
    router = demo_router(lambda: models.named(None).model, None if why else runtime())
    say(f"run {contract.run['id']} of {contract.run['cell']}" + (", trained on generated faces" * contract.generated))
    say(f"the page leaves computing to the service: {why}" if why else "the page computes itself, or asks the service")
    ready = f"open {{}}{PLACE[1:]}/ in a browser; Ctrl-C ends it"
    serve(service, application(service, [router]), LOOPBACK[0], port, lambda address: say(ready.format(address)))
