"""A run on an MLflow tracking server, over its REST API 2.0.

Rules: the package ``mlflow`` is not needed; only fields that the API documents are sent; no redirect is followed, since
it would carry the key elsewhere; a problem names the host, never the whole address.
"""

import re
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import unquote, urlsplit

_TIMEOUT_S: Final = 5.0
_MAX_VALUE: Final = 500  # characters of a parameter; what the oldest servers of this API take
_MAX_PARAMS: Final = 100  # in one request
_EXPERIMENT: Final = "safety-tasks"
_CODE: Final = re.compile(r"[A-Z_]{1,60}")


class TrackerProblem(Exception):
    """A tracker cannot be used; its message holds no secret."""


class MlflowRun:
    """One run: ``open``, ``log`` once an epoch, ``close``."""

    def __init__(
        self, uri: str, experiment: str, headers: Mapping[str, str], auth: tuple[str, str] | None
    ) -> None:
        """Prepare; nothing is sent yet.

        Raises:
            TrackerProblem: the address is not one of a server.
        """
        import httpx

        parts = urlsplit(uri)
        try:
            port = f":{parts.port}" if parts.port else ""
        except ValueError:
            raise TrackerProblem("MLFLOW_TRACKING_URI: expected a port number") from None
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise TrackerProblem(
                f"MLFLOW_TRACKING_URI: expected http:// or https:// and a host, found {parts.scheme or 'none'}"
            )
        self._host = f"{parts.hostname}{port}"
        if auth is None and not headers and parts.username:
            auth = (unquote(parts.username), unquote(parts.password or ""))
        self._experiment = experiment
        self._run_id = ""
        # The library logs whole addresses, so a user and password never stay in one.
        bare = parts._replace(netloc=parts.netloc.rpartition("@")[2], query="", fragment="")
        self._client = httpx.Client(
            base_url=f"{bare.geturl().rstrip('/')}/api/2.0/mlflow/",
            headers=dict(headers),
            auth=auth,
            timeout=_TIMEOUT_S,
        )

    @classmethod
    def from_environment(cls, env: Mapping[str, str]) -> "MlflowRun":
        """Prepare a run by MLflow's own variables; a token comes before a user and password."""
        token, user = env.get("MLFLOW_TRACKING_TOKEN"), env.get("MLFLOW_TRACKING_USERNAME")
        return cls(
            env["MLFLOW_TRACKING_URI"],
            env.get("MLFLOW_EXPERIMENT_NAME") or _EXPERIMENT,
            {"Authorization": f"Bearer {token}"} if token else {},
            (user, env.get("MLFLOW_TRACKING_PASSWORD", "")) if user and not token else None,
        )

    def open(self, run_name: str, at_ms: int, params: Mapping[str, object]) -> None:
        """Create the run in its experiment, which is made if there is none, and write its parameters.

        Raises:
            TrackerProblem: the server cannot be reached or refused.
        """
        document = {
            "experiment_id": self._experiment_id(),
            "run_name": run_name,
            "start_time": at_ms,
        }
        try:
            self._run_id = str(self._ask("POST", "runs/create", document)["run"]["info"]["run_id"])
        except (KeyError, TypeError):
            raise TrackerProblem(f"{self._host}: expected a run id, found none") from None
        rows = [{"key": name, "value": str(value)[:_MAX_VALUE]} for name, value in params.items()]
        for start in range(0, len(rows), _MAX_PARAMS):
            batch = rows[start : start + _MAX_PARAMS]
            self._ask("POST", "runs/log-batch", {"run_id": self._run_id, "params": batch})

    def log(self, step: int, at_ms: int, numbers: Mapping[str, float]) -> None:
        """Write an epoch's numbers.

        Raises:
            TrackerProblem: the server cannot be reached or refused.
        """
        rows = [
            {"key": name, "value": value, "timestamp": at_ms, "step": step}
            for name, value in numbers.items()
        ]
        self._ask("POST", "runs/log-batch", {"run_id": self._run_id, "metrics": rows})

    def close(self, ok: bool, at_ms: int) -> None:
        """End the run.

        Raises:
            TrackerProblem: the server cannot be reached or refused.
        """
        document = {
            "run_id": self._run_id,
            "status": "FINISHED" if ok else "FAILED",
            "end_time": at_ms,
        }
        self._ask("POST", "runs/update", document)
        self._client.close()

    def _experiment_id(self) -> str:
        found = self._find_experiment()
        if found is None:
            try:
                made = self._ask("POST", "experiments/create", {"name": self._experiment})
                found = made.get("experiment_id")
            except _Refused as problem:
                if problem.code != "RESOURCE_ALREADY_EXISTS":  # another run made it in this moment
                    raise
                found = self._find_experiment()
        if not found:
            raise TrackerProblem(f"{self._host}: expected an experiment id, found none")
        return str(found)

    def _find_experiment(self) -> str | None:
        try:
            reply = self._ask(
                "GET", "experiments/get-by-name", {"experiment_name": self._experiment}
            )
        except _Refused as problem:
            if problem.code == "RESOURCE_DOES_NOT_EXIST":
                return None
            raise
        experiment = reply.get("experiment")
        return str(experiment["experiment_id"]) if isinstance(experiment, dict) else None

    def _ask(self, method: str, path: str, document: dict[str, Any]) -> dict[str, Any]:
        import httpx

        try:
            if method == "GET":
                reply = self._client.get(path, params=document)
            else:
                reply = self._client.post(path, json=document)
        except (httpx.HTTPError, httpx.InvalidURL) as problem:
            raise TrackerProblem(f"{self._host}: {path}: {type(problem).__name__}") from None
        try:
            body = reply.json()
        except ValueError:
            body = {}
        if not isinstance(body, dict):
            body = {}
        if reply.status_code != httpx.codes.OK:
            raise _Refused(self._host, path, reply.status_code, body.get("error_code"))
        return body


class _Refused(TrackerProblem):
    """The server answered, but not with success."""

    def __init__(self, host: str, path: str, status: int, code: object) -> None:
        self.code = code if isinstance(code, str) and _CODE.fullmatch(code) else ""
        super().__init__(f"{host}: {path}: answered {status} {self.code}".rstrip())
