"""The CreateHyperParameterTuningJob request, from a plan and the request of a single training job.

Rules: pure and deterministic; a trial is the very job that a training would be, but for the values that are tried; a
value that is tried is in no other place of the request.
Source: Amazon SageMaker API reference, CreateHyperParameterTuningJob, HyperParameterTrainingJobDefinition.
"""

import json
from collections.abc import Mapping
from typing import Any, Final

from safety_tasks.digests import digest_of
from safety_tasks.records.training import METRICS
from safety_tasks.train.tuning.plan import TunePlan
from safety_tasks.train.tuning.space import Choices, SearchSpace

_LEAST_RUNTIME_S: Final = 120  # of a tuning job, by the API
_NOT_OF_A_TRIAL: Final = {"TrainingJobName", "HyperParameters", "Tags"}


def search_name(tune_id: str, store_uri: str, inputs_sha256: str) -> str:
    """Return the name of a search's tuning job, of at most 32 characters: the same for the same search and inputs."""
    digest = digest_of({"tune_id": tune_id, "store": store_uri, "inputs": inputs_sha256})
    return f"tune-{digest[:24]}"


def search_request(name: str, plan: TunePlan, training: Mapping[str, Any]) -> dict[str, Any]:
    """Return the arguments of ``create_hyper_parameter_tuning_job``.

    Args:
        name: of the tuning job.
        plan: what to search.
        training: the arguments of ``create_training_job`` for the recipe that the search starts from.
    """
    static = {
        key: value
        for key, value in training["HyperParameters"].items()
        if key not in plan.space.fields
    }
    trial = {key: value for key, value in training.items() if key not in _NOT_OF_A_TRIAL}
    trial["AlgorithmSpecification"] = {
        "TrainingImage": training["AlgorithmSpecification"]["TrainingImage"],
        "TrainingInputMode": training["AlgorithmSpecification"]["TrainingInputMode"],
        "MetricDefinitions": [{"Name": key, "Regex": regex} for key, regex in METRICS.items()],
    }
    return {
        "HyperParameterTuningJobName": name,
        "HyperParameterTuningJobConfig": {
            "Strategy": "Bayesian",
            "HyperParameterTuningJobObjective": {
                "Type": "Maximize",
                "MetricName": plan.space.objective,
            },
            "ResourceLimits": {
                "MaxNumberOfTrainingJobs": plan.jobs,
                "MaxParallelTrainingJobs": min(plan.parallel, plan.jobs),
                "MaxRuntimeInSeconds": limit_s(plan),
            },
            "ParameterRanges": parameter_ranges(plan.space),
            "TrainingJobEarlyStoppingType": "Auto",
            "RandomSeed": plan.recipe.seed,
        },
        "TrainingJobDefinition": {"StaticHyperParameters": static, **trial},
        "Tags": list(training.get("Tags", [])),
    }


def limit_s(plan: TunePlan) -> int:
    """Return the seconds after which the service ends the search."""
    return max(_LEAST_RUNTIME_S, round(plan.max_minutes * 60))


def parameter_ranges(space: SearchSpace) -> dict[str, list[dict[str, Any]]]:
    """Return the space as the API takes it; every number is text."""
    ranges: dict[str, list[dict[str, Any]]] = {
        "IntegerParameterRanges": [],
        "ContinuousParameterRanges": [],
        "CategoricalParameterRanges": [],
    }
    for name, found in space.fields.items():
        if isinstance(found, Choices):
            values = [json.dumps(value) for value in found.choices]
            ranges["CategoricalParameterRanges"].append({"Name": name, "Values": values})
            continue
        kind = "IntegerParameterRanges" if found.whole else "ContinuousParameterRanges"
        ranges[kind].append(
            {
                "Name": name,
                "MinValue": str(found.least),
                "MaxValue": str(found.most),
                "ScalingType": "Logarithmic" if found.logarithmic else "Linear",
            }
        )
    return ranges
