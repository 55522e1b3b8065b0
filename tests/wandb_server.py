"""A server of this machine in the place of W&B's, as far as runs and views are asked for."""

from __future__ import annotations

import http.server
import json
from typing import Any

VIEWER = {"id": "1", "entity": "me", "username": "me", "email": "", "flags": "{}", "teams": {"edges": []}}
PROJECT = {"id": "1", "name": "fer_lab", "entity": {"id": "1", "name": "me"}}

ARTIFACT = {"id": "1", "state": "COMMITTED", "artifactSequence": {"id": "1", "latestArtifact": None}}
"""What of a table's artifact is there already: nothing of it is asked for."""


class StandIn(http.server.ThreadingHTTPServer):
    """Answers what W&B's own processes ask, and keeps it; ``status`` is that of every answer.

    ``known`` is a run that was logged before, in the server's words.
    """

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Answer)
        self.status = 200
        self.asked: list[tuple[str, dict[str, Any]]] = []
        self.streamed: list[dict[str, Any]] = []
        self.known: dict[str, Any] | None = None

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    def asked_for(self, what: str) -> list[dict[str, Any]]:
        """The variables of every query of a kind."""
        return [variables for query, variables in self.asked if what in query]

    def history(self) -> list[dict[str, Any]]:
        """Every row of values that was sent."""
        files = [sent["files"] for sent in self.streamed if "files" in sent]
        lines = [line for sent in files for line in sent.get("wandb-history.jsonl", {}).get("content", [])]
        return [json.loads(line) for line in lines]

    def remember(self, last: dict[str, Any], epochs: int) -> None:
        """Have a run of so many epochs, the last row of which is this one, be known from now on."""
        row = json.dumps({"_runtime": 3, **last})
        counts = {"historyLineCount": epochs, "eventsLineCount": 0, "logLineCount": 0}
        tails = {"historyTail": json.dumps([row]), "eventsTail": "[]", "summaryMetrics": row}
        self.known = {"id": "1", "name": "abc", **counts, **tails, "config": "{}", "tags": [], "wandbConfig": '{"t":1}'}

    def answer(self, query: str, variables: dict[str, Any]) -> dict[str, Any]:
        self.asked.append((query, variables))
        if "upsertView" in query:
            return {"upsertView": {"view": {"id": "1", "name": "nw-abc-v"}, "inserted": True}}
        if "RunResumeStatus" in query:
            return {"model": {**PROJECT, "bucket": self.known}}
        if "UpsertBucket" in query:
            run = {"id": "1", "name": variables["name"], "displayName": "", "config": "{}", "project": PROJECT}
            return {"upsertBucket": {"bucket": {**run, "historyLineCount": 0}, "inserted": True}}
        if "CreateRunFiles" in query:
            files = [{"name": name, "uploadUrl": f"{self.address}/file"} for name in variables["files"]]
            return {"createRunFiles": {"runID": "1", "uploadHeaders": [], "files": files}}
        if "query ArtifactType" in query:
            return {"project": None}
        if "mutation CreateArtifact " in query:
            return {"createArtifact": {"artifact": ARTIFACT}}
        return {"viewer": VIEWER, "serverInfo": None}


class Answer(http.server.BaseHTTPRequestHandler):
    server: StandIn

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self.path == "/graphql":
            asked = json.loads(body)
            self.reply({"data": self.server.answer(asked["query"], asked.get("variables") or {})})
        else:
            if self.path.endswith("file_stream"):
                self.server.streamed.append(json.loads(body))
            self.reply({})

    do_PUT = do_POST  # noqa: N815

    def reply(self, answer: dict[str, Any]) -> None:
        text = json.dumps(answer).encode()
        self.send_response(self.server.status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, format: str, *args: Any) -> None:
        """Print nothing."""
