"""The archive behind SageMaker's own inference toolkit and real HTTP: a device's detections, and named refusals."""

import http.client
import json
import socket
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import cv2
import pytest
from support.local_endpoint import ask, running, unpack
from support.toy_runs import hazards_of, publish_toy, toy_dataset
from toy_models import png, toy_picture

from safety_tasks.edge.predict import predict as edge_predict
from safety_tasks.inference.detector import Detector
from safety_tasks.serve import handler, local_app
from safety_tasks.serve.model_archive import served_by, write_model_archive
from safety_tasks.store.local import LocalStore

JPEG = {"Content-Type": "image/jpeg"}
PNG = {"Content-Type": "image/png"}


@pytest.fixture(scope="module")
def model_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give an unpacked archive of a toy release."""
    folder = tmp_path_factory.mktemp("serving")
    store = LocalStore(folder / "store")
    publish_toy(store, toy_dataset(store), "run-1")
    document = served_by(store, "stable").document
    packed = write_model_archive(store.get(document.model.key).payload, document.to_json_bytes())
    return unpack(packed, folder / "model")


@pytest.fixture(scope="module")
def url(model_dir: Path) -> Iterator[str]:
    """Give a running endpoint."""
    with running(model_dir) as found:
        yield found


def _jpeg(side_px: int = 64) -> bytes:
    ok, encoded = cv2.imencode(".jpg", toy_picture(hazards_of(2), side_px=side_px))
    assert ok
    return encoded.tobytes()


def test_ping(url: str) -> None:
    """The service's health check is answered."""
    assert ask(url, "GET", "/ping")[0] == 200
    assert ask(url, "GET", "/other")[0] == 404


def test_detections_are_a_devices(url: str, model_dir: Path, tmp_path: Path) -> None:
    """JPEG or PNG, the answer's classes, scores and boxes are exactly those of the device's predict."""
    detector = Detector.load(model_dir / "model.onnx")
    thresholds = json.loads((model_dir / "release.json").read_bytes())["thresholds"]
    for name, payload, headers in (
        ("a.jpg", _jpeg(), JPEG),
        ("b.jpg", _jpeg(200), JPEG | {"Accept": "application/json"}),
        ("c.png", png(toy_picture(hazards_of(1))), PNG),
    ):
        file = tmp_path / name
        file.write_bytes(payload)
        (frame,) = edge_predict(detector, thresholds, [file], tmp_path / "out").frames
        status, kind, body = ask(url, "POST", "/invocations", payload, headers)
        assert (status, kind) == (200, "application/json"), body
        expected = [
            {
                "class": detector.classes[each.class_id],
                "score": each.score,
                "box_xyxy": list(each.box_xyxy),
            }
            for each in frame.detections
        ]
        assert len(expected) == 3
        assert json.loads(body)["detections"] == expected


@pytest.mark.parametrize(
    ("body", "headers", "status", "said"),
    [
        (b"", JPEG, 400, "something else"),
        (_jpeg()[:-30], JPEG, 400, "cut"),
        (_jpeg()[:100], JPEG, 400, "cut"),
        (b"\x00" * 5000, JPEG, 400, "something else"),
        (_jpeg(), PNG, 415, "found image/jpeg"),
        (_jpeg(), {}, 415, "Content-Type"),
        (b'{"a": 1}', {"Content-Type": "application/json"}, 415, "Content-Type"),
        (_jpeg(), JPEG | {"Accept": "text/csv"}, 406, "Accept"),
    ],
)
def test_bad_requests(
    url: str, body: bytes, headers: dict[str, str], status: int, said: str
) -> None:
    """Each gets its status with a sentence in the first line, never a 500; the endpoint answers on."""
    found, _, told = ask(url, "POST", "/invocations", body, headers)
    assert found == status, told
    assert said in told.decode().splitlines()[0]
    assert ask(url, "POST", "/invocations", _jpeg(), JPEG)[0] == 200


def test_fifty_megabytes_are_not_read(url: str) -> None:
    """A body above the service's cap is refused by its length alone, before it is sent."""
    connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=20)
    connection.putrequest("POST", "/invocations")
    connection.putheader("Content-Type", "image/jpeg")
    connection.putheader("Content-Length", str(50 * 2**20))
    connection.endheaders()
    reply = connection.getresponse()
    assert (reply.status, reply.headers["Connection"]) == (413, "close")
    connection.close()
    assert ask(url, "GET", "/ping")[0] == 200


def test_one_cap() -> None:
    """The program cannot import the package before the archive's copy does, so its cap is held equal here."""
    assert local_app.MAX_BODY_BYTES == handler.MAX_BODY_BYTES


def test_a_body_without_a_length_is_refused(url: str) -> None:
    """A stream without an end is not waited for."""
    with socket.create_connection(("127.0.0.1", urlsplit(url).port or 0), timeout=20) as line:
        line.sendall(b"POST /invocations HTTP/1.1\r\nHost: x\r\n\r\n")
        assert b" 411 " in line.recv(200)


def test_an_altered_model_does_not_start(model_dir: Path, tmp_path: Path) -> None:
    """With another model than its document names, the endpoint does not come up, and says why."""
    import shutil

    folder = tmp_path / "altered"
    shutil.copytree(model_dir, folder)
    model = bytearray((folder / "model.onnx").read_bytes())
    model[-1] ^= 1
    (folder / "model.onnx").write_bytes(bytes(model))
    with pytest.raises(AssertionError, match="expected model"), running(folder):
        pass


def test_the_archives_own_code_answers(model_dir: Path, tmp_path: Path) -> None:
    """The copy of the package in the archive serves, not the one beside the program."""
    import shutil

    folder = tmp_path / "other"
    shutil.copytree(model_dir, folder)
    code = folder / "code" / "safety_tasks" / "serve" / "handler.py"
    code.write_text(code.read_text().replace('"width": found', '"wide": found'))
    with running(folder) as other:
        answer = json.loads(ask(other, "POST", "/invocations", _jpeg(), JPEG)[2])
    assert "wide" in answer
