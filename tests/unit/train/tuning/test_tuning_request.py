"""The request of a tuning job: the space, the limits, and a trial that is the very job of a training."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.made_searches import SPACE, TINY, made_plan
from support.tuning_service import problems_of

from safety_tasks.records.recipe import Recipe
from safety_tasks.records.training import METRICS
from safety_tasks.settings import SageMakerSettings
from safety_tasks.train.sagemaker.channels import Channels
from safety_tasks.train.sagemaker.request import training_request
from safety_tasks.train.tuning.request import parameter_ranges, search_name, search_request
from safety_tasks.train.tuning.space import Choices, Range, SearchSpace, apply_hyperparameters
from safety_tasks.train.tuning.space_file import load_space

ROLE = "arn:aws:iam::123456789012:role/training"


def training(recipe: Recipe = TINY, **settings: Any) -> dict[str, Any]:
    """Return the request of a single training."""
    return training_request(
        "single",
        "tune-t1",
        recipe,
        Channels("s3://b/runs/tune-t1/job_manifest.json", "s3://b/runs/tune-t1/job/"),
        "s3://b/sagemaker/source/0.tar.gz",
        "s3://b",
        "us-east-1",
        SageMakerSettings(role_arn=ROLE, **settings),
    )


def request(training_job: dict[str, Any] | None = None, **plan: Any) -> dict[str, Any]:
    """Return the request of a search."""
    return search_request("tune-0a", made_plan(**plan), training_job or training())


def test_the_shipped_space_gives_the_documented_request() -> None:
    """10 jobs, 2 at once, the three documented ranges, mAP maximised, early stopping, time limit."""
    found = request(space=load_space("search.toml"), jobs=10, parallel=2, max_minutes=720.0)
    assert found["HyperParameterTuningJobConfig"] == {
        "Strategy": "Bayesian",
        "HyperParameterTuningJobObjective": {"Type": "Maximize", "MetricName": "validation:mAP"},
        "ResourceLimits": {
            "MaxNumberOfTrainingJobs": 10,
            "MaxParallelTrainingJobs": 2,
            "MaxRuntimeInSeconds": 43200,
        },
        "ParameterRanges": {
            "IntegerParameterRanges": [
                {"Name": "batch", "MinValue": "16", "MaxValue": "64", "ScalingType": "Linear"},
                {"Name": "epochs", "MinValue": "50", "MaxValue": "200", "ScalingType": "Linear"},
            ],
            "ContinuousParameterRanges": [
                {
                    "Name": "lr0",
                    "MinValue": "0.0001",
                    "MaxValue": "0.01",
                    "ScalingType": "Logarithmic",
                },
            ],
            "CategoricalParameterRanges": [],
        },
        "TrainingJobEarlyStoppingType": "Auto",
        "RandomSeed": 0,
    }


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"spot": False},
        {"instance_type": "ml.p3.8xlarge", "instance_count": 2},
        {"subnets": ["subnet-1"], "security_groups": ["sg-1"], "kms_key_id": "key-1"},
        {"tags": {"cost-centre": "safety"}},
    ],
)
def test_the_api_takes_it(settings: dict[str, Any]) -> None:
    """Whatever the settings, the API's own model finds nothing wrong with the request."""
    single = training(**settings)
    assert problems_of("CreateTrainingJob", single) == ""
    found = request(single)
    assert problems_of("CreateHyperParameterTuningJob", found) == ""
    assert problems_of("CreateHyperParameterTuningJob", found | {"Jobs": 1}) != ""


@pytest.mark.parametrize("settings", [{}, {"subnets": ["s-1"], "security_groups": ["sg-1"]}])
def test_a_trial_is_the_job_of_a_training(settings: dict[str, Any]) -> None:
    """Instance, role, channels, spot, network, checkpoints: all of a single training is in a trial's definition."""
    single = training(**settings)
    trial = request(single)["TrainingJobDefinition"]
    moved = {"TrainingJobName", "HyperParameters", "Tags", "AlgorithmSpecification"}
    assert {key: value for key, value in single.items() if key not in moved} == {
        key: value
        for key, value in trial.items()
        if key not in {"StaticHyperParameters", "AlgorithmSpecification"}
    }
    image = single["AlgorithmSpecification"]["TrainingImage"]
    assert trial["AlgorithmSpecification"]["TrainingImage"] == image
    read = {
        each["Name"]: each["Regex"] for each in trial["AlgorithmSpecification"]["MetricDefinitions"]
    }
    assert read == METRICS
    assert request(single)["Tags"] == single["Tags"]


def test_what_is_tried_stands_in_one_place() -> None:
    """A searched field is in the ranges alone; every other value of the recipe is static."""
    single = training()
    static = request(single)["TrainingJobDefinition"]["StaticHyperParameters"]
    assert static.keys().isdisjoint(SPACE.fields)
    assert static.keys() | SPACE.fields.keys() == single["HyperParameters"].keys()


def test_a_trials_hyperparameters_make_its_recipe() -> None:
    """Static values and one value of each range, as the service merges them, are read back as the trial's recipe."""
    found = request()
    ranges = found["HyperParameterTuningJobConfig"]["ParameterRanges"]
    merged = dict(found["TrainingJobDefinition"]["StaticHyperParameters"])
    for kind in ("IntegerParameterRanges", "ContinuousParameterRanges"):
        merged |= {each["Name"]: each["MaxValue"] for each in ranges[kind]}
    merged |= {each["Name"]: each["Values"][1] for each in ranges["CategoricalParameterRanges"]}
    merged["_tuning_objective_metric"] = "validation:mAP"
    tried = apply_hyperparameters(TINY, merged)
    assert tried == TINY.model_copy(update={"lr0": 1e-2, "batch": 8, "optimizer": "AdamW"})


@given(st.floats(1e-9, 0.5), st.integers(1, 100))
def test_a_ranges_text_is_its_number(low: float, least: int) -> None:
    """Every end of a range is text that reads back as the very number."""
    space = SearchSpace(
        fields={
            "lr0": Range(low=low, high=1.0),
            "batch": Range(low=least, high=512, whole=True),
            "cache_pictures": Choices(choices=(True, False)),
        }
    )
    ranges = parameter_ranges(space)
    assert float(ranges["ContinuousParameterRanges"][0]["MinValue"]) == low
    assert ranges["IntegerParameterRanges"][0]["MinValue"] == str(least)
    assert [json.loads(v) for v in ranges["CategoricalParameterRanges"][0]["Values"]] == [
        True,
        False,
    ]


def test_limits() -> None:
    """No more at once than in all, and the API's least time."""
    limits = request(jobs=1, parallel=4, max_minutes=0.5)["HyperParameterTuningJobConfig"][
        "ResourceLimits"
    ]
    assert limits == {
        "MaxNumberOfTrainingJobs": 1,
        "MaxParallelTrainingJobs": 1,
        "MaxRuntimeInSeconds": 120,
    }


def test_the_name_is_the_searchs_own() -> None:
    """Equal searches have equal names; another search, store or input has another; each is one the API takes."""
    names = [
        search_name(*each)
        for each in (
            ("tune-t1", "s3://b", "a" * 64),
            ("tune-t2", "s3://b", "a" * 64),
            ("tune-t1", "s3://c", "a" * 64),
            ("tune-t1", "s3://b", "b" * 64),
        )
    ]
    assert len(set(names)) == 4
    assert search_name("tune-t1", "s3://b", "a" * 64) == names[0]
    for name in names:
        assert (
            problems_of("StopHyperParameterTuningJob", {"HyperParameterTuningJobName": name}) == ""
        )
        assert len(name) <= 32
        assert name.isascii()
