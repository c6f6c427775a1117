"""Commands of the endpoint: deploy, status, predict, remove.

Rules: progress goes to stderr, the result to stdout as JSON; deploying proves the answers, or goes back; removing asks
first; credentials are those that boto3 finds.
"""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from safety_tasks.cli.console import opened, show
from safety_tasks.cli.drawing import tell
from safety_tasks.errors import ArtifactError, ConfigError

if TYPE_CHECKING:
    from safety_tasks.serve.service import Hosting
    from safety_tasks.settings import Settings

APP: Final = typer.Typer(
    help="The champion behind a SageMaker endpoint, which is billed by the hour until it is removed.",
    no_args_is_help=True,
)
_Endpoint = Annotated[
    str, typer.Option("--endpoint", help="Its name; empty: as pipeline.toml says.")
]


@APP.command()
def deploy(
    channel: Annotated[str, typer.Option(help="stable or canary.")] = "stable",
    endpoint: _Endpoint = "",
    instance_type: Annotated[
        str, typer.Option(help="As ml.m5.large; empty: as pipeline.toml says.")
    ] = "",
    poll_s: Annotated[float, typer.Option(min=0.0, help="Seconds between looks.")] = 15.0,
) -> None:
    """Create or update the endpoint to what a channel serves, wait, and prove its answers."""
    from safety_tasks.cloud.images import image_uri
    from safety_tasks.serve.endpoint import check_cost, deploy_endpoint
    from safety_tasks.serve.model_archive import archive_release, served_by
    from safety_tasks.serve.proving import prove_endpoint
    from safety_tasks.serve.requests import deployment

    if channel not in ("canary", "stable"):
        raise ConfigError(f"channel: expected canary or stable, found {channel!r}.")
    settings, store = opened()
    kind = instance_type or settings.serve.instance_type
    tell(f"a day of this endpoint costs {check_cost(settings, kind):.2f} USD, until it is removed")
    served = served_by(store, "canary" if channel == "canary" else "stable")
    wanted = deployment(
        archive_release(store, served, settings),
        image_uri("inference", settings.store.region, kind, settings.serve.image_uri),
        store.uri,
        settings,
        endpoint=endpoint or None,
        instance_type=kind,
    )
    hosting = _hosting(settings, endpoint, poll_s)
    state = deploy_endpoint(store, settings, hosting, wanted)
    tell(f"endpoint {state.endpoint}: {state.action}, release {state.release_seq}; proving it")
    runtime = _client("sagemaker-runtime", settings)
    proved = prove_endpoint(store, settings, hosting, runtime, served, wanted)
    show(proved.model_copy(update={"action": state.action}).to_dict())


@APP.command()
def status(endpoint: _Endpoint = "") -> None:
    """Show what the endpoint runs."""
    from safety_tasks.serve.state import describe_endpoint

    settings, store = opened()
    show(describe_endpoint(store, _hosting(settings, endpoint)).to_dict())


@APP.command()
def predict(
    picture: Annotated[Path, typer.Argument(help="A JPEG or PNG.")],
    endpoint: _Endpoint = "",
) -> None:
    """Ask the endpoint what a picture shows."""
    from safety_tasks.config import load_settings
    from safety_tasks.serve.proving import predict as ask

    settings = load_settings()
    try:
        payload = picture.read_bytes()
    except OSError as problem:
        raise ArtifactError(f"{picture}: expected a picture, found: {problem}.") from problem
    runtime = _client("sagemaker-runtime", settings)
    show(ask(runtime, endpoint or settings.serve.endpoint_name, payload))


@APP.command()
def remove(
    endpoint: _Endpoint = "",
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    poll_s: Annotated[float, typer.Option(min=0.0, help="Seconds between looks.")] = 15.0,
) -> None:
    """Delete the endpoint with every config and model that was made for it."""
    from safety_tasks.serve.tear_down import remove_endpoint

    settings, store = opened()
    hosting = _hosting(settings, endpoint, poll_s)
    if not yes:
        typer.confirm(
            f"Delete endpoint {hosting.endpoint}? It stops answering", abort=True, err=True
        )
    show(remove_endpoint(store, settings, hosting).to_dict())


def _hosting(settings: "Settings", endpoint: str, poll_s: float = 15.0) -> "Hosting":
    from safety_tasks.serve.service import Hosting

    name = endpoint or settings.serve.endpoint_name
    return Hosting(_client("sagemaker", settings), name, poll_s=poll_s, note=tell)


def _client(service: str, settings: "Settings") -> Any:
    import boto3
    from botocore.config import Config

    from safety_tasks.cloud.problems import cloud_errors

    config = Config(connect_timeout=5, read_timeout=70, retries={"mode": "standard"})
    with cloud_errors(f"reach {service}", settings.store.region):
        session: Any = boto3.session.Session()
        return session.client(service, region_name=settings.store.region, config=config)
