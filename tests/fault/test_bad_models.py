"""Models that are broken, forged or made to do harm end in a named error: no crash, no hang."""

import gzip
import json
import re
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from support.archives import zip_of
from support.opened_apart import Outcome, outcomes_of
from support.spoilt_graphs import (
    Change,
    a_circle,
    a_name_twice,
    an_end_missing,
    branching,
    claiming,
    constant_of,
    divided_by_zero,
    external,
    foreign_operator,
    local_function,
    looping,
    output_said_to_be,
    quantised,
    scanning,
    scores_of_shape,
    two_inputs,
    versions,
    weight,
)
from toy_models import png, strong_model, toy_graph, toy_model, toy_picture

from safety_tasks.errors import ArtifactError
from safety_tasks.inference.detector import Detector


@dataclass(frozen=True)
class BadModel:
    """A file, and the error with its message that it must end in."""

    payload: bytes
    message: str
    error: str = "ArtifactError"


def changed(change: Change, message: str, error: str = "ArtifactError") -> BadModel:
    """Return a sound model after a change."""
    model = toy_graph()
    change(model)
    return BadModel(model.SerializeToString(), message, error)


def saying(message: str, error: str = "ArtifactError", **entries: str) -> BadModel:
    """Return a sound model that says something else of itself."""
    usual = {entry.key: entry.value for entry in toy_graph().metadata_props}
    more = {f"safety.{key}": value for key, value in entries.items()}
    return BadModel(toy_model(metadata=usual | more), message, error)


def varint(number: int) -> bytes:
    """Return a number as protobuf writes it."""
    written = b""
    while number > 127:
        written += bytes([number & 127 | 128])
        number >>= 7
    return written + bytes([number])


def nested(depth: int) -> bytes:
    """Return a file whose graphs lie in attributes of nodes of graphs, and so on."""
    inside = b""
    for field in (0x0A, 0x2A, 0x32) * depth:  # graph.node, node.attribute, attribute.g
        inside = bytes([field]) + varint(len(inside)) + inside
    return b"\x08\x08\x3a" + varint(len(inside)) + inside


def bad_models() -> dict[str, BadModel]:
    """Make the corpus."""
    none = "expected an ONNX model"
    swapped = json.dumps(["fire", "smoke", "person_down"])
    return {
        "empty": BadModel(b"", none),
        "zeros": BadModel(bytes(5000), none),
        "text": BadModel(b"no model at all\n" * 100, none),
        "a picture": BadModel(png(toy_picture([])), none),
        "a bomb in an archive": BadModel(zip_of([("data.pkl", bytes(100_000_000))]), none),
        "a bomb of gzip": BadModel(gzip.compress(bytes(100_000_000)), none),
        "claims 300 MB to come": BadModel(b"\x08\x08\x3a" + varint(300_000_000) + bytes(99), none),
        "claims 300 MB of weights": changed(claiming([75_000_000], bytes(8)), none),
        "claims weights past all numbers": changed(claiming([2**31, 2**31, 4], bytes(8)), none),
        "claims less than no weights": changed(claiming([-1], bytes(8)), none),
        "graphs in graphs": BadModel(nested(5000), none),
        "a graph of nothing": BadModel(b"\x08\x08\x3a\x00", none),
        "opset 99": changed(versions(opset=99), "the runtime refused it"),
        "opset 1": changed(versions(opset=1), none),
        "opset 10": changed(versions(opset=10), none),
        "IR 99": changed(versions(ir=99), none),
        "IR 0": changed(versions(ir=0), none),
        "no opset": changed(lambda m: m.ClearField("opset_import"), none),
        "a weight is NaN": changed(weight(np.nan), "found NaN or infinity in kernel"),
        "a weight is infinite": changed(weight(-np.inf), "found NaN or infinity in kernel"),
        "a short weight is NaN": changed(weight(np.nan, np.float16), "NaN or infinity in kernel"),
        "a scale is NaN": changed(quantised(np.nan), "found NaN or infinity in scale"),
        "a scale is infinite": changed(quantised(np.inf), "found NaN or infinity in scale"),
        "weights elsewhere": changed(external("../../etc/passwd"), "found external data 'kernel'"),
        "weights at a path": changed(external("/etc/hostname"), "found external data 'kernel'"),
        "If": changed(branching, "expected only known operators, found :If"),
        "Loop": changed(looping, "expected only known operators|expected an ONNX model"),
        "Scan": changed(scanning, "expected only known operators|expected an ONNX model"),
        "functions of its own": changed(local_function, "expected no local functions"),
        "an operator of others": changed(foreign_operator, "found com.other:Clip"),
        "a circle": changed(a_circle, none),
        "an end missing": changed(an_end_missing, none),
        "a name twice": changed(a_name_twice, none),
        "two inputs": changed(two_inputs, "expected one input"),
        "no metadata": BadModel(toy_model(metadata={}), "expected metadata"),
        "names swapped": saying("expected the class map", "ClassMapError", classes=swapped),
        "digest of zeros": saying("the class map", "ClassMapError", classes_sha256="0" * 64),
        "a newer layout": saying("expected a layout", layout="edge-2"),
        "another layout": saying("expected a uint8 input", layout="edge"),
        "a threshold is NaN": saying("expected a threshold", thresholds='{"smoke": NaN}'),
        "another size": saying(r"expected input \[1, 3, 640, 640\]", imgsz_px="640"),
        "a size below 0": saying("expected pictures of 8 to 4096 px", imgsz_px="-64"),
        "a size past all numbers": saying("expected metadata", imgsz_px="9" * 5000),
        "scores of another shape": changed(
            scores_of_shape(1, 3, 17), "expected the model to run, found"
        ),
        "infinite boxes": changed(divided_by_zero, "expected finite output"),
        "40 TB at once": changed(constant_of(10**13), "expected the model to run|refused it"),
    }


BAD_MODELS = bad_models()
# What a file says of its output, where the graph gives what it should all the same.
HARMLESS_LIES = {
    f"says {shape}": changed(output_said_to_be(*shape), "").payload
    for shape in ((1, 8, 16), (1, 6, 16), (7, 16), (0, 0, 0))
}


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Outcome]:
    """Open every bad model, and a sound one before and after them, in one process."""
    files = {name: bad.payload for name, bad in BAD_MODELS.items()}
    first, last = {"sound, first": strong_model()}, {"sound, last": strong_model()}
    everything = first | files | HARMLESS_LIES | last
    return outcomes_of(everything, tmp_path_factory.mktemp("models"))


def test_no_bad_model_ends_the_process(outcomes: dict[str, Outcome]) -> None:
    """Every one has an outcome, and a sound model works before and after all of them."""
    assert set(outcomes) == {"sound, first", "sound, last", *BAD_MODELS, *HARMLESS_LIES}
    assert outcomes["sound, first"] == outcomes["sound, last"] == Outcome("found", "2")


@pytest.mark.parametrize("name", HARMLESS_LIES)
def test_what_a_file_says_of_its_output_is_not_believed(
    name: str, outcomes: dict[str, Outcome]
) -> None:
    """The runtime works out the shape itself: the answer is that of the graph, not of the lie."""
    assert outcomes[name] == Outcome("found", "2")


@pytest.mark.parametrize("name", BAD_MODELS)
def test_a_bad_model_is_a_named_error(name: str, outcomes: dict[str, Outcome]) -> None:
    """The error is the tree's, and its message names the file and what is wrong with it."""
    wanted, found = BAD_MODELS[name], outcomes[name]
    assert (found.how, bool(re.search(wanted.message, found.said))) == (wanted.error, True), found
    assert re.match(r"\d{4}\.onnx: ", found.said)
    assert len(found.said) < 5000


def test_a_model_that_is_cut_anywhere(tmp_path: Path) -> None:
    """A download that broke off is never a model, wherever it broke off."""
    payload = strong_model()
    ends = sorted({*range(0, len(payload), 53), *range(len(payload) - 200, len(payload))})
    found = outcomes_of({f"cut at {end}": payload[:end] for end in ends}, tmp_path)
    assert {outcome.how for outcome in found.values()} == {"ArtifactError"}, found


def test_a_file_over_the_limit_is_not_read_as_a_model(tmp_path: Path) -> None:
    """300 MB, of which nothing is parsed: the size alone refuses it, at once."""
    path = tmp_path / "large.onnx"
    with path.open("wb") as stream:
        stream.truncate(300_000_000)
    started = time.monotonic()
    with pytest.raises(ArtifactError, match=r"large\.onnx: expected at most 268435456 bytes"):
        Detector.load(path)
    assert time.monotonic() - started < 10
