"""A search on SageMaker: affordable or refused, one job whatever is cut, and a result that says what it cost."""

from pathlib import Path
from typing import Any

import pytest
from support.job_service import service_error
from support.made_searches import TINY, made_plan
from support.made_versions import report_of
from support.toy_runs import toy_dataset
from support.tuning_service import TuningService, problems_of

from safety_tasks.errors import BudgetExceeded, ConfigError, JobFailed, RoleMissing
from safety_tasks.records.dataset import DatasetVersion
from safety_tasks.settings import Settings
from safety_tasks.store.base import ObjectStore
from safety_tasks.store.local import LocalStore
from safety_tasks.store.s3 import S3Store
from safety_tasks.train.tuning.job import SearchState, describe
from safety_tasks.train.tuning.plan import TunePlan
from safety_tasks.train.tuning.preflight import Preflight
from safety_tasks.train.tuning.sagemaker import (
    collect_search,
    job_of_search,
    require_affordable,
    stop_search,
    submit_search,
)

PAID: dict[str, Any] = {
    "role_arn": "arn:aws:iam::123456789012:role/training",
    "image_uri": "123456789012.dkr.ecr.us-east-1.amazonaws.com/trainer:1",
}
TRIED = Preflight(lines=("epoch 1 of 1",), found={})


@pytest.fixture
def service() -> TuningService:
    """Give a service without jobs."""
    return TuningService()


@pytest.fixture
def version(s3_store: S3Store) -> DatasetVersion:
    """Ingest the drawn dataset."""
    return toy_dataset(s3_store)


def with_sagemaker(settings: Settings, **changes: Any) -> Settings:
    """Return settings with which a job can be asked for."""
    return settings.model_copy(
        update={"sagemaker": settings.sagemaker.model_copy(update=PAID | changes)}
    )


def planned(version: DatasetVersion, **changes: Any) -> TunePlan:
    """Return the plan of a paid search."""
    recipe = TINY.bound_to(version.classes)
    return made_plan(recipe, backend="sagemaker", dataset_version=version.version_id, **changes)


def submit(
    store: ObjectStore,
    version: DatasetVersion,
    settings: Settings,
    service: TuningService,
    folder: Path,
    **plan: Any,
) -> SearchState:
    """Ask for the search's job."""
    return submit_search(
        store,
        version,
        report_of(version),
        planned(version, **plan),
        TRIED,
        settings,
        service,
        folder,
    )


def test_one_job_whatever_is_cut(
    s3_store: S3Store,
    version: DatasetVersion,
    settings: Settings,
    service: TuningService,
    tmp_path: Path,
) -> None:
    """A task that is cut before or after the start, or runs under other code or settings, finds the one job."""
    paid = with_sagemaker(settings)
    service.faults["create"] = [service_error("ThrottlingException", "slow down")]
    with pytest.raises(Exception, match="starting tuning job"):
        submit(s3_store, version, paid, service, tmp_path)
    first = submit(s3_store, version, paid, service, tmp_path)
    again = submit(s3_store, version, with_sagemaker(settings, max_run_s=60), service, tmp_path)
    assert first == again
    assert service.created == [job_of_search(s3_store, "tune-t1")]
    (made,) = service.jobs.values()
    trial = made["TrainingJobDefinition"]
    assert trial["OutputDataConfig"]["S3OutputPath"].startswith(f"{s3_store.uri}/runs/tune-t1/")
    assert trial["StoppingCondition"]["MaxRuntimeInSeconds"] == 3600
    assert s3_store.exists("runs/tune-t1/job/recipe.json")
    assert not list(tmp_path.iterdir())
    assert (
        problems_of("StopHyperParameterTuningJob", {"HyperParameterTuningJobName": first.name})
        == ""
    )


def test_the_estimate_is_every_trials_whole_time(settings: Settings) -> None:
    """Price by instances by allowed time by trials, compared with the search's own cap."""
    paid = with_sagemaker(settings, max_run_s=7200, instance_count=2)
    cost = require_affordable(made_plan(jobs=5, max_cost_usd=100.0), "us-east-1", paid)
    one = require_affordable(
        made_plan(jobs=1), "us-east-1", with_sagemaker(settings, max_run_s=3600)
    )
    assert cost == pytest.approx(one * 5 * 2 * 2)
    require_affordable(made_plan(jobs=5, max_cost_usd=cost), "us-east-1", paid)
    with pytest.raises(BudgetExceeded, match=r"tune\.max_cost_usd"):
        require_affordable(made_plan(jobs=5, max_cost_usd=cost - 0.01), "us-east-1", paid)
    with pytest.raises(BudgetExceeded, match="expected a price"):
        require_affordable(made_plan(), "mars-north-1", paid)


@pytest.mark.parametrize(
    ("change", "plan", "error"),
    [
        ({}, {"max_cost_usd": 0.01}, BudgetExceeded),
        ({"instance_type": "ml.p99.large"}, {}, BudgetExceeded),
        ({"role_arn": ""}, {}, RoleMissing),
        ({"image_uri": ""}, {}, ConfigError),
    ],
)
def test_what_is_refused_leaves_nothing(
    s3_store: S3Store,
    version: DatasetVersion,
    settings: Settings,
    service: TuningService,
    tmp_path: Path,
    change: dict[str, Any],
    plan: dict[str, Any],
    error: type[Exception],
) -> None:
    """Above the budget, or with a job that would fail on a paid machine, nothing is uploaded or started."""
    with pytest.raises(error):
        submit(s3_store, version, with_sagemaker(settings, **change), service, tmp_path, **plan)
    assert service.jobs == {}
    assert not list(s3_store.keys("runs/"))
    assert not list(s3_store.keys("sagemaker/"))


def test_a_folder_is_no_store_for_a_job(
    local_store: LocalStore, settings: Settings, service: TuningService, tmp_path: Path
) -> None:
    """A store that a job cannot reach is refused before anything is paid for."""
    version = toy_dataset(local_store)
    with pytest.raises(ConfigError, match=r"store\.uri"):
        submit(local_store, version, with_sagemaker(settings), service, tmp_path)
    assert service.jobs == {}


def test_the_result_of_a_search(
    s3_store: S3Store,
    version: DatasetVersion,
    settings: Settings,
    service: TuningService,
    tmp_path: Path,
) -> None:
    """Each trial's values, state, objective, time and cost are in the result; the best one is a recipe."""
    job = submit(s3_store, version, with_sagemaker(settings), service, tmp_path, jobs=5).name
    texts = [{"lr0": f"0.00{n}", "batch": str(n + 2), "optimizer": '"AdamW"'} for n in range(1, 5)]
    service.add_trial(job, texts[0], "Completed", 0.25)
    service.add_trial(job, texts[1], "Failed", FailureReason="LossNotFinite: the loss became NaN")
    service.add_trial(job, texts[2], "Completed", 0.75)
    unpriced = service.add_trial(job, texts[3], "Stopped", 0.9)
    service.end(job, "Completed", 300, Completed=2, Stopped=1, NonRetryableError=1)
    plan = planned(version, jobs=5)
    result = collect_search(s3_store, plan, describe(service, job), service)
    assert [
        (t.number, t.state, t.objective, t.seconds, t.values["lr0"]) for t in result.trials
    ] == [
        (1, "completed", 0.25, 90.0, 0.001),
        (2, "failed", None, 90.0, 0.002),
        (3, "completed", 0.75, 90.0, 0.003),
        (4, "pruned", 0.9, 90.0, 0.004),
    ]
    assert result.trials[0].values == {"lr0": 0.001, "batch": 3, "optimizer": "AdamW"}
    assert result.trials[1].reason == "LossNotFinite: the loss became NaN"
    assert result.best == result.trials[2]
    price = result.trials[0].cost_usd
    assert price is not None
    assert price == pytest.approx(
        require_affordable(made_plan(jobs=1), "us-east-1", with_sagemaker(settings))
    )
    assert result.cost_usd == pytest.approx(4 * price)
    assert not result.stopped_by_time
    del service.billable_s[unpriced]
    assert collect_search(s3_store, plan, describe(service, job), service).cost_usd is None


def test_a_search_that_its_time_stopped_has_a_result(
    s3_store: S3Store,
    version: DatasetVersion,
    settings: Settings,
    service: TuningService,
    tmp_path: Path,
) -> None:
    """Stopped by its limit with a completed trial: a result. Stopped by hand: none, and not begun again."""
    paid = with_sagemaker(settings)
    job = submit(s3_store, version, paid, service, tmp_path).name
    service.add_trial(job, {"lr0": "0.001", "batch": "4", "optimizer": '"SGD"'}, "Completed", 0.5)
    service.end(job, "Stopped", 600, Completed=1)
    assert collect_search(
        s3_store, planned(version), describe(service, job), service
    ).stopped_by_time
    service.end(job, "Stopped", 100, Completed=1)
    with pytest.raises(JobFailed, match="found Stopped"):
        collect_search(s3_store, planned(version), describe(service, job), service)
    with pytest.raises(JobFailed, match="found Stopped"):
        submit(s3_store, version, paid, service, tmp_path)
    assert service.created == [job]


def test_stopping_a_search(
    s3_store: S3Store,
    version: DatasetVersion,
    settings: Settings,
    service: TuningService,
    tmp_path: Path,
) -> None:
    """A search's job is stopped by the search's id; one that asked for none has nothing to stop."""
    stop_search(s3_store, "tune-t1", service)
    job = submit(s3_store, version, with_sagemaker(settings), service, tmp_path).name
    stop_search(s3_store, "tune-t1", service)
    assert service.stopped == [job]
    with pytest.raises(JobFailed, match="found none"):
        job_of_search(s3_store, "tune-t2")
