"""A run asks for one paid job, within the budget, and its result becomes a candidate like any other."""

from pathlib import Path
from typing import Any

import pytest
from support.job_service import JobService
from support.paid_runs import FIT, RECIPE, RUN_ID, WEIGHTS, PaidRun, complete, paid_run

from safety_tasks.errors import BudgetExceeded, ConfigError, JobFailed, RoleMissing, TrainingError
from safety_tasks.records.training import TrainingRun
from safety_tasks.settings import Settings
from safety_tasks.store.base import get_artifact
from safety_tasks.store.local import LocalStore
from safety_tasks.store.s3 import S3Store
from safety_tasks.train.sagemaker import verb
from safety_tasks.train.sagemaker.job import describe
from safety_tasks.train.sagemaker.job_state import JobState
from safety_tasks.train.sagemaker.layout import JOB_FILE, input_prefix

TRAINS_IN = "us-east-1"


@pytest.fixture
def service() -> JobService:
    """Give a service without jobs."""
    return JobService(TRAINS_IN)


@pytest.fixture
def run(s3_store: S3Store, settings: Settings) -> PaidRun:
    """Give a run over the drawn dataset."""
    return paid_run(s3_store, settings)


def _submit(run: PaidRun, service: JobService, folder: Path, **changes: Any) -> Any:
    values = {"recipe": RECIPE, "run_id": RUN_ID, "settings": run.settings} | changes
    return verb.submit_training(
        run.store,
        run.version,
        run.validation,
        sagemaker_client=service,
        folder=folder,
        **values,
    )


def _collect(run: PaidRun, state: JobState, folder: Path) -> TrainingRun:
    return verb.collect_training(
        run.store, state, run.version, run.validation, RECIPE, RUN_ID, run.settings, folder
    )


def test_a_job_becomes_a_candidate(run: PaidRun, service: JobService, tmp_path: Path) -> None:
    """What the job left is the run's weights, with the record of what was paid; nothing is left on this machine."""
    state = _submit(run, service, tmp_path / "work")
    assert state.status == "InProgress"
    name = complete(service, run.store)
    found = _collect(run, describe(service, name), tmp_path / "work")
    assert (found.backend, found.fit, found.seconds) == ("sagemaker", FIT, 120.0)
    assert get_artifact(run.store, found.weights) == WEIGHTS
    assert found.job is not None
    assert (found.job.name, found.job.billable_s, found.job.region) == (name, 90, TRAINS_IN)
    assert found.job.cost_usd == pytest.approx(0.7364 * 90 / 3600)
    assert name in found.job.console_url
    assert list((tmp_path / "work").iterdir()) == []


def test_a_finished_run_is_not_paid_for(run: PaidRun, service: JobService, tmp_path: Path) -> None:
    """Asking for a finished run returns it without a call, whoever asks and whatever the budget."""
    _submit(run, service, tmp_path)
    name = complete(service, run.store)
    found = _collect(run, describe(service, name), tmp_path)
    poor = run.settings.model_copy(
        update={"sagemaker": run.settings.sagemaker.model_copy(update={"max_cost_usd": 0.01})}
    )
    nobody = JobService()
    assert _submit(run, nobody, tmp_path, settings=poor) == found
    assert nobody.calls == []
    assert _collect(run, describe(service, name), tmp_path) == found


@pytest.mark.parametrize(
    ("paid", "error"),
    [
        ({"max_cost_usd": 0.01}, BudgetExceeded),
        ({"instance_type": "ml.x1.huge"}, BudgetExceeded),
        ({"role_arn": ""}, RoleMissing),
        ({"image_uri": ""}, ConfigError),
    ],
)
def test_what_is_known_to_fail_costs_nothing(
    s3_store: S3Store,
    settings: Settings,
    service: JobService,
    tmp_path: Path,
    paid: dict[str, Any],
    error: type[Exception],
) -> None:
    """Above the budget, without a price, a role or an image, nothing is uploaded and nothing started."""
    run = paid_run(s3_store, settings, **paid)
    before = list(s3_store.keys(""))
    with pytest.raises(error):
        _submit(run, service, tmp_path)
    assert list(s3_store.keys("")) == before
    assert service.created == []


def test_a_folder_is_no_place_for_a_job(
    local_store: LocalStore, settings: Settings, service: JobService, tmp_path: Path
) -> None:
    """A job reads from S3, so a local store is refused before anything is written."""
    run = paid_run(local_store, settings)
    with pytest.raises(ConfigError, match="s3://"):
        _submit(run, service, tmp_path)
    assert list(local_store.keys("runs/")) == []


def test_new_code_between_two_tries_is_the_same_job(
    run: PaidRun, service: JobService, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A deployment, or other settings, between two tries make no second job, nor change the input of the first."""
    first = _submit(run, service, tmp_path)
    told = run.store.get(f"{input_prefix(RUN_ID)}{JOB_FILE}").payload
    monkeypatch.setattr("safety_tasks.train.preparing.code_digest", lambda: "d" * 64)
    richer = run.settings.sagemaker.model_copy(update={"instance_type": "ml.g5.xlarge"})
    again = _submit(
        run, service, tmp_path, settings=run.settings.model_copy(update={"sagemaker": richer})
    )
    assert again.name == first.name
    assert run.store.get(f"{input_prefix(RUN_ID)}{JOB_FILE}").payload == told
    assert service.created == [first.name]


def test_new_code_before_the_start_keeps_the_name(
    run: PaidRun, service: JobService, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A try that was cut between its claim and the start leaves the name that the next try uses."""
    monkeypatch.setattr(verb, "start_or_attach", lambda client, request: None)
    _submit(run, service, tmp_path)
    monkeypatch.undo()
    claimed = verb.job_of_run(run.store, RUN_ID)
    monkeypatch.setattr("safety_tasks.train.preparing.code_digest", lambda: "d" * 64)
    assert _submit(run, service, tmp_path).name == claimed


def test_two_stores_never_share_a_job(
    ministack: str, run: PaidRun, settings: Settings, service: JobService, tmp_path: Path
) -> None:
    """The same run of the same dataset in another bucket of the account has a job of its own."""
    from uuid import uuid4

    from safety_tasks.settings import StoreSettings
    from safety_tasks.store.opening import open_store, s3_client

    where = StoreSettings(uri=f"s3://test-{uuid4().hex[:20]}", endpoint_url=ministack)
    s3_client(where).create_bucket(Bucket=where.uri.removeprefix("s3://"))
    other = paid_run(open_store(where), settings)
    assert other.version.version_id == run.version.version_id
    names = {_submit(each, service, tmp_path).name for each in (run, other)}
    assert len(names) == len(service.created) == 2


@pytest.mark.parametrize("status", ["Failed", "Stopped"])
def test_a_job_that_failed_is_not_started_again(
    run: PaidRun, service: JobService, tmp_path: Path, status: str
) -> None:
    """A second try of a run whose job has no result says so and pays for nothing; nothing half is registered."""
    state = _submit(run, service, tmp_path)
    service.end(state.name, status, FailureReason="AlgorithmError: no")
    with pytest.raises(JobFailed, match="new run"):
        _submit(run, service, tmp_path)
    with pytest.raises(JobFailed):
        _collect(run, describe(service, state.name), tmp_path)
    assert service.created == [state.name]
    assert not run.store.exists(f"runs/{RUN_ID}/training.json")


def test_only_the_run_s_own_result_is_taken(
    run: PaidRun, service: JobService, tmp_path: Path
) -> None:
    """A job with its result elsewhere, an unfinished one, one of another run and none at all are refused."""
    with pytest.raises(JobFailed, match="asked for"):
        verb.job_of_run(run.store, RUN_ID)
    state = _submit(run, service, tmp_path)
    name = complete(service, run.store)
    done = describe(service, name)
    odd = (
        {"model_uri": "s3://elsewhere/model.tar.gz"},
        {"name": "another"},
        {"model_uri": ""},
        {"status": "InProgress"},
    )
    for changes in odd:
        with pytest.raises(JobFailed):
            _collect(run, done.model_copy(update=changes), tmp_path)
    assert state.name == name
    assert not run.store.exists(f"runs/{RUN_ID}/training.json")


def test_a_run_without_validation_is_not_submitted(
    run: PaidRun, service: JobService, tmp_path: Path
) -> None:
    """A dataset that did not pass is not trained on, here as elsewhere."""
    failed = run.validation.model_copy(update={"success": False})
    with pytest.raises(TrainingError, match="successful validation"):
        verb.submit_training(
            run.store, run.version, failed, RECIPE, RUN_ID, run.settings, service, tmp_path
        )
    assert service.created == []


def test_stopping_a_run_stops_its_job(run: PaidRun, service: JobService, tmp_path: Path) -> None:
    """The job that a run asked for is stopped by the run's id; a run without one is left alone."""
    verb.stop_training(run.store, RUN_ID, service)
    state = _submit(run, service, tmp_path)
    verb.stop_training(run.store, RUN_ID, service)
    verb.stop_training(run.store, RUN_ID, service)
    assert service.stopped == [state.name]
