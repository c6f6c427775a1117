"""An endpoint is believed when it gives the published detections; otherwise it goes back."""

import json
from collections.abc import Callable
from typing import Any

import boto3
import pytest
from support.hosting_aws import Life
from toy_models import png, toy_model, toy_picture

from safety_tasks.bundle.reading import Served, read_part
from safety_tasks.errors import ArtifactError, CloudError, JobFailed
from safety_tasks.inference.detector import Detector
from safety_tasks.records.serving import Deployment
from safety_tasks.serve.endpoint import deploy_endpoint
from safety_tasks.serve.handler import LoadedRelease, input_fn, output_fn, predict_fn
from safety_tasks.serve.proved import keep_proved, read_proved
from safety_tasks.serve.proving import difference_from_release, predict, prove_endpoint
from safety_tasks.serve.service import Hosting
from safety_tasks.settings import Settings
from safety_tasks.store.local import LocalStore

Released = tuple[LocalStore, Served]
Wanted = Callable[..., Deployment]
PICTURE = png(toy_picture([(1, 3)]))


@pytest.fixture
def runtime(life: Life) -> Any:
    """Give boto3's client of running endpoints; botocore tries nothing again."""
    from botocore.config import Config

    config = Config(retries={"total_max_attempts": 1})
    return boto3.client("sagemaker-runtime", region_name="us-east-1", config=config)


def _container(
    released: Released, model: bytes | None = None, **changes: Any
) -> Callable[[bytes, dict[str, str]], tuple[int, str, bytes]]:
    """Make a container: the handler over a model, perhaps another than the release's; answers may be changed."""
    store, served = released
    payload = model or read_part(store, served.document.model)
    loaded = LoadedRelease(Detector(payload, what="container"), served.document)

    def answer(body: bytes, headers: dict[str, str]) -> tuple[int, str, bytes]:
        found = predict_fn(input_fn(body, headers["Content-Type"]), loaded)
        values = json.loads(output_fn(found, headers["Accept"])[0])
        return 200, "application/json", json.dumps(values | changes).encode()

    return answer


def test_predict_asks_over_the_wire(life: Life, released: Released, runtime: Any) -> None:
    """The picture's own type is sent, and the detections come back."""
    life.answer = _container(released)
    answer = predict(runtime, "plant", PICTURE)
    assert [each["class"] for each in answer["detections"]] == ["fire"]


def test_a_release_that_answers_as_published_is_proved(
    life: Life,
    released: Released,
    runtime: Any,
    hosting: Hosting,
    serving_settings: Settings,
    wanted: Wanted,
) -> None:
    """The deployment is noted as proved, and what ran before is deleted."""
    store, served = released
    life.answer = _container(released)
    deploy_endpoint(store, serving_settings, hosting, wanted(1))
    keep_proved(store, wanted(1))
    deploy_endpoint(store, serving_settings, hosting, wanted(2))
    state = prove_endpoint(store, serving_settings, hosting, runtime, served, wanted(2))
    assert (state.proved, state.release_seq) == (True, 2)
    note = read_proved(store, "plant")
    assert note is not None
    assert note.release_seq == 2
    configs = hosting.client.list_endpoint_configs()["EndpointConfigs"]
    assert [each["EndpointConfigName"] for each in configs] == [wanted(2).config]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"model": toy_model(gains=(1.0, 1.0, 0.1))}, "no such detection"),
        ({"model": toy_model(box_scale=0.7)}, "no such detection"),
        ({"model": toy_model(gains=(0.95, 1.0, 1.0))}, "no such detection"),
        ({"model_sha256": "0" * 64}, "release's model"),
        ({"detections": [{"class": "cat", "score": 0.9, "box_xyxy": [0, 0, 1, 1]}]}, "cat"),
        ({"detections": "none"}, "expected detections as JSON"),
    ],
)
def test_other_answers_go_back(
    change: dict[str, Any],
    said: str,
    life: Life,
    released: Released,
    runtime: Any,
    hosting: Hosting,
    serving_settings: Settings,
    wanted: Wanted,
) -> None:
    """A hazard missed, a box off, a score off, another model, a foreign class or text: back to the proved release."""
    store, served = released
    deploy_endpoint(store, serving_settings, hosting, wanted(1))
    keep_proved(store, wanted(1))
    deploy_endpoint(store, serving_settings, hosting, wanted(2))
    life.answer = _container(released, **change)
    with pytest.raises(JobFailed, match=rf"(?s){said}.*runs release 1 again"):
        prove_endpoint(store, serving_settings, hosting, runtime, served, wanted(2))
    assert hosting.describe()["EndpointConfigName"] == wanted(1).config


def test_a_detection_too_many_is_a_difference(life: Life, released: Released, runtime: Any) -> None:
    """What was not published must not be found, unless it lies at its threshold."""
    store, served = released
    plain = _container(released)

    def with_one_more(score: float) -> Callable[[bytes, dict[str, str]], tuple[int, str, bytes]]:
        more = {"class": "smoke", "score": score, "box_xyxy": [1, 1, 9, 9]}

        def answer(body: bytes, headers: dict[str, str]) -> tuple[int, str, bytes]:
            values = json.loads(plain(body, headers)[2])
            values["detections"].append(more)
            return 200, "application/json", json.dumps(values).encode()

        return answer

    life.answer = with_one_more(0.6)
    assert "should not be there" in difference_from_release(store, runtime, served, "plant")
    life.answer = with_one_more(0.51)  # the threshold is 0.5
    assert difference_from_release(store, runtime, served, "plant") == ""


def test_a_broken_container_goes_back(
    life: Life,
    released: Released,
    runtime: Any,
    hosting: Hosting,
    serving_settings: Settings,
    wanted: Wanted,
) -> None:
    """A first release whose container answers 500 leaves no endpoint."""
    store, served = released
    deploy_endpoint(store, serving_settings, hosting, wanted())
    life.answer = lambda body, headers: (500, "text/plain", b"boom\nTraceback: secret path")
    with pytest.raises(JobFailed, match=r"failed with 500: boom\. .*is removed") as caught:
        prove_endpoint(store, serving_settings, hosting, runtime, served, wanted())
    assert "Traceback" not in str(caught.value)
    assert hosting.describe() is None


def test_a_release_without_a_usable_golden_picture_does_not_pass(
    life: Life, released: Released, runtime: Any
) -> None:
    """No picture, or only those too large to send: a comparison that cannot be made is no pass."""
    store, served = released
    life.answer = _container(released)
    big = served.document.golden[0]
    big = big.model_copy(
        update={"picture": big.picture.model_copy(update={"size_bytes": 7_000_000})}
    )
    for golden in ((), (big,)):
        document = served.document.model_copy(update={"golden": golden})
        served = Served(served.pointer, served.tag, document)
        assert "found none" in difference_from_release(store, runtime, served, "plant")


@pytest.mark.parametrize("payload", [b"", b"no picture", PICTURE[:-20], PICTURE + bytes(6_291_456)])
def test_what_is_no_picture_is_not_sent(payload: bytes, life: Life, runtime: Any) -> None:
    """A caller's mistake is named before anything is sent."""
    with pytest.raises(ArtifactError):
        predict(runtime, "plant", payload)
    assert life.calls == []


def test_a_refusal_of_the_endpoint_is_the_pictures_fault(life: Life, runtime: Any) -> None:
    """A 400 of the handler becomes ArtifactError with its sentence, without the toolkit's stack."""
    life.answer = lambda body, headers: (400, "text/plain", b"body: cut\nTraceback (most recent)")
    with pytest.raises(ArtifactError, match="400: body: cut") as caught:
        predict(runtime, "plant", PICTURE)
    assert "Traceback" not in str(caught.value)


def test_an_absent_endpoint_is_named(life: Life, runtime: Any) -> None:
    """No endpoint of that name: CloudError with what AWS said."""
    life.refusals["invoke_endpoint"] = [("ValidationError", "Endpoint plant not found.")]
    with pytest.raises(CloudError, match="not found"):
        predict(runtime, "plant", PICTURE)
