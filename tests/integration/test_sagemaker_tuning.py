"""A search on SageMaker from its request to its result; its trials are jobs that really train, by the toolkit."""

from pathlib import Path
from typing import Any

import pytest
from support.made_searches import TINY, made_plan
from support.made_versions import report_of
from support.processes import wait_for
from support.sagemaker_fixtures import sagemaker_server
from support.sagemaker_runs import ON_DEMAND
from support.sagemaker_server import SageMakerServer
from support.toy_runs import toy_dataset

from safety_tasks.records.training import Fit
from safety_tasks.settings import Settings
from safety_tasks.store.s3 import S3Store
from safety_tasks.train.engine.curves_table import read_curves
from safety_tasks.train.sagemaker.layout import result_key
from safety_tasks.train.sagemaker.result import fetch_result
from safety_tasks.train.tuning.job import describe
from safety_tasks.train.tuning.plan import TunePlan
from safety_tasks.train.tuning.preflight import preflight
from safety_tasks.train.tuning.sagemaker import collect_search, stop_search, submit_search
from safety_tasks.train.tuning.space import Range, SearchSpace

__all__ = ["sagemaker_server"]
pytestmark = pytest.mark.slow


class Search:
    """A search that can be asked for."""

    def __init__(
        self, server: SageMakerServer, store: S3Store, settings: Settings, folder: Path, **plan: Any
    ) -> None:
        self.store, self.client, self.folder = store, server.client("sagemaker"), folder
        self.settings = settings.model_copy(update={"sagemaker": ON_DEMAND})
        self.version = toy_dataset(store)
        recipe = TINY.bound_to(self.version.classes)
        named = {"dataset_version": self.version.version_id, "backend": "sagemaker"}
        self.plan: TunePlan = made_plan(recipe, **named, **plan)
        self.validation = report_of(self.version)
        self.tried = preflight(
            store, self.version, self.validation, self.plan, settings.train, folder=folder
        )

    def submit(self) -> str:
        """Ask for it; return its job's name."""
        state = submit_search(
            self.store,
            self.version,
            self.validation,
            self.plan,
            self.tried,
            self.settings,
            self.client,
            self.folder,
        )
        return state.name


def test_a_search_trains_its_trials_and_reads_what_they_kept(
    sagemaker_server: SageMakerServer, s3_store: S3Store, settings: Settings, tmp_path: Path
) -> None:
    """Two trials at once with values of the space; an objective is that of the weights which a trial kept."""
    space = SearchSpace(
        fields={
            "lr0": Range(low=1e-4, high=1e-2, logarithmic=True),
            "epochs": Range(low=5, high=6, whole=True),
        }
    )
    search = Search(
        sagemaker_server,
        s3_store,
        settings,
        tmp_path,
        tune_id="tune-real",
        space=space,
        jobs=2,
        parallel=2,
    )
    name = search.submit()
    tuning = sagemaker_server.tunings.jobs[name]
    # A machine is taken away: both write below one folder of checkpoints, and each goes on from its own.
    sagemaker_server.interrupt(tuning.trial_name(1), after_epoch=1)
    assert search.submit() == name
    wait_for(lambda: describe(search.client, name).ended, 500, "the end of the search")
    result = collect_search(s3_store, search.plan, describe(search.client, name), search.client)
    assert [trial.state for trial in result.trials] == ["completed", "completed"], [
        sagemaker_server.tail(tuning.trial_name(number)) for number in (1, 2)
    ]
    fits: list[Fit] = []
    for trial in result.trials:
        folder = tmp_path / trial.job
        folder.mkdir()
        fitted = fetch_result(s3_store, result_key("tune-real", trial.job), folder)
        fits.append(fitted.fit)
        assert fitted.fit.epochs_done == trial.values["epochs"]
        assert 1e-4 <= float(trial.values["lr0"]) <= 1e-2
        kept = read_curves(fitted.curves.read_bytes())["map50"][fitted.fit.best_epoch - 1]
        assert trial.objective == pytest.approx(kept, abs=1e-5)
        assert trial.cost_usd is not None
    assert len({trial.values["lr0"] for trial in result.trials}) == 2
    assert sagemaker_server.job(tuning.trial_name(1)).starts == 2
    assert [bool(fit.resumed_after) for fit in fits] == [True, False]


def test_a_stopped_search_leaves_no_trial_running(
    sagemaker_server: SageMakerServer, s3_store: S3Store, settings: Settings, tmp_path: Path
) -> None:
    """Stopping a search ends the trial that runs and begins no other."""
    long = SearchSpace(fields={"epochs": Range(low=150, high=200, whole=True)})
    search = Search(
        sagemaker_server, s3_store, settings, tmp_path, tune_id="tune-stopped", space=long, jobs=3
    )
    name = search.submit()
    tuning = sagemaker_server.tunings.jobs[name]
    wait_for(lambda: bool(tuning.trials), 30, "the first trial")
    wait_for(
        lambda: "epoch 1 of" in sagemaker_server.tail(tuning.trial_name(1)), 200, "its first epoch"
    )
    stop_search(s3_store, "tune-stopped", search.client)
    wait_for(lambda: describe(search.client, name).ended, 60, "the end of the search")
    state = describe(search.client, name)
    assert (state.status, state.stopped, state.running, state.completed) == ("Stopped", 1, 0, 0)
    assert len(tuning.trials) == 1
