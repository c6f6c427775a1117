"""People who answer Airflow's questions, over its REST API and under their own login, while a DAG run waits."""

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import pytest
from starlette.testclient import TestClient

WAITING_S = 120.0


class People:
    """Airflow's own API in this process; each call is one person's."""

    def __init__(self) -> None:
        from airflow.api_fastapi.app import create_app, get_auth_manager

        self._client = TestClient(create_app("core"), raise_server_exceptions=False)
        self._manager = get_auth_manager()

    def ask(self, who: str, role: str, method: str, path: str, body: Any = None) -> Any:
        """Make a request under a person's login; return the answer."""
        from airflow.api_fastapi.auth.managers.simple.user import SimpleAuthManagerUser

        token = self._manager.generate_jwt(SimpleAuthManagerUser(username=who, role=role))
        headers = {"Authorization": f"Bearer {token}"}
        return self._client.request(method, f"/api/v2{path}", json=body, headers=headers)

    def question(self, stop: threading.Event) -> dict[str, Any]:
        """Wait until a task waits for somebody; return what it asks."""
        deadline = time.monotonic() + WAITING_S
        while time.monotonic() < deadline and not stop.is_set():
            path = "/dags/~/dagRuns/~/hitlDetails?state=awaiting_input&response_received=false"
            found = self.ask("watcher", "VIEWER", "GET", path).json()["hitl_details"]
            if found:
                asked: dict[str, Any] = found[0]
                return asked
            time.sleep(0.2)
        raise AssertionError("expected a task that waits for a person, found none")

    def answer(
        self, asked: dict[str, Any], who: str, option: str, note: str = "", role: str = "USER"
    ) -> Any:
        """Answer a question."""
        task = asked["task_instance"]
        path = (
            f"/dags/{task['dag_id']}/dagRuns/{task['dag_run_id']}/taskInstances/{task['task_id']}"
            f"/{task['map_index']}/hitlDetails"
        )
        body = {"chosen_options": [option], "params_input": {"note": note}}
        return self.ask(who, role, "PATCH", path, body)


@contextmanager
def meanwhile(do: Callable[[threading.Event], Any]) -> Iterator[Future[Any]]:
    """Do something in a thread while the block runs; its error is the block's."""
    stop = threading.Event()
    with ThreadPoolExecutor(1) as pool:
        done = pool.submit(do, stop)
        try:
            yield done
        finally:
            stop.set()
        done.result(WAITING_S)


def sweep_timeouts() -> None:
    """Do what the scheduler does every few seconds: end the waits that are over."""
    from airflow.jobs.job import Job
    from airflow.jobs.scheduler_job_runner import SchedulerJobRunner

    SchedulerJobRunner(Job()).check_awaiting_input_timeouts()


@pytest.fixture
def people(airflow_db: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[People]:
    """Give people who can log in."""
    secret = "of the tests, long enough: " + "0123456789abcdef" * 4
    monkeypatch.setenv("AIRFLOW__API_AUTH__JWT_SECRET", secret)
    from airflow.api_fastapi.app import purge_cached_app

    purge_cached_app()
    yield People()
    purge_cached_app()
