"""What a service counts, in the words of Prometheus; nothing of a picture, and of clients nothing but their number."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector, generate_latest

SECONDS = (0.005, 0.01, 0.02, 0.04, 0.08, 0.15, 0.3, 0.6, 1.2, 2.5, 5.0, 10.0, 20.0)
FACES = (1, 2, 4, 8, 16, 32)


class Metrics:
    """The counts of one service.

    Attributes:
        requests: by path and status; a path that is none of ours is ``other``.
        pictures: by what came of them: ``answered``, ``no face``, ``refused``.
        faces: that were answered, by model.
        seconds: from the last byte of a request to its answer.
        looking: seconds in which one picture was decoded and its faces were found.
        asked, asking: faces of each question to a network, and its seconds.
        inside: pictures that are accepted and not yet answered.
        streams: of frames, open; ``open_streams`` is their number.
        reloads: by what came of them.
    """

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        own = self.registry
        self.requests = Counter("fer_lab_requests", "Requests answered", ["path", "status"], registry=own)
        self.pictures = Counter("fer_lab_pictures", "Pictures, by outcome", ["outcome"], registry=own)
        self.faces = Counter("fer_lab_faces", "Faces answered", ["model"], registry=own)
        self.seconds = Histogram("fer_lab_answer_seconds", "Last byte in to answer", buckets=SECONDS, registry=own)
        self.looking = Histogram("fer_lab_faces_seconds", "Decoding and finding faces", buckets=SECONDS, registry=own)
        self.asked = Histogram("fer_lab_batch_faces", "Faces of a question to a network", buckets=FACES, registry=own)
        self.asking = Histogram("fer_lab_network_seconds", "A question to a network", buckets=SECONDS, registry=own)
        self.inside = Gauge("fer_lab_pictures_inside", "Pictures accepted and not yet answered", registry=own)
        self.streams = Gauge("fer_lab_streams", "Streams of frames that are open", registry=own)
        self.reloads = Counter("fer_lab_reloads", "Reloads, by outcome", ["outcome"], registry=own)

        self.open_streams = 0

    @contextmanager
    def stream(self) -> Iterator[None]:
        """A stream is open."""
        self.open_streams += 1
        self.streams.inc()
        try:
            yield
        finally:
            self.open_streams -= 1
            self.streams.dec()

    def text(self) -> bytes:
        """All of it, in the text form of Prometheus."""
        return generate_latest(self.registry)

    def network(self, faces: int, seconds: float) -> None:
        """A question to a network was answered."""
        self.asked.observe(faces)
        self.asking.observe(seconds)
