"""The service: its paths, each a question. Nothing that a request says is taken for a path of this machine."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from importlib.metadata import version
from typing import Annotated, Any

from fastapi import APIRouter, FastAPI, Query, Request
from starlette.responses import JSONResponse, Response

from fer_lab.errors import FerLabError
from fer_lab.serving.gate import Door, Gate
from fer_lab.serving.limits import Limits
from fer_lab.serving.loaded import Loaded, Models
from fer_lab.serving.metrics import Metrics
from fer_lab.serving.pictures import pictures_of
from fer_lab.serving.reference import reference
from fer_lab.serving.refusals import Refused, say_no
from fer_lab.serving.room import Room, client_of
from fer_lab.serving.said import check_query, threshold_of
from fer_lab.serving.schema import ABOUT, MODELS, PREDICT, PREDICTED, READY, RELOADED, described
from fer_lab.serving.stream import streams

ModelName = Annotated[str | None, Query(description="Name of a model, one of /models; the first one without.")]
StatedError = Annotated[
    float | None, Query(gt=0, lt=1, description="Answer only where no more than this share of answers is wrong.")
]
Above = Annotated[float | None, Query(ge=0, le=1, description="Answer only where the model is surer than this.")]
Points = Annotated[bool, Query(description="Whether the 68 points of each face are said.")]


class Service:
    """What the paths share.

    Attributes:
        models: that answer.
        limits: of the service.
        metrics: of the service.
        room: how much is inside.
        door: who is let in.
        is_stopping: set once the service is told to stop.
    """

    def __init__(self, models: Models, limits: Limits, metrics: Metrics, door: Door) -> None:
        self.models, self.limits, self.metrics, self.door = models, limits, metrics, door
        self.room = Room(limits, metrics)
        self.is_stopping = False

    async def answered(self, loaded: Loaded, data: bytes, above: float | None, points: bool) -> dict[str, Any]:
        """What is said of a picture, in time.

        Raises:
            Refused: as ``Loaded.answer``; or it took too long.
        """
        try:
            async with asyncio.timeout(self.limits.seconds):
                return await loaded.answer(data, above, points)
        except TimeoutError as error:
            raise Refused(503, f"no answer within {self.limits.seconds:g} s") from error


def application(service: Service, routers: Sequence[APIRouter] = ()) -> FastAPI:
    """The service as an application of ASGI.

    Args:
        service: what its paths share.
        routers: further paths, of a page that uses these; see ``Door.free`` for those that need no token.
    """
    app = FastAPI(title="fer_lab", version=version("fer_lab"), docs_url=None, redoc_url=None, description=ABOUT)
    say_no(app)
    every = (asked(service), watched(service), streams(service), reference(), *routers)
    for router in every:
        app.include_router(router)
    described(app, service)
    paths = [getattr(route, "path", "") for router in every for route in router.routes]
    app.add_middleware(Gate, door=service.door, metrics=service.metrics, paths=paths)
    return app


def watched(service: Service) -> APIRouter:
    """What is asked by those who look after a service."""
    router = APIRouter(tags=["the service"])

    @router.get("/healthz")
    async def is_alive() -> dict[str, str]:
        """Whether the process answers at all."""
        return {"status": "alive"}

    @router.get("/readyz", responses=READY)
    async def is_ready() -> dict[str, str]:
        """Whether it takes pictures: 503 once it has been told to stop."""
        if service.is_stopping:
            raise Refused(503, "the service is stopping")
        return {"status": "ready"}

    @router.get("/metrics", responses={200: {"content": {"text/plain": {}}}}, response_class=Response)
    async def metrics() -> Response:
        """What the service has counted, for Prometheus."""
        return Response(service.metrics.text(), media_type="text/plain; version=0.0.4; charset=utf-8")

    @router.post("/reload", responses=RELOADED)
    async def reload() -> dict[str, Any]:
        """Read the files of the models again; needs the token, and the service one."""
        if service.door.token is None:
            raise Refused(401, "a service without a token reloads on SIGHUP only")
        try:
            return {"models": await service.models.reload()}
        except FerLabError as error:
            raise Refused(422, f"the models in use stay: {error.what}") from error

    return router


def asked(service: Service) -> APIRouter:
    """What is asked by those who use a model."""
    router = APIRouter(tags=["models"])

    @router.get("/", responses=MODELS)
    async def who() -> dict[str, Any]:
        """Which service this is, and which models answer."""
        return {"service": f"fer_lab {version('fer_lab')}", "models": [one.about for one in service.models.all()]}

    @router.get("/models", responses=MODELS)
    async def models() -> dict[str, Any]:
        """All that is known of each model: what it answers, how good it was, its thresholds, its checksum."""
        return {"models": [one.known for one in service.models.all()]}

    @router.post("/predict", responses=PREDICTED, openapi_extra=PREDICT, response_class=JSONResponse)
    async def predict(
        request: Request,
        model: ModelName = None,
        error: StatedError = None,
        above: Above = None,
        points: Points = False,
    ) -> JSONResponse:
        """The faces of pictures, and what a model answers of each: one picture as the body, or several as files of a
        form, in their order. Of several, one that cannot be read says so in its place; where none can, all is refused.
        """
        check_query(request.query_params.keys())
        loaded = service.models.named(model)
        threshold = threshold_of(loaded.contract, error, above)
        with service.room.bytes() as held:
            pictures = await pictures_of(request, service.limits, held)
            with service.room.pictures(client_of(request), len(pictures)):
                began = time.perf_counter()
                found = await asyncio.gather(*(_said(service, loaded, one, threshold, points) for one in pictures))
        service.metrics.seconds.observe(time.perf_counter() - began)
        if (refused := [one for one in found if isinstance(one, Refused)]) and len(refused) == len(found):
            raise refused[0]
        said = [one.said if isinstance(one, Refused) else one for one in found]
        return JSONResponse({"model": loaded.about, "above": threshold, "pictures": said})

    return router


async def _said(
    service: Service, loaded: Loaded, data: bytes, above: float | None, points: bool
) -> dict[str, Any] | Refused:
    try:
        return await service.answered(loaded, data, above, points)
    except Refused as refused:
        return refused
