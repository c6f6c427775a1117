"""Trackers: a training is shown where the environment says so, and never minds what becomes of that."""

import logging
import os
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.mlflow_server import Tracked, mlflow_server

from safety_tasks.records.recipe import Recipe
from safety_tasks.records.training import Epoch
from safety_tasks.train import trackers
from safety_tasks.train.mlflow_client import MlflowRun
from safety_tasks.train.trackers import numbers_of, open_tracker

PARAMS = Recipe(name="r", lr0=0.002).to_dict()
_VARIABLES = (
    "TENSORBOARD_LOGDIR", "MLFLOW_TRACKING_URI", "MLFLOW_EXPERIMENT_NAME", "MLFLOW_TRACKING_TOKEN",
    "MLFLOW_TRACKING_USERNAME", "MLFLOW_TRACKING_PASSWORD",
)  # fmt: skip


@pytest.fixture(autouse=True)
def no_trackers(monkeypatch: pytest.MonkeyPatch) -> None:
    """Start without a tracker."""
    for name in _VARIABLES:
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Tracked]:
    """Give a server that the environment names."""
    with mlflow_server() as (uri, tracked):
        monkeypatch.setenv("MLFLOW_TRACKING_URI", uri)
        yield tracked


def epoch(number: int, **other: float | None) -> Epoch:
    """Return an epoch of three."""
    numbers = {"box_loss": 1.5 / number, "cls_loss": 2.0, "dfl_loss": 3.0, "map50": 0.1 * number}
    return Epoch.model_validate(
        {"number": number, "total": 3, "seconds": 2.0, "eta_s": 4.0, **numbers, **other}
    )


def track(name: str = "r1", *, ok: bool = True) -> None:
    """Track a training of two epochs."""
    tracker = open_tracker(name, PARAMS)
    tracker.epoch(epoch(1))
    tracker.epoch(epoch(2, map50=None))
    tracker.finish(ok)


def test_without_variables_nothing_happens(caplog: pytest.LogCaptureFixture) -> None:
    """Nothing is asked for, so nothing runs and nothing is said."""
    before = threading.active_count()
    track()
    assert threading.active_count() == before
    assert caplog.text == ""


def test_numbers_are_finite_or_left_out() -> None:
    """A number that was not measured, or cannot be one, is not sent."""
    found = numbers_of(epoch(2, map50=None).model_copy(update={"cls_loss": float("nan")}))
    assert found == {"train/box_loss": 0.75, "train/dfl_loss": 3.0, "seconds": 2.0}


def test_mlflow_takes_every_request(server: Tracked, caplog: pytest.LogCaptureFixture) -> None:
    """Experiment, run, parameters, a batch an epoch, end: none refused by a strict server; no second experiment."""
    track()
    track("r2", ok=False)
    assert [line for line in server.refused if "get-by-name" not in line] == []
    assert server.experiments == {"safety-tasks": "1"}
    first, second = server.runs.values()
    assert (first["run_name"], first["experiment_id"]) == ("r1", "1")
    assert first["params"] == {name: str(value) for name, value in PARAMS.items()}
    assert ("train/box_loss", 1, 1.5) in first["metrics"]
    assert [row for row in first["metrics"] if row[0] == "val/mAP50"] == [("val/mAP50", 1, 0.1)]
    assert {step for _, step, _ in first["metrics"]} == {1, 2}
    assert (first["status"], second["status"]) == ("FINISHED", "FAILED")
    assert first["end_time"] >= first["start_time"] > 1_600_000_000_000
    assert caplog.text == ""


def test_mlflow_experiment_and_long_values(
    server: Tracked, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The experiment may be named; one that came into being meanwhile is taken; long values are cut, many split."""
    monkeypatch.setenv("MLFLOW_EXPERIMENT_NAME", "화재 / night & day")
    server.made_elsewhere = True
    many = {f"field{index}": "x" * 9000 for index in range(150)}
    open_tracker("r1", many).finish(True)
    (run,) = server.runs.values()
    assert (server.experiments, run["experiment_id"]) == ({"화재 / night & day": "77"}, "77")
    assert (len(run["params"]), {len(value) for value in run["params"].values()}) == (150, {500})


@pytest.mark.parametrize(
    ("variables", "sent"),
    [
        ({}, None),
        ({"MLFLOW_TRACKING_TOKEN": "t0ken", "MLFLOW_TRACKING_USERNAME": "kim"}, "Bearer t0ken"),
        (
            {"MLFLOW_TRACKING_USERNAME": "kim", "MLFLOW_TRACKING_PASSWORD": "s3cret"},
            "Basic a2ltOnMzY3JldA==",
        ),
        ({"MLFLOW_TRACKING_URI": "http://kim:s3cret@HOST/"}, "Basic a2ltOnMzY3JldA=="),
    ],
)
def test_mlflow_keys_are_sent_and_never_logged(
    server: Tracked,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    variables: dict[str, str],
    sent: str | None,
) -> None:
    """A token comes first, then user and password, also of the address; no log holds any, not the HTTP library's."""
    address = os.environ["MLFLOW_TRACKING_URI"]
    for name, value in variables.items():
        monkeypatch.setenv(name, value.replace("HOST", address.removeprefix("http://")))
    server.fail_on = "runs/create"
    caplog.set_level(logging.DEBUG)
    track()
    assert set(server.authorizations) == {sent}
    assert "answered 500 INTERNAL_ERROR" in caplog.text
    for secret in ("t0ken", "s3cret", "a2ltOnMzY3JldA"):
        assert secret not in caplog.text


def test_a_failure_is_one_warning_then_silence(
    server: Tracked, caplog: pytest.LogCaptureFixture
) -> None:
    """After the first refusal nothing more is asked, and nothing more is said."""
    server.fail_on = "runs/log-batch"
    track()
    assert server.asked.count("runs/log-batch") == 1
    assert "runs/update" not in server.asked
    warnings = [record for record in caplog.records if record.levelno >= logging.WARNING]
    assert len(warnings) == 1
    assert "MLflow: the training is not shown there" in warnings[0].getMessage()


def test_a_server_that_stalls_costs_no_time(
    server: Tracked, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """While a server does not answer, epochs go on at once, and the end waits a bounded time."""
    server.stall = threading.Event()
    monkeypatch.setattr(trackers, "_FINISH_S", 0.2)
    started = time.monotonic()
    tracker = open_tracker("r1", PARAMS)
    for number in (1, 2, 3):
        tracker.epoch(epoch(number))
    assert time.monotonic() - started < 1.0
    tracker.finish(True)
    assert time.monotonic() - started < 3.0
    assert "did not take all numbers in time" in caplog.text
    server.stall.set()
    for thread in threading.enumerate():
        if thread.name == "tracker-MLflow":
            thread.join(30)


@pytest.mark.parametrize(
    ("uri", "said"),
    [
        ("http://kim:s3cret@127.0.0.1:9", "127.0.0.1:9: experiments/get-by-name: ConnectError"),
        ("sqlite:///kim:s3cret.db", "expected http:// or https:// and a host, found sqlite"),
        ("http://kim:s3cret@host:port", "expected a port number"),
        ("databricks", "found none"),
    ],
)
def test_an_address_that_does_not_work(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, uri: str, said: str
) -> None:
    """No server, another kind of store, no address: one warning that says which, without what the address hides."""
    monkeypatch.setenv("MLFLOW_TRACKING_URI", uri)
    track()
    assert said in caplog.text
    assert "s3cret" not in caplog.text
    assert len(caplog.records) == 1


def test_a_foreign_message_is_not_logged(
    server: Tracked, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """What a library says of its failure may hold an address with a password: only its kind is told."""

    def fail(*_: object) -> None:
        raise RuntimeError("http://kim:s3cret@host")

    monkeypatch.setattr(MlflowRun, "log", fail)
    track()
    assert "not shown there: RuntimeError." in caplog.text
    assert "s3cret" not in caplog.text
    assert "runs/update" not in server.asked


def test_tensorboard_reads_what_was_written(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, server: Tracked
) -> None:
    """TensorBoard's own reader finds each epoch's numbers in the run's folder; MLflow works beside it."""
    from tensorboard.backend.event_processing import event_accumulator

    monkeypatch.setenv("TENSORBOARD_LOGDIR", str(tmp_path))
    track()
    events = event_accumulator.EventAccumulator(str(tmp_path / "r1"))
    events.Reload()
    found = [(row.step, round(row.value, 4)) for row in events.Scalars("train/box_loss")]
    assert found == [(1, 1.5), (2, 0.75)]
    assert len(events.Scalars("val/mAP50")) == 1
    assert "recipe/text_summary" in events.Tags()["tensors"]
    assert len(server.runs) == 1


def test_tensorboard_that_cannot_write(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """A folder that is none is one warning."""
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("TENSORBOARD_LOGDIR", str(tmp_path / "file"))
    track()
    assert "TensorBoard: the training is not shown there" in caplog.text
    assert len([r for r in caplog.records if r.levelno >= logging.WARNING]) == 1


def test_a_block_says_how_it_ended(server: Tracked) -> None:
    """As a context manager it ends as failed when its block raises, and ends once."""
    with pytest.raises(ValueError, match="boom"), open_tracker("r1", {}):
        raise ValueError("boom")
    with open_tracker("r2", {}) as tracker:
        tracker.finish(True)
    assert [run["status"] for run in server.runs.values()] == ["FAILED", "FINISHED"]
    assert server.asked.count("runs/update") == 2
