"""The embedded stack: MiniStack as S3 and Airflow standalone, on free loopback ports, all state in one folder.

Rules: nothing listens beyond the loopback; the login is made anew for each folder and kept in a file that only its
owner may read; the bucket and the ``training`` pool exist before anybody is let in.
"""

import json
import os
import secrets
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

from safety_tasks.config import load_settings
from safety_tasks.demo.airflow_api import AirflowApi
from safety_tasks.demo.services import Service, answers, free_port
from safety_tasks.errors import StackError
from safety_tasks.settings import StoreSettings
from safety_tasks.store.base import ObjectStore
from safety_tasks.store.opening import open_store, s3_client

DAGS: Final = ("ingest_labeled_images", "retrain_detector")
BUCKET: Final = "safety-models"
CHECKOUT: Final = Path(__file__).resolve().parents[2]
_BIN: Final = Path(sys.executable).parent
_DEVICE_ENV: Final = ("PATH", "LANG", "LC_", "SAFETY_TASKS_", "AWS_")  # no Airflow secrets
_KEYS: Final = {"AWS_ACCESS_KEY_ID": "embedded", "AWS_SECRET_ACCESS_KEY": "embedded"}


class MiniStack:
    """An S3 server for rehearsals, with its objects under ``folder``."""

    def __init__(self, folder: Path) -> None:
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        env = os.environ | {
            "BIND_HOST": "127.0.0.1",
            "IOT_MTLS_ENABLED": "false",
            "GATEWAY_PORT": str(self.port),
            "SERVICES": "s3,sqs,sns,kms,sts,iam",
            "S3_PERSIST": "1",
            "S3_DATA_DIR": str(folder / "s3"),
        }
        self.service = Service("S3", [str(_BIN / "ministack")], folder / "logs" / "s3.log", env)

    def settings(self) -> StoreSettings:
        """Return the store settings that reach this server."""
        return StoreSettings(uri=f"s3://{BUCKET}", endpoint_url=self.url)

    def wait(self, timeout_s: float = 30.0) -> ObjectStore:
        """Wait until it answers, make the bucket, and return the store."""
        self.service.wait_until(lambda: answers(self.port), timeout_s)
        os.environ.update(_KEYS)
        client = s3_client(self.settings())
        if BUCKET not in [bucket["Name"] for bucket in client.list_buckets()["Buckets"]]:
            client.create_bucket(Bucket=BUCKET)
        return open_store(self.settings(), client)


class Stack:
    """MiniStack and Airflow together."""

    def __init__(self, folder: Path, extra_env: Mapping[str, str] | None = None) -> None:
        self.folder = folder.resolve()
        self.folder.mkdir(parents=True, exist_ok=True)
        self.s3 = MiniStack(self.folder)
        self.port = free_port()
        self.user = "admin"
        self.password = _password(self.folder)
        self.env = self._environment(extra_env or {})
        command = [sys.executable, "-m", "safety_tasks.orchestration.standalone"]
        self.airflow = Service("Airflow", command, self.folder / "logs" / "airflow.log", self.env)
        self.api = AirflowApi(f"http://127.0.0.1:{self.port}", self.user, self.password)

    def start(self, *, detached: bool = False, held: tuple[int, ...] = ()) -> tuple[int, int]:
        """Start both without waiting; return the process ids of their guardians (see ``Service.start``)."""
        return (
            self.s3.service.start(detached=detached, held=held),
            self.airflow.start(detached=detached, held=held),
        )

    def wait(self, note: Callable[[float], None], timeout_s: float = 240.0) -> ObjectStore:
        """Wait until Airflow knows the DAGs and may run them; return the store.

        Args:
            note: called with the seconds waited, about twice a second.
            timeout_s: after which the stack counts as broken.

        Raises:
            StackError: something ended, did not answer, or a DAG does not import.
        """
        store = self.s3.wait()
        started = time.monotonic()

        def ready(answer: Callable[[], bool]) -> Callable[[], bool]:
            def ask() -> bool:
                note(time.monotonic() - started)
                self.s3.service.require_alive()
                return answer()

            return ask

        self.airflow.wait_until(ready(self.api.healthy), timeout_s)
        self.api.log_in()
        self.api.set_pool("training", 1)
        for dag_id in DAGS:
            self.airflow.wait_until(ready(lambda dag_id=dag_id: self.api.has_dag(dag_id)), 60.0)  # type: ignore[misc]
            self.api.unpause(dag_id)
        return store

    def require_alive(self) -> None:
        """Raise StackError if a service ended by itself."""
        self.s3.service.require_alive()
        self.airflow.require_alive()

    def stop(self) -> None:
        """Stop all that was started."""
        self.api.close()
        self.airflow.stop()
        self.s3.service.stop()

    def _environment(self, extra: Mapping[str, str]) -> dict[str, str]:
        home = self.folder / "airflow"
        home.mkdir(exist_ok=True)
        passwords = home / "passwords.json"
        _write_private(passwords, json.dumps({self.user: self.password, "viewer": self.password}))
        url = f"http://127.0.0.1:{self.port}"
        connection = {
            "conn_type": "aws",
            "login": _KEYS["AWS_ACCESS_KEY_ID"],
            "password": _KEYS["AWS_SECRET_ACCESS_KEY"],
            "extra": {"region_name": "us-east-1", "endpoint_url": self.s3.url},
        }
        # Another Airflow's settings in the caller's shell must not reach into this one.
        inherited = {k: v for k, v in os.environ.items() if not k.startswith(("AIRFLOW", "AWS_"))}
        return inherited | {
            "PATH": f"{_BIN}{os.pathsep}{os.environ.get('PATH', '')}",
            "PYTHONUNBUFFERED": "1",
            "AIRFLOW_HOME": str(home),
            "AIRFLOW__CORE__DAGS_FOLDER": str(CHECKOUT / "dags"),
            "AIRFLOW__CORE__PLUGINS_FOLDER": str(CHECKOUT / "plugins"),
            "AIRFLOW__CORE__LOAD_EXAMPLES": "false",
            "AIRFLOW__CORE__EXECUTOR": "LocalExecutor",
            "AIRFLOW__CORE__PARALLELISM": "4",
            "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_USERS": f"{self.user}:admin,viewer:viewer",
            "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_PASSWORDS_FILE": str(passwords),
            "AIRFLOW__CORE__EXECUTION_API_SERVER_URL": f"{url}/execution/",
            "AIRFLOW__API__HOST": "127.0.0.1",
            "AIRFLOW__API__PORT": str(self.port),
            "AIRFLOW__API__BASE_URL": url,
            "AIRFLOW__API__WORKERS": "1",
            "AIRFLOW__API_AUTH__JWT_SECRET": secrets.token_urlsafe(32),
            "AIRFLOW__DAG_PROCESSOR__REFRESH_INTERVAL": "10",
            # A file that changed is read at once all the same; each reading costs seconds of a core.
            "AIRFLOW__DAG_PROCESSOR__MIN_FILE_PROCESS_INTERVAL": "300",
            "AIRFLOW__SCHEDULER__SCHEDULER_IDLE_SLEEP_TIME": "0.1",
            "AIRFLOW__LOGGING__BASE_LOG_FOLDER": str(self.folder / "logs" / "tasks"),
            "AIRFLOW_CONN_AWS_DEFAULT": json.dumps(connection),
            "SAFETY_TASKS_STORE_URI": f"s3://{BUCKET}",
            "SAFETY_TASKS_STORE_ENDPOINT_URL": self.s3.url,
            "SAFETY_TASKS_WORK_DIR": str(self.folder / "work"),
            **_KEYS,
            **extra,
        }


def run_device(stack: Stack, arguments: list[str], timeout_s: float = 120.0) -> str:
    """Run a ``safety-tasks`` command as a device does: its own process, its own environment; return what it printed.

    Raises:
        StackError: it failed; the message holds its words.
    """
    done = subprocess.run(
        [sys.executable, "-m", "safety_tasks.cli", *arguments],
        env={name: value for name, value in stack.env.items() if name.startswith(_DEVICE_ENV)},
        capture_output=True,
        text=True,
        timeout=timeout_s,
        check=False,
    )
    if done.returncode != 0:
        raise StackError(
            f"safety-tasks {' '.join(arguments)}: status {done.returncode}: {done.stderr[-2000:]}"
        )
    return done.stdout


def embedded_env(recipe: str, profile: str, base_weights: str = "") -> dict[str, str]:
    """Return the settings of an embedded stack: nothing runs by the clock, runs use these choices."""
    load_settings(env={})  # a broken config is better found before anything starts
    return {
        "SAFETY_TASKS_SCHEDULE_INGEST": "",
        "SAFETY_TASKS_SCHEDULE_RETRAIN": "",
        "SAFETY_TASKS_RETRAIN_RECIPE": recipe,
        "SAFETY_TASKS_RETRAIN_PROFILE": profile,
        "SAFETY_TASKS_RETRAIN_CHANNEL": "stable",
        "SAFETY_TASKS_TRAIN_BASE_WEIGHTS": base_weights,
        # A search for INT8 layers and a minute of sustained frames are for models that go somewhere.
        "SAFETY_TASKS_EXPORT_INT8": "false",
        "SAFETY_TASKS_BENCHMARK_SUSTAINED_S": "2",
    }


def _password(folder: Path) -> str:
    path = folder / "password"
    if not path.is_file():
        _write_private(path, secrets.token_urlsafe(12))
    return path.read_text(encoding="utf-8")


def _write_private(path: Path, text: str) -> None:
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as stream:
        stream.write(text)
