"""A small MLflow tracking server: the endpoints of REST API 2.0 that a training uses, over real HTTP.

Strict where the real one is lenient: an unknown field, a missing one or one of another type is refused.
"""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Final
from urllib.parse import parse_qs, urlsplit

_PREFIX: Final = "/api/2.0/mlflow/"
# Required fields of each request, then optional ones, with their JSON types.
_FIELDS: Final[dict[str, tuple[dict[str, Any], dict[str, Any]]]] = {
    "experiments/create": ({"name": str}, {"artifact_location": str, "tags": list}),
    "runs/create": ({"experiment_id": str}, {"run_name": str, "start_time": int, "tags": list}),
    "runs/log-batch": ({"run_id": str}, {"metrics": list, "params": list, "tags": list}),
    "runs/update": ({"run_id": str}, {"status": str, "end_time": int, "run_name": str}),
}
_METRIC: Final = {"key": str, "value": (int, float), "timestamp": int, "step": int}
_PARAM: Final = {"key": str, "value": str}
_STATES: Final = ("RUNNING", "SCHEDULED", "FINISHED", "FAILED", "KILLED")


class Refused(Exception):
    """An answer that is not a success: HTTP status, MLflow's error code, what is wrong."""


@dataclass
class Tracked:
    """What the server holds; a test may set what it should do wrong."""

    experiments: dict[str, str] = field(default_factory=dict)
    runs: dict[str, dict[str, Any]] = field(default_factory=dict)
    authorizations: list[str | None] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    fail_on: str = ""  # a path that answers 500
    stall: threading.Event | None = None  # every answer waits for it
    made_elsewhere: bool = False  # another client makes the experiment between look-up and creation

    def answer(self, path: str, asked: dict[str, Any]) -> dict[str, Any]:
        """Do what is asked; refuse what the API does not document."""
        if path == "experiments/get-by-name":
            return self._experiment(asked)
        if path not in _FIELDS:
            raise Refused(404, "ENDPOINT_NOT_FOUND", path)
        required, optional = _FIELDS[path]
        _check(path, asked, required, optional)
        if path == "experiments/create":
            return self._create_experiment(asked["name"])
        if path == "runs/create":
            return self._create_run(asked)
        if asked["run_id"] not in self.runs:
            raise Refused(404, "RESOURCE_DOES_NOT_EXIST", "run")
        run = self.runs[asked["run_id"]]
        return self._log(run, asked) if path == "runs/log-batch" else self._update(run, asked)

    def _experiment(self, asked: dict[str, Any]) -> dict[str, Any]:
        _check("experiments/get-by-name", asked, {"experiment_name": str}, {})
        name = asked["experiment_name"]
        if name not in self.experiments:
            raise Refused(404, "RESOURCE_DOES_NOT_EXIST", name)
        return {"experiment": {"experiment_id": self.experiments[name], "name": name}}

    def _create_experiment(self, name: str) -> dict[str, Any]:
        if name in self.experiments or self.made_elsewhere:
            self.experiments.setdefault(name, "77")
            raise Refused(400, "RESOURCE_ALREADY_EXISTS", name)
        self.experiments[name] = str(len(self.experiments) + 1)
        return {"experiment_id": self.experiments[name]}

    def _create_run(self, asked: dict[str, Any]) -> dict[str, Any]:
        if asked["experiment_id"] not in self.experiments.values():
            raise Refused(404, "RESOURCE_DOES_NOT_EXIST", "experiment")
        run_id = f"{len(self.runs):032x}"
        self.runs[run_id] = {**asked, "params": {}, "metrics": [], "status": "RUNNING"}
        return {"run": {"info": {"run_id": run_id, "status": "RUNNING"}, "data": {}}}

    def _log(self, run: dict[str, Any], asked: dict[str, Any]) -> dict[str, Any]:
        for row in asked.get("params", ()):
            _check("param", row, _PARAM, {})
            if run["params"].setdefault(row["key"], row["value"]) != row["value"]:
                raise Refused(400, "INVALID_PARAMETER_VALUE", "param is written already")
        for row in asked.get("metrics", ()):
            _check("metric", row, _METRIC, {})
            run["metrics"].append((row["key"], row["step"], row["value"]))
        return {}

    def _update(self, run: dict[str, Any], asked: dict[str, Any]) -> dict[str, Any]:
        if asked.get("status") not in _STATES:
            raise Refused(400, "INVALID_PARAMETER_VALUE", "status")
        run.update(asked)
        return {"run_info": {"run_id": asked["run_id"], "status": asked["status"]}}


@contextmanager
def mlflow_server() -> Iterator[tuple[str, Tracked]]:
    """Run a server on the loopback; give its address and what it holds."""
    tracked = Tracked()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            query = parse_qs(urlsplit(self.path).query)
            self._reply({name: values[0] for name, values in query.items()})

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            if self.headers["Content-Type"] != "application/json":
                body = b"null"
            self._reply(json.loads(body))

        def _reply(self, asked: Any) -> None:
            path = urlsplit(self.path).path.removeprefix(_PREFIX)
            tracked.asked.append(path)
            tracked.authorizations.append(self.headers["Authorization"])
            if tracked.stall is not None:
                tracked.stall.wait(60)
            try:
                if path == tracked.fail_on:
                    raise Refused(500, "INTERNAL_ERROR", "as the test says")
                status, document = 200, tracked.answer(path, asked)
            except Refused as problem:
                status, document = problem.args[0], {"error_code": problem.args[1]}
                tracked.refused.append(f"{path}: {problem.args}")
            payload = json.dumps(document).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(payload)))
            self.end_headers()
            self.wfile.write(payload)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}", tracked
    finally:
        if tracked.stall is not None:
            tracked.stall.set()
        server.shutdown()
        server.server_close()
        thread.join(10)


def _check(what: str, asked: Any, required: dict[str, Any], optional: dict[str, Any]) -> None:
    known = {**required, **optional}
    if not isinstance(asked, dict) or set(asked) - set(known) or set(required) - set(asked):
        raise Refused(400, "INVALID_PARAMETER_VALUE", f"{what}: {asked}")
    for name, value in asked.items():
        if not isinstance(value, known[name]) or isinstance(value, bool):
            raise Refused(400, "INVALID_PARAMETER_VALUE", f"{what}: {name}: {value!r}")
