"""Tuning jobs behind ``SageMakerServer``: each trial is a training job that really runs.

``TuningJobs(start_trial)`` answers the four operations of a tuning job. As the service does, it adds
``_tuning_objective_metric`` to a trial's hyperparameters, runs no more trials at once than asked, takes the last value
of the metric as the trial's objective, and stops the running trials when it is stopped or its time is over. Values come
from a seeded random generator: which ones are tried is no part of what is tested.
"""

import math
import random
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from support.sagemaker_jobs import ENDED, TrainingJob

ACCOUNT = "arn:aws:sagemaker:us-east-1:123456789012"
_COUNTERS = {"Completed": "Completed", "Failed": "NonRetryableError", "Stopped": "Stopped"}
StartTrial = Callable[[dict[str, Any]], TrainingJob]


class TuningJob(threading.Thread):
    """One tuning job; the thread is its life."""

    def __init__(self, request: dict[str, Any], start_trial: StartTrial) -> None:
        super().__init__(name=request["HyperParameterTuningJobName"], daemon=True)
        self.request, self._start_trial = request, start_trial
        self.trials: list[tuple[TrainingJob, dict[str, str]]] = []
        self.status = "InProgress"
        self.created_at = time.time()
        self.ended_at: float | None = None
        self._told_to_stop = threading.Event()
        self._lock = threading.Lock()

    def trial_name(self, number: int) -> str:
        """Return the name of a trial, counted from 1."""
        return f"{self.name}-{number:03d}-0a1b2c3d"

    def run(self) -> None:
        """Run the trials."""
        limits = self.request["HyperParameterTuningJobConfig"]["ResourceLimits"]
        numbers = range(1, limits["MaxNumberOfTrainingJobs"] + 1)
        deadline = self.created_at + limits["MaxRuntimeInSeconds"]
        with ThreadPoolExecutor(limits["MaxParallelTrainingJobs"]) as pool:
            cut = any(list(pool.map(lambda number: self._run_trial(number, deadline), numbers)))
        with self._lock:
            self.status = "Stopped" if cut else "Completed"
            self.ended_at = time.time()

    def stop(self) -> None:
        """Stop it as StopHyperParameterTuningJob does."""
        with self._lock:
            self.status = "Stopping"
        self._told_to_stop.set()

    def description(self) -> dict[str, Any]:
        """Return what DescribeHyperParameterTuningJob tells."""
        with self._lock:
            given = {name: value for name, value in self.request.items() if name != "Tags"}
            counts = dict.fromkeys(("InProgress", *_COUNTERS.values()), 0)
            for job, _ in self.trials:
                counts[_COUNTERS.get(job.status, "InProgress")] += 1
            told = given | {
                "HyperParameterTuningJobArn": f"{ACCOUNT}:hyper-parameter-tuning-job/{self.name}",
                "HyperParameterTuningJobStatus": self.status,
                "CreationTime": self.created_at,
                "TrainingJobStatusCounters": counts,
                "ObjectiveStatusCounters": {},
            }
            return told | ({"HyperParameterTuningEndTime": self.ended_at} if self.ended_at else {})

    def summaries(self) -> list[dict[str, Any]]:
        """Return the trials as ListTrainingJobsForHyperParameterTuningJob does, newest first."""
        with self._lock:
            return [self._summary(job, values) for job, values in reversed(self.trials)]

    def _run_trial(self, number: int, deadline: float) -> bool:
        """Run one trial; tell whether it, or the search before it, was cut."""

        def over() -> bool:
            return self._told_to_stop.is_set() or time.time() > deadline

        if over():
            return True
        definition = dict(self.request["TrainingJobDefinition"])
        config = self.request["HyperParameterTuningJobConfig"]
        values = _sample(config["ParameterRanges"], random.Random(f"{config}{number}"))
        metric = config["HyperParameterTuningJobObjective"]["MetricName"]
        given = definition.pop("StaticHyperParameters") | values
        given["_tuning_objective_metric"] = metric
        request = definition | {
            "TrainingJobName": self.trial_name(number),
            "HyperParameters": given,
        }
        job = self._start_trial(request)
        with self._lock:
            self.trials.append((job, values))
        while job.status not in ENDED:
            if over():
                job.stop()
            time.sleep(0.1)
        return over()

    def _summary(self, job: TrainingJob, values: dict[str, str]) -> dict[str, Any]:
        told = job.description()
        config = self.request["HyperParameterTuningJobConfig"]
        wanted = config["HyperParameterTuningJobObjective"]["MetricName"]
        kept = ("TrainingStartTime", "TrainingEndTime", "FailureReason", "CreationTime")
        found: dict[str, Any] = {name: told[name] for name in kept if name in told} | {
            "TrainingJobName": job.name,
            "TrainingJobArn": f"{ACCOUNT}:training-job/{job.name}",
            "TrainingJobStatus": told["TrainingJobStatus"],
            "TunedHyperParameters": values,
        }
        for each in told["FinalMetricDataList"]:
            if each["MetricName"] == wanted:
                last = {"MetricName": wanted, "Value": each["Value"]}
                found["FinalHyperParameterTuningJobObjectiveMetric"] = last
        return found


class TuningJobs:
    """All tuning jobs of a server."""

    def __init__(self, start_trial: StartTrial) -> None:
        self._start_trial = start_trial
        self.jobs: dict[str, TuningJob] = {}

    def answer(self, operation: str, request: dict[str, Any]) -> dict[str, Any] | tuple[str, str]:
        """Answer an operation, or return the code and message of a refusal."""
        name = request["HyperParameterTuningJobName"]
        job = self.jobs.get(name)
        if operation == "CreateHyperParameterTuningJob":
            if job is not None:
                return "ResourceInUse", f"Hyper parameter tuning job {name} exists already"
            job = self.jobs[name] = TuningJob(request, self._start_trial)
            job.start()
            return {"HyperParameterTuningJobArn": job.description()["HyperParameterTuningJobArn"]}
        if job is None:
            return "ResourceNotFound", f"Unable to find {name}"
        if operation == "DescribeHyperParameterTuningJob":
            return job.description()
        if operation == "StopHyperParameterTuningJob":
            if job.status != "InProgress":
                return "ValidationException", f"The tuning job is in status {job.status}"
            job.stop()
            return {}
        found, begin = job.summaries(), int(request.get("NextToken") or 0)
        end = begin + request.get("MaxResults", 10)
        page: dict[str, Any] = {"TrainingJobSummaries": found[begin:end]}
        return page | ({"NextToken": str(end)} if end < len(found) else {})

    def stop(self) -> None:
        """End all."""
        for job in self.jobs.values():
            job.stop()


def _sample(ranges: dict[str, list[dict[str, Any]]], chance: random.Random) -> dict[str, str]:
    values: dict[str, str] = {}
    for kind, found in ranges.items():
        for each in found:
            if kind == "CategoricalParameterRanges":
                values[each["Name"]] = chance.choice(each["Values"])
                continue
            low, high = float(each["MinValue"]), float(each["MaxValue"])
            if each["ScalingType"] == "Logarithmic":
                value = math.exp(chance.uniform(math.log(low), math.log(high)))
            else:
                value = chance.uniform(low, high)
            whole = kind == "IntegerParameterRanges"
            values[each["Name"]] = str(round(value)) if whole else repr(value)
    return values
