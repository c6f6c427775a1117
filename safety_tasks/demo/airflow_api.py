"""Airflow's REST API, as much of it as the demo speaks.

Rules: only a loopback address; each request is bounded in time; an answer that is not the expected one is an error
that holds the server's words.
"""

from dataclasses import dataclass
from typing import Any, Final

import httpx

from safety_tasks.errors import AirflowError

_TIMEOUT_S: Final = 20.0


@dataclass(frozen=True)
class TaskState:
    """A task of a DAG run: its state (None before it is queued) and the seconds it took so far."""

    task_id: str
    state: str | None
    seconds: float | None


@dataclass(frozen=True)
class RunState:
    """A DAG run: id, type, state, start and end as ISO 8601 texts."""

    run_id: str
    run_type: str
    state: str
    start: str | None
    end: str | None


class AirflowApi:
    """A client of one Airflow server."""

    def __init__(self, url: str, user: str, password: str) -> None:
        self.url = url
        self._login = {"username": user, "password": password}
        self._client = httpx.Client(base_url=url, timeout=_TIMEOUT_S, trust_env=False)

    def healthy(self) -> bool:
        """Tell whether database, scheduler and DAG processor report themselves healthy."""
        try:
            answer = self._client.get("/api/v2/monitor/health")
            parts = answer.json() if answer.status_code == 200 else {}
        except (httpx.HTTPError, ValueError):
            return False
        needed = ("metadatabase", "scheduler", "dag_processor")
        return all((parts.get(name) or {}).get("status") == "healthy" for name in needed)

    def log_in(self) -> None:
        """Get a token for the requests that follow."""
        token = self._ask("POST", "/auth/token", self._login)["access_token"]
        self._client.headers["Authorization"] = f"Bearer {token}"

    def has_dag(self, dag_id: str) -> bool:
        """Tell whether the DAG processor has found a DAG.

        Raises:
            AirflowError: a DAG file does not import.
        """
        errors = self._ask("GET", "/api/v2/importErrors")["import_errors"]
        if errors:
            raise AirflowError(f"{errors[0]['filename']}: {errors[0]['stack_trace'][-1500:]}")
        try:
            return self._client.get(f"/api/v2/dags/{dag_id}").status_code == 200
        except httpx.HTTPError:
            return False

    def set_pool(self, name: str, slots: int) -> None:
        """Create a pool, or leave it if it is there."""
        body = {"name": name, "slots": slots, "description": "heavy tasks, one at a time"}
        self._ask("POST", "/api/v2/pools", body, fine=(201, 409))

    def unpause(self, dag_id: str) -> None:
        """Let a DAG run."""
        self._ask("PATCH", f"/api/v2/dags/{dag_id}", {"is_paused": False})

    def trigger(self, dag_id: str, form: dict[str, Any] | None = None) -> str:
        """Start a DAG by hand and return the run's id."""
        body = {"logical_date": None, "conf": form or {}}
        run_id: str = self._ask("POST", f"/api/v2/dags/{dag_id}/dagRuns", body)["dag_run_id"]
        return run_id

    def runs(self, dag_id: str) -> list[RunState]:
        """Return a DAG's runs, the newest first."""
        found = self._ask("GET", f"/api/v2/dags/{dag_id}/dagRuns?order_by=-run_after&limit=50")
        return [
            RunState(r["dag_run_id"], r["run_type"], r["state"], r["start_date"], r["end_date"])
            for r in found["dag_runs"]
        ]

    def run(self, dag_id: str, run_id: str) -> RunState:
        """Return one run."""
        found = self._ask("GET", f"/api/v2/dags/{dag_id}/dagRuns/{run_id}")
        return RunState(
            run_id, found["run_type"], found["state"], found["start_date"], found["end_date"]
        )

    def tasks(self, dag_id: str, run_id: str) -> list[TaskState]:
        """Return the tasks of a run."""
        found = self._ask("GET", f"/api/v2/dags/{dag_id}/dagRuns/{run_id}/taskInstances?limit=100")
        return [TaskState(t["task_id"], t["state"], t["duration"]) for t in found["task_instances"]]

    def close(self) -> None:
        """Close the connection."""
        self._client.close()

    def _ask(
        self,
        method: str,
        path: str,
        body: dict[str, Any] | None = None,
        fine: tuple[int, ...] = (200, 201),
    ) -> Any:
        try:
            answer = self._client.request(method, path, json=body)
        except httpx.HTTPError as problem:
            raise AirflowError(f"{self.url}{path}: no answer: {problem!r}") from problem
        if answer.status_code not in fine:
            raise AirflowError(
                f"{method} {self.url}{path}: expected {fine}, found {answer.status_code}: {answer.text[:500]}"
            )
        return answer.json()
