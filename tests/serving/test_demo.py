"""The live page's paths: what is given under which headers, and what the page is told of a model."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from fer_lab.faces import model_digest
from fer_lab.inference.contract import Contract
from fer_lab.inference.model import Model
from fer_lab.serving.demo import HEADERS, KINDS, demo_router, page_files
from fer_lab.serving.page_facts import page_facts, why_not
from fer_lab.serving.runtime import NAMES
from tests.serving.drawn_models import ALIGNED, EYES, FRONTAL, RAW, model_at

VIOLA_JONES = {"_target_": "fer_lab.faces.StepsConfig", "steps": [{"_target_": "fer_lab.faces.Resize", "size": 32}]}
DLIB = {**ALIGNED, "detector": {"_target_": "fer_lab.faces.DlibDetector"}}


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Model:
    return Model(model_at(tmp_path_factory.mktemp("models") / "drawn.onnx"))


@pytest.fixture(scope="module")
def client(model: Model, tmp_path_factory: pytest.TempPathFactory) -> TestClient:
    """A client of the page alone; what computes in it is stood in for."""
    folder = tmp_path_factory.mktemp("runtime")
    for name in NAMES:
        (folder / name).write_text(name)
    app = FastAPI()
    app.include_router(demo_router(lambda: model, folder))
    return TestClient(app)


def test_all_that_the_page_asks_for_is_given_with_its_kind(client: TestClient, model: Model) -> None:
    names = [
        "",
        *page_files(),
        *(f"runtime/{name}" for name in NAMES),
        f"{model.version}.onnx",
        "landmarks.task",
        "facts.json",
    ]
    for name in names:
        answer = client.get(f"/demo/{name}")
        assert answer.status_code == 200, name
        assert answer.headers["content-type"] == KINDS.get(
            Path(name or "page.html").suffix, answer.headers["content-type"]
        )
        assert {key: answer.headers.get(key) for key in HEADERS} == HEADERS, name
        assert client.head(f"/demo/{name}").status_code == 200
    assert client.get(f"/demo/{model.version}.onnx").content == model.path.read_bytes()
    assert client.get("/demo", follow_redirects=False).headers["location"] == "/demo/"


@pytest.mark.parametrize(
    "name", ["page.py", "../demo.py", "%2e%2e/demo.py", "runtime/../page.js", "0123456789ab.onnx", "runtime/"]
)
def test_nothing_else_is_given(client: TestClient, name: str) -> None:
    answer = client.get(f"/demo/{name}")
    assert answer.status_code == 404 or answer.content == page_files().get("page.js")


def test_the_policy_lets_nothing_in_from_elsewhere_and_nothing_out() -> None:
    policy = dict(part.split(" ", 1) for part in HEADERS["Content-Security-Policy"].split("; "))
    assert policy["default-src"] == "'none'"
    assert "unsafe-inline" not in str(policy)
    assert "'unsafe-eval'" not in str(policy)
    assert not re.search(r"https?:|\*", str(policy))


def test_the_page_has_no_style_and_no_script_of_its_own_and_loads_nothing_from_elsewhere() -> None:
    page = page_files()["page.html"].decode()
    assert not re.search(r"\sstyle=|<style|\son\w+=|<script(?![^>]*\bsrc=)", page)
    for name, data in page_files().items():
        texts = re.sub(r"http://127\.0\.0\.1|http://www\.w3\.org/2000/svg", "", data.decode())
        assert not re.search(r"(?:https?:)?//[a-z]+\.", texts), name


def test_the_scripts_are_small_modules() -> None:
    scripts = {name: data.decode().splitlines() for name, data in page_files().items() if name.endswith(".js")}
    assert max(map(len, scripts.values())) <= 300
    assert all(lines[0].startswith("// ") for lines in scripts.values())


def test_the_page_is_told_all_that_is_known_of_a_model(model: Model) -> None:
    facts = page_facts(model)
    assert facts["names"] == ["anger", "happiness", "surprise"]
    assert facts["measured"] == [{"name": "accuracy", "value": 0.62, "low": 0.55, "high": 0.7, "items": 120}]
    assert [one["error"] for one in facts["thresholds"]] == [0.2, None]
    assert facts["generated"] is True
    assert facts["version"] == model.version
    assert facts["chance"] == pytest.approx(1 / 3)
    assert (facts["how"]["kind"], facts["how"]["size"], facts["why"]) == ("stable", 32, "")
    assert len(facts["how"]["reference"]) == len(facts["how"]["stable"]) == len(facts["how"]["affine"][0])


@pytest.mark.parametrize(
    ("faces", "why"),
    [
        (ALIGNED, ""),
        (EYES, ""),
        (RAW, ""),
        (FRONTAL, "it is shown the view frontal"),
        ({**VIOLA_JONES, "views": ["face"]}, "its faces are prepared step by step, without points"),
        (DLIB, "its faces are found by dlib"),
    ],
    ids=["aligned", "eyes", "raw", "frontal", "steps", "dlib"],
)
def test_the_page_says_why_it_cannot_do_a_model(tmp_path: Path, faces: dict[str, object], why: str) -> None:
    path = model_at(tmp_path / "drawn.onnx", {"size": 32, **faces} if faces is DLIB else faces)
    found = Model(path)
    facts = page_facts(found)
    assert facts["why"] == why
    assert (facts["how"] is None) == bool(why)


def test_clips_are_left_to_the_server(model: Model) -> None:
    contract = Contract(**{**vars(model.contract), "length": 16})
    assert why_not(contract) == "it takes clips of 16 faces"


def test_without_what_computes_there_is_the_page_alone(model: Model) -> None:
    app = FastAPI()
    app.include_router(demo_router(lambda: model, None))
    client = TestClient(app)
    assert client.get("/demo/").status_code == 200
    assert client.get("/demo/landmarks.task").status_code == 404
    assert model.contract.landmarks == model_digest()
