"""Links from a task in the Airflow UI to what it left for people to look at."""

from typing import Any, ClassVar
from urllib.parse import urlsplit

from airflow.sdk import BaseOperatorLink

from safety_tasks.cloud.links import JobKind, job_url

PREFIX = "/safety"


class DatasetLink(BaseOperatorLink):
    """From a task to the report and the Data Docs of the dataset version that its run made.

    It is made when the task ends, well or badly, so a failed validation is one click away from its worst rows.
    """

    operators: ClassVar[list[Any]] = []

    @property
    def name(self) -> str:
        """What the button says."""
        return "Dataset report and Data Docs"

    def get_link(self, operator: Any, *, ti_key: Any) -> str:
        """Return the page of the version that ``merge`` made in this run, or nothing.

        Args:
            operator: the task.
            ti_key: its running instance, from which results of other tasks can be read.
        """
        from airflow.configuration import conf

        outcome = ti_key.xcom_pull(task_ids="merge")
        if not outcome or not outcome.get("version"):
            return ""
        base = urlsplit(conf.get("api", "base_url", fallback="/")).path.rstrip("/")
        return f"{base}{PREFIX}/datasets/{outcome['version']['version_id']}/"


def link_to_dataset(result: Any) -> Any:
    """Give a task, named by its result, the link; return the result."""
    result.operator.operator_extra_links = (DatasetLink(),)
    return result


class PaidJobLink(BaseOperatorLink):
    """From a task to the console page of its paid job; made as soon as the job is submitted.

    A kind of job is a class of its own, since Airflow keeps a task's links by the names of their classes.
    """

    operators: ClassVar[list[Any]] = []
    kind: ClassVar[JobKind]
    key: ClassVar[str]  # under which the task notes its job

    @property
    def name(self) -> str:
        """What the button says."""
        return f"SageMaker {self.kind} job"

    def get_link(self, operator: Any, *, ti_key: Any) -> str:
        """Return the job's page, or nothing for what ran in the worker.

        Args:
            operator: the task.
            ti_key: its running instance, from which its notes can be read.
        """
        job = ti_key.xcom_pull(task_ids=operator.task_id, key=self.key)
        return job_url(self.kind, job["name"], job["region"]) if job else ""


class TrainingJobLink(PaidJobLink):
    """From the task ``train`` to its training job."""

    kind = "training"
    key = "training_job"


class TuningJobLink(PaidJobLink):
    """From the task ``search`` to its tuning job."""

    kind = "tuning"
    key = "tuning_job"
