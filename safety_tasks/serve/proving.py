"""The verbs ``predict`` and ``prove_endpoint``: ask an endpoint, and hold its answers against the release.

Rules: as on a device, every golden picture must give the published detections within small tolerances, and a release
without a picture that an endpoint takes does not pass; only then the deployment counts as proved, and what ran before
is deleted; otherwise the endpoint goes back.
"""

import json
import logging
from typing import Any, Final

import numpy as np
from botocore.exceptions import ClientError

from safety_tasks.bundle.reading import Served, read_part
from safety_tasks.cloud.problems import cloud_errors, without_secrets
from safety_tasks.errors import ArtifactError, JobFailed
from safety_tasks.inference.picture_bounds import picture_bounds
from safety_tasks.records.release import Detection, ReleaseDocument
from safety_tasks.records.serving import Deployment, EndpointState
from safety_tasks.scoring.matching import iou_matrix
from safety_tasks.serve.handler import JSON, MAX_BODY_BYTES
from safety_tasks.serve.proved import keep_proved
from safety_tasks.serve.service import Hosting
from safety_tasks.serve.state import describe_endpoint
from safety_tasks.serve.tear_down import roll_back
from safety_tasks.settings import Settings
from safety_tasks.store.base import ObjectStore

log = logging.getLogger("safety_tasks")
MIN_IOU: Final = 0.90
SCORE_TOLERANCE: Final = 0.02
_MAX_ANSWER_BYTES: Final = 1 << 20


def predict(runtime: Any, endpoint: str, picture: bytes) -> dict[str, Any]:
    """Ask an endpoint what a picture shows.

    Args:
        runtime: boto3's ``sagemaker-runtime`` client.
        endpoint: its name.
        picture: a JPEG or PNG.

    Raises:
        ArtifactError: the bytes are no picture, are too many, or the endpoint refuses them.
        JobFailed: its container failed, or answers something else.
        CloudError: there is no such endpoint, or it does not answer.
    """
    if len(picture) > MAX_BODY_BYTES:
        raise ArtifactError(
            f"the picture: expected at most {MAX_BODY_BYTES} bytes, as an endpoint takes, found {len(picture)}. "
            "Make it smaller."
        )
    kind = picture_bounds(picture).kind
    with cloud_errors(f"ask endpoint {endpoint}", str(runtime.meta.region_name)):
        try:
            reply = runtime.invoke_endpoint(
                EndpointName=endpoint, ContentType=kind, Accept=JSON, Body=picture
            )
        except ClientError as problem:
            said_by_model: dict[str, Any] = dict(problem.response)
            status = int(said_by_model.get("OriginalStatusCode") or 0)
            # The toolkit adds its stack to the message; the first line is the handler's.
            said = str(said_by_model.get("OriginalMessage", "")).partition("\n")[0][:500]
            if problem.response["Error"]["Code"] != "ModelError":
                raise
            if not 400 <= status < 500:
                raise JobFailed(
                    f"endpoint {endpoint}: expected detections, found that its container failed with {status}: "
                    f"{without_secrets(said)}. See its log, then deploy again."
                ) from None
            raise ArtifactError(
                f"endpoint {endpoint}: it refused the picture with {status}: {without_secrets(said)}"
            ) from None
        payload = reply["Body"].read(_MAX_ANSWER_BYTES + 1)
    try:
        answer = json.loads(payload) if len(payload) <= _MAX_ANSWER_BYTES else None
    except ValueError:
        answer = None
    if not isinstance(answer, dict) or not isinstance(answer.get("detections"), list):
        raise JobFailed(
            f"endpoint {endpoint}: expected detections as JSON, found {bytes(payload[:80])!r}. Another program answers "
            "there: deploy again."
        )
    return answer


def prove_endpoint(
    store: ObjectStore,
    settings: Settings,
    hosting: Hosting,
    runtime: Any,
    served: Served,
    deployed: Deployment,
) -> EndpointState:
    """Hold an endpoint's answers to the golden pictures against the release; go back if they differ.

    Raises:
        JobFailed: an answer differs; the endpoint runs what was last proved, or is gone if nothing was.
        CloudError: the service does not answer; asking again goes on.
    """
    problem = difference_from_release(store, runtime, served, deployed.endpoint)
    if not problem:
        keep_proved(store, deployed)
        hosting.prune({deployed.config})
        return describe_endpoint(store, hosting)
    after = roll_back(store, settings, hosting, problem)
    now = f"runs release {after.release_seq} again" if after.status == "InService" else "is removed"
    raise JobFailed(
        f"endpoint {deployed.endpoint}: release {deployed.release_seq} did not pass its golden pictures: {problem}. "
        f"The endpoint {now}. Compare the container's packages with constraints.txt."
    )


def difference_from_release(store: ObjectStore, runtime: Any, served: Served, endpoint: str) -> str:
    """Return the first way in which an endpoint answers otherwise than published, or nothing."""
    document, asked = served.document, 0
    for index, golden in enumerate(document.golden):
        if golden.picture.size_bytes > MAX_BODY_BYTES:
            log.warning("golden picture %d is too large for an endpoint: not asked", index)
            continue
        asked += 1
        try:
            answer = predict(runtime, endpoint, read_part(store, golden.picture))
            found = _detections(answer, document)
        except (ArtifactError, JobFailed, KeyError, TypeError, ValueError) as problem:
            return f"golden picture {index}: {problem}"
        if answer.get("model_sha256") != document.model.sha256:
            return f"golden picture {index}: expected the release's model, found {answer.get('model_sha256')}"
        if wrong := _difference(found, golden.detections, document):
            return f"golden picture {index}: {wrong}"
    return "" if asked else "expected a golden picture that an endpoint takes, found none"


def _detections(answer: dict[str, Any], document: ReleaseDocument) -> list[Detection]:
    foreign = sorted({str(each["class"]) for each in answer["detections"]} - set(document.classes))
    if foreign:
        raise ValueError(f"expected classes {document.classes}, found {foreign}")
    return [
        Detection(
            class_id=document.classes.index(each["class"]),
            score=each["score"],
            box_xyxy=each["box_xyxy"],
        )
        for each in answer["detections"]
    ]


def _difference(
    found: list[Detection], expected: tuple[Detection, ...], document: ReleaseDocument
) -> str:
    """Compare; what lies within the tolerance of its threshold may be there or not."""
    free = list(found)
    for wanted in expected:
        match = next((each for each in free if _same(each, wanted)), None)
        if match is not None:
            free.remove(match)
        elif not _on_the_edge(wanted, document):
            return f"expected {document.classes[wanted.class_id]} at {wanted.box_xyxy}, found no such detection"
    surplus = [each for each in free if not _on_the_edge(each, document)]
    return f"found {len(surplus)} detections that should not be there" if surplus else ""


def _on_the_edge(detection: Detection, document: ReleaseDocument) -> bool:
    threshold = document.thresholds[document.classes[detection.class_id]]
    return detection.score < threshold + SCORE_TOLERANCE


def _same(first: Detection, second: Detection) -> bool:
    if first.class_id != second.class_id or abs(first.score - second.score) > SCORE_TOLERANCE:
        return False
    overlap = iou_matrix(np.array([first.box_xyxy]), np.array([second.box_xyxy]))
    return bool(overlap[0, 0] >= MIN_IOU)
