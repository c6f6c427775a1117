"""Drive ``airflow standalone`` as a person and a device would: by REST, the page, and the command line."""

import json
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from support.processes import processes_of

from safety_tasks.bundle.reading import read_served
from safety_tasks.demo.scenes import write_batch
from safety_tasks.demo.stack import Stack, embedded_env, run_device
from safety_tasks.demo.view import View
from safety_tasks.demo.watch import await_run, follow, why_failed
from safety_tasks.gate import list_gate_reports
from safety_tasks.ingest import deliver_folder
from safety_tasks.store.base import ObjectStore

pytestmark = pytest.mark.slow
TRAINING_S = 900  # as the rehearsal trains; a busy machine is slow
ANSWER_S = 60.0


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Stack, ObjectStore]]:
    """Give a running embedded stack that trains and judges as the rehearsal does."""
    folder = tmp_path_factory.mktemp("standalone")
    stack = Stack(folder / "stack", embedded_env("demo", "demo"))
    stack.start()
    try:
        yield stack, stack.wait(lambda seconds: None)
    finally:
        stack.stop()
        assert not processes_of(folder / "stack")


def test_a_delivery_reaches_a_device(running: tuple[Stack, ObjectStore], tmp_path: Path) -> None:
    """A delivery and one REST call give a dataset, a release by the dataset event, and a device that detects."""
    stack, store = running
    batch = write_batch(tmp_path / "first")
    deliver_folder(store, batch.folder, "first")
    run_id = stack.api.trigger("ingest_labeled_images")
    tasks = ("ingest", "validate", "make_current")
    view = View()
    ended = follow(stack, store, "ingest_labeled_images", run_id, tasks, view, 240)
    assert ended.state == "success", why_failed(stack, "ingest_labeled_images", run_id)

    retrain = await_run(stack, "retrain_detector", set())
    ended = follow(
        stack, store, "retrain_detector", retrain, ("train", "publish"), view, TRAINING_S
    )
    assert ended.state == "success", why_failed(stack, "retrain_detector", retrain)
    assert ended.run_type == "asset_triggered"
    served = read_served(store, "stable")
    assert served is not None
    assert served.pointer.release_seq == 1

    device = ["--device-dir", str(tmp_path / "device")]
    poll = ["agent", "--device-id", "camera-1", *device, "--polls", "1"]
    assert json.loads(run_device(stack, poll))["active_release_seq"] == 1
    pictures = [str(path) for path in sorted((batch.folder / "images").glob("*"))[:3]]
    seen = json.loads(
        run_device(stack, ["predict", *pictures, *device, "--out", str(tmp_path / "out")])
    )
    assert len(seen["pictures"]) == 3
    assert all(Path(path).is_file() for path in seen["pictures"])
    assert len(list_gate_reports(store, 10)) == 1


def test_a_wrong_form_is_refused_at_once(running: tuple[Stack, ObjectStore]) -> None:
    """A form field of the wrong type or an unknown recipe is refused by the API, with the field's name."""
    stack, _ = running
    for form in ({"epochs": "many"}, {"recipe": "unknown"}, {"imgsz": 7}):
        answer = _post(stack, "retrain_detector", form)
        assert answer.status_code in (400, 422), answer.text
        assert next(iter(form)) in answer.text


def test_the_page_needs_a_login_and_lists_reports(running: tuple[Stack, ObjectStore]) -> None:
    """The gate page is refused to strangers and shows the newest report to a viewer."""
    stack, store = running
    url = f"{stack.api.url}/safety/"
    assert httpx.get(url, follow_redirects=False, timeout=ANSWER_S).status_code in (401, 403)
    answer = httpx.get(url, headers=_login(stack, "viewer"), timeout=ANSWER_S)
    assert answer.status_code == 200, answer.text
    for _, ref in list_gate_reports(store, 1):
        assert ref.run_id in answer.text
        assert ref.verdict.value in answer.text


def _login(stack: Stack, user: str) -> dict[str, str]:
    body = {"username": user, "password": stack.password}
    answer = httpx.post(f"{stack.api.url}/auth/token", json=body, timeout=ANSWER_S)
    return {"Authorization": f"Bearer {answer.json()['access_token']}"}


def _post(stack: Stack, dag_id: str, form: dict[str, object]) -> httpx.Response:
    return httpx.post(
        f"{stack.api.url}/api/v2/dags/{dag_id}/dagRuns",
        json={"logical_date": None, "conf": form},
        headers=_login(stack, "admin"),
        timeout=ANSWER_S,
    )
