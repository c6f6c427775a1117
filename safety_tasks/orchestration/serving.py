"""The tasks of ``deploy_endpoint``, and its form: build the records, call the verb, return plain types.

Rules: nothing is made before its price is known; a task that was cut is taken up by the next, which finds what is
there; the endpoint's name and size are those of ``pipeline.toml`` unless the form says otherwise.
"""

import logging
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from airflow.sdk import Param

from safety_tasks.orchestration.clients import aws_client
from safety_tasks.orchestration.runtime import runtime

if TYPE_CHECKING:
    from safety_tasks.serve.service import Hosting
    from safety_tasks.settings import Settings

log = logging.getLogger("safety_tasks")
POLL_S = 15.0


def endpoint_form() -> dict[str, Param]:
    """Return the form of ``deploy_endpoint``."""
    return {
        "action": Param(
            "deploy",
            type="string",
            enum=["deploy", "remove"],
            title="Action",
            description="deploy: create or update the endpoint. remove: delete it with all that was made for it.",
        ),
        "channel": Param(
            "stable",
            type="string",
            enum=["stable", "canary"],
            title="Channel",
            description="Whose release is served.",
        ),
        "endpoint": Param(
            None,
            type=["null", "string"],
            pattern="^[A-Za-z0-9](-?[A-Za-z0-9]){0,62}$",
            title="Endpoint",
            description="Its name: letters, digits and -. Empty: as pipeline.toml says.",
        ),
        "instance_type": Param(
            None,
            type=["null", "string"],
            pattern=r"^ml\.[a-z0-9-]+\.[a-z0-9]+$",
            title="Instance type",
            description="As ml.m5.large; billed by the hour until it is removed. Empty: as pipeline.toml says.",
        ),
    }


def choose(context: Mapping[str, Any]) -> str:
    """Return the task to go on with."""
    return "remove" if context["params"]["action"] == "remove" else "check_cost"


def check_cost(context: Mapping[str, Any]) -> float:
    """Return what a day costs, or refuse."""
    from safety_tasks.serve.endpoint import check_cost as check

    settings, _ = runtime()
    usd = check(settings, context["params"].get("instance_type"))
    log.info("a day of this endpoint costs %.2f USD, until it is removed", usd)
    return usd


def archive(context: Mapping[str, Any]) -> dict[str, Any]:
    """Pack what the channel serves."""
    from safety_tasks.serve.model_archive import archive_release, served_by
    from safety_tasks.store.stage_notes import timed

    settings, store = runtime()
    with timed(store, context["run_id"], "archive"):
        served = served_by(store, context["params"]["channel"])
        return archive_release(store, served, settings).to_dict()


def deploy(context: Mapping[str, Any], archive: Mapping[str, Any]) -> dict[str, Any]:
    """Bring the endpoint to the release and wait until it serves."""
    from safety_tasks.cloud.links import job_url
    from safety_tasks.serve.endpoint import deploy_endpoint
    from safety_tasks.store.stage_notes import timed

    settings, store = runtime()
    wanted = _wanted(settings, store.uri, context, archive)
    log.info("%s", job_url("endpoint", wanted.endpoint, settings.store.region))
    with timed(store, context["run_id"], "deploy"):
        return deploy_endpoint(store, settings, _hosting(settings, context), wanted).to_dict()


def smoke_test(context: Mapping[str, Any], archive: Mapping[str, Any]) -> dict[str, Any]:
    """Hold the endpoint's answers to the golden pictures against the release; go back if they differ."""
    from safety_tasks.records.serving import ModelArchive
    from safety_tasks.serve.model_archive import served_release
    from safety_tasks.serve.proving import prove_endpoint
    from safety_tasks.store.stage_notes import timed

    settings, store = runtime()
    with timed(store, context["run_id"], "smoke_test"):
        return prove_endpoint(
            store,
            settings,
            _hosting(settings, context),
            aws_client("sagemaker-runtime"),
            served_release(store, ModelArchive.model_validate(archive)),
            _wanted(settings, store.uri, context, archive),
        ).to_dict()


def remove(context: Mapping[str, Any]) -> dict[str, Any]:
    """Delete the endpoint and all that was made for it."""
    from safety_tasks.serve.tear_down import remove_endpoint

    settings, store = runtime()
    return remove_endpoint(store, settings, _hosting(settings, context)).to_dict()


def _hosting(settings: "Settings", context: Mapping[str, Any]) -> "Hosting":
    from safety_tasks.serve.service import Hosting

    name = context["params"].get("endpoint") or settings.serve.endpoint_name
    client = aws_client("sagemaker")
    return Hosting(client, name, poll_s=POLL_S, note=lambda line: log.info("%s", line))


def _wanted(
    settings: "Settings", store_uri: str, context: Mapping[str, Any], archive: Mapping[str, Any]
) -> Any:
    from safety_tasks.cloud.images import image_uri
    from safety_tasks.records.serving import ModelArchive
    from safety_tasks.serve.requests import deployment

    form = context["params"]
    kind = form.get("instance_type") or settings.serve.instance_type
    return deployment(
        ModelArchive.model_validate(archive),
        image_uri("inference", settings.store.region, kind, settings.serve.image_uri),
        store_uri,
        settings,
        endpoint=form.get("endpoint"),
        instance_type=kind,
    )
