"""What bad input gets: the right status with a reason in JSON, while the service goes on."""

from __future__ import annotations

import json
import socket
import struct
import time
import zlib
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from websockets.exceptions import ConnectionClosedOK
from websockets.sync.client import connect

from fer_lab.errors import StoreError
from fer_lab.inference.model import Model
from tests.serving.served import Answer, Running, crowd, damaged, drawn, encoded, form, opened, running, write_model

pytestmark = pytest.mark.slow
PICTURE = encoded(drawn())
LIMITS = {"bytes": 2_000_000, "held": 4_000_000, "pictures": 4, "faces": 6, "sending": 1.5, "idle": 3,
          "connections": 150, "head": 8192, "streams": 2, "pixels": 4_000_000}  # fmt: skip


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    path = write_model(tmp_path_factory.mktemp("models") / "one.onnx")
    words = [word for key, value in LIMITS.items() for word in ("--limit", f"{key}={value}")]
    with running(str(path), *words, environment={"FER_LAB_TOKEN": ""}) as found:
        yield found


@pytest.fixture(autouse=True)
def still_answers(service: Running) -> Iterator[None]:
    """Whatever a test does to it."""
    yield
    assert service.process.poll() is None
    assert service.predict(PICTURE).status == 200


def png_of(width: int, height: int, data: bytes = b"") -> bytes:
    """A PNG that says how large it is, whatever it holds."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(data)) + chunk(b"IEND", b"")


def animated() -> bytes:
    import io

    data = io.BytesIO()
    frames = [Image.fromarray(drawn(seed)) for seed in (0, 1)]
    frames[0].save(data, "GIF", save_all=True, append_images=frames[1:])
    return data.getvalue()


BOMB = png_of(1999, 1999, b"\0" * (2000 * 1999))


@pytest.mark.parametrize(
    ("picture", "status", "reason"),
    [
        (b"/etc/passwd", 422, "not a whole image"),
        (b"", 422, "empty"),
        (PICTURE[: len(PICTURE) // 2], 422, "not a whole image"),
        (encoded(drawn(), "JPEG")[:2000], 422, "not a whole image"),
        (png_of(20_000, 20_000), 422, "megapixels"),
        (png_of(30_000, 2), 422, "limit of a side"),
        (png_of(2500, 2500), 422, "limit is 4000000 px"),
        (b"PK\x03\x04" + b"\0" * 100, 422, "not a whole image"),
        (b"\0" * 2_000_001, 413, "limit is 2000000"),
    ],
    ids=["no picture", "empty", "truncated", "truncated JPEG", "20,000 x 20,000", "a line", "above the limit", "a zip",
         "too long"],
)  # fmt: skip
def test_what_is_no_picture_is_refused(service: Running, picture: bytes, status: int, reason: str) -> None:
    answer = service.predict(picture)
    assert (answer.status, reason in answer.said["detail"]) == (status, True), answer.said
    assert answer.headers["content-type"] == "application/json"


@pytest.mark.parametrize(
    ("picture", "faces", "note"),
    [
        (encoded(np.zeros((1, 1, 3), np.uint8)), 0, "no face"),
        (encoded(np.full((300, 400, 3), 90, np.uint8)), 0, "no face"),
        (BOMB, 0, "no face"),
        (animated(), 1, "an animation"),
        (encoded(crowd(4, 2, 160)), 6, "6 faces are looked for"),
    ],
    ids=["1 x 1", "no face", "4 million pixels in 4 kB", "animated", "8 faces of 6"],
)
def test_what_has_no_face_or_many_is_said(service: Running, picture: bytes, faces: int, note: str | None) -> None:
    (found,) = service.predict(picture).said["pictures"]
    assert len(found["faces"]) == faces
    assert (not found["notes"]) if note is None else found["notes"][0].startswith(note)


def test_fifty_faces_are_not_one_too_many(service: Running) -> None:
    (found,) = service.predict(encoded(crowd(10, 5, 160), "JPEG")).said["pictures"]
    assert len(found["faces"]) <= LIMITS["faces"]


def refused(answer: Answer) -> tuple[int, str]:
    return answer.status, answer.said["error"]


@pytest.mark.parametrize(
    ("method", "path", "body", "headers", "expected"),
    [
        ("GET", "/predict", None, {}, (405, "method")),
        ("DELETE", "/models", None, {}, (405, "method")),
        ("GET", "/nothing", None, {}, (404, "unknown")),
        ("POST", "/../../etc/passwd", b"x", {}, (404, "unknown")),
        ("POST", "/predict", b"{}", {"Content-Type": "application/json"}, (415, "kind")),
        ("POST", "/predict", b"x", {"Content-Type": "multipart/form-data"}, (400, "malformed")),
        ("POST", "/predict", b"x", {"Content-Type": "multipart/form-data; boundary=edge"}, (400, "malformed")),
        ("POST", "/predict?above=x", PICTURE, {}, (422, "unusable")),
        ("POST", "/predict", PICTURE, {"Host": "elsewhere.example"}, (400, "malformed")),
        ("POST", "/predict", PICTURE, {"Origin": "https://elsewhere.example"}, (403, "forbidden")),
        ("GET", "/models", None, {"X": "y" * 20_000}, (431, "headers")),
    ],
)
def test_what_is_no_question_is_refused(
    service: Running, method: str, path: str, body: Any, headers: Mapping[str, str], expected: tuple[int, str]
) -> None:
    assert refused(service.ask(method, path, body, headers)) == expected


def test_a_form_has_so_many_parts(service: Running) -> None:
    assert service.ask("POST", "/predict", *form([PICTURE] * 4)).status == 200
    assert refused(service.ask("POST", "/predict", *form([PICTURE] * 5))) == (413, "too_much")
    assert refused(service.ask("POST", "/predict", *form([b"x"] * 10_000))) == (413, "too_much")
    assert refused(service.ask("POST", "/predict", *form([]))) == (422, "unusable")
    field = form([b"x"])[0].replace(b'; filename="../../a.png"', b"")
    text = service.ask("POST", "/predict", field, form([])[1])
    assert (refused(text), "pictures are sent as files" in text.said["detail"]) == ((422, "unusable"), True)
    assert service.ask("POST", "/predict", *form([PICTURE], "other")).status == 200


def rest(connection: socket.socket) -> bytes:
    """All that it still says."""
    found = b""
    while data := connection.recv(65536):
        found += data
    return found


HEAD = f"POST /predict HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: {len(PICTURE)}\r\n"


def test_a_length_is_said(service: Running) -> None:
    with opened(service) as connection:
        connection.sendall(b"POST /predict HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n")
        assert connection.recv(100).startswith(b"HTTP/1.1 411 ")


@pytest.mark.parametrize("start", [b"", HEAD.encode(), HEAD.encode() + b"\r\n" + PICTURE[:100]])
def test_who_does_not_go_on_is_let_go(service: Running, start: bytes) -> None:
    began = time.monotonic()
    with opened(service) as connection:
        connection.sendall(start)
        said = rest(connection)
    assert said.startswith(b"HTTP/1.1 408 ")
    assert b'"error":"slow"' in said.replace(b" ", b"")
    assert time.monotonic() - began < 30


def drip(connection: socket.socket, data: bytes) -> None:
    """A byte every twentieth of a second, for as long as somebody listens."""
    for place in range(len(data)):
        connection.sendall(data[place : place + 1])
        time.sleep(0.05)


def test_who_drips_is_let_go(service: Running) -> None:
    with opened(service) as connection, pytest.raises((BrokenPipeError, ConnectionError)):
        drip(connection, HEAD.encode() + b"\r\n" + PICTURE)


def test_who_goes_on_after_a_refusal_is_let_go(service: Running) -> None:
    with opened(service) as connection:
        connection.sendall(b"POST /predict HTTP/1.1\r\nHost: localhost\r\nContent-Length: 3000000\r\n\r\n")
        assert connection.recv(1000).startswith(b"HTTP/1.1 413 ")
        with pytest.raises((BrokenPipeError, ConnectionError)):
            drip(connection, b"x" * 400)


def test_who_reads_nothing_of_its_answers_is_let_go(service: Running) -> None:
    """Far more of them than what lies between the two holds: the service waits for it to read, and no longer."""
    with opened(service) as connection:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        connection.sendall(b"GET /openapi.json HTTP/1.1\r\nHost: localhost\r\n\r\n" * 800)
        assert service.predict(PICTURE).status == 200
        with pytest.raises((BrokenPipeError, ConnectionError)):
            drip(connection, b"x" * 2000)


def test_who_reads_its_answers_in_time_gets_all_of_them(service: Running) -> None:
    with opened(service) as connection:
        last = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
        connection.sendall(b"GET /openapi.json HTTP/1.1\r\nHost: localhost\r\n\r\n" * 100 + last)
        said = rest(connection)
    assert said.count(b"HTTP/1.1 200 ") == 101
    assert said.endswith(b'{"status":"alive"}')


def test_a_stream_without_frames_is_closed(service: Running) -> None:
    with connect(f"ws://{service.address}/stream") as stream:
        stream.send(PICTURE)
        assert "faces" in json.loads(stream.recv(timeout=60))
        with pytest.raises(ConnectionClosedOK) as ended:
            stream.recv(timeout=60)
    assert ended.value.rcvd is not None
    assert (ended.value.rcvd.code, "without any is closed" in ended.value.rcvd.reason) == (1000, True)
    assert "fer_lab_streams 0.0" in service.ask("GET", "/metrics").body.decode()


def test_who_hangs_up_disturbs_nobody(service: Running) -> None:
    for part in (HEAD.encode(), HEAD.encode() + b"\r\n" + PICTURE[:500], HEAD.encode() + b"\r\n" + PICTURE):
        with opened(service) as connection:
            connection.sendall(part)
        assert service.predict(PICTURE).status == 200


def test_what_is_no_http_is_refused(service: Running) -> None:
    with opened(service) as connection:
        connection.sendall(b"\x16\x03\x01\x02\x00\r\n\r\n")
        assert rest(connection).startswith(b"HTTP/1.1 400 ")


def test_a_hundred_silent_connections_disturb_nobody(service: Running) -> None:
    with ExitStack() as stack:
        silent = [stack.enter_context(opened(service)) for _ in range(100)]
        assert service.predict(PICTURE).status == 200
        assert all(rest(connection).startswith(b"HTTP/1.1 408 ") for connection in silent)


def test_one_connection_too_many_is_told_so(service: Running) -> None:
    with ExitStack() as stack:
        for _ in range(LIMITS["connections"]):  # type: ignore[call-overload]
            stack.enter_context(opened(service))
        with opened(service) as late:
            assert rest(late).startswith(b"HTTP/1.1 503 ")
    time.sleep(0.5)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("{", "damaged"),
        ("", "damaged"),
        ("[]", "damaged"),
        (damaged(format=9), "format 9"),
        (damaged(faces={"_target_": "os.system"}), "os.system"),
        (damaged(target={"kind": "guess", "names": [], "scale": None}), "damaged"),
        (damaged(length=0), "damaged"),
        (damaged(inputs=[]), "damaged"),
    ],
)
def test_a_damaged_or_newer_model_is_refused(tmp_path: Path, text: str, reason: str) -> None:
    with pytest.raises(StoreError, match=reason):
        Model(write_model(tmp_path / "one.onnx", text=text))


def test_a_file_that_is_no_model_does_not_start(tmp_path: Path) -> None:
    (tmp_path / "one.onnx").write_bytes(b"nothing")
    with pytest.raises(StoreError, match="no model"), running(str(tmp_path / "one.onnx")):
        pass
