"""Models and pictures that are broken, forged or made to do harm end in a named error: no crash, no hang.

Models are opened in a process of their own, so that a crash of the runtime is an outcome, not the end of the tests.
"""

import contextlib
import gzip
import io
import json
import os
import random
import re
import subprocess
import sys
import time
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper
from PIL import Image
from support.drawn_pictures import (
    JPEG_END,
    chunk,
    drawn,
    jpeg_of_kind,
    png_of,
    png_with,
    saved,
    with_jpeg_size,
    with_segment,
)
from toy_models import png, strong_model, toy_graph, toy_model, toy_picture

from safety_tasks.errors import ArtifactError
from safety_tasks.inference.detector import Detector
from safety_tasks.inference.pictures import decode_picture, read_picture

CHECKOUT = Path(__file__).resolve().parents[2]
LIMIT_S = 120
Change = Callable[[onnx.ModelProto], None]

# Opens each file, puts one picture through it, and says how that ended; a line before and a line after each.
CHILD = """
import json, pathlib, resource, sys
resource.setrlimit(resource.RLIMIT_AS, (6 << 30, 6 << 30))
from safety_tasks.inference.detector import Detector
from safety_tasks.inference.pictures import read_picture
folder = pathlib.Path(sys.argv[1])
picture = read_picture(folder / "picture.png")
for path in sorted(folder.glob("*.onnx")):
    print(path.stem, flush=True)
    try:
        found = Detector(path.read_bytes(), what=path.name).detect(picture)
        outcome = "found", str(len(found))
    except Exception as problem:
        outcome = type(problem).__name__, str(problem)
    print(json.dumps(outcome), flush=True)
"""


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


def versions(opset: int = 17, ir: int = 8) -> Change:
    """Return a change of what the file says it is written in."""

    def change(model: onnx.ModelProto) -> None:
        model.opset_import[0].version = opset
        model.ir_version = ir

    return change


def weight(value: float, dtype: Any = np.float32) -> Change:
    """Return a change of one weight."""

    def change(model: onnx.ModelProto) -> None:
        weights = numpy_helper.to_array(model.graph.initializer[0]).astype(dtype)
        weights.flat[100] = value
        model.graph.initializer[0].CopyFrom(numpy_helper.from_array(weights, "kernel"))

    return change


def external(location: str) -> Change:
    """Return a change that reads weights from a file of the device."""

    def change(model: onnx.ModelProto) -> None:
        tensor = model.graph.initializer[0]
        tensor.ClearField("raw_data")
        tensor.data_location = TensorProto.EXTERNAL
        entry = tensor.external_data.add()
        entry.key, entry.value = "location", location

    return change


def claiming(dims: list[int], raw: bytes) -> Change:
    """Return a change that adds a weight which claims a size."""

    def change(model: onnx.ModelProto) -> None:
        tensor = model.graph.initializer.add()
        tensor.name, tensor.data_type, tensor.raw_data = "claim", TensorProto.FLOAT, raw
        tensor.dims.extend(dims)

    return change


def body(name: str, given: list[onnx.ValueInfoProto]) -> onnx.GraphProto:
    """Return a sub-graph that gives what it takes, or one number."""
    if not given:
        node = helper.make_node("Constant", [], [name], value_floats=[1.0])
        value = helper.make_tensor_value_info(name, TensorProto.FLOAT, [1])
        return helper.make_graph([node], name, [], [value])
    kind = given[-1].type.tensor_type.elem_type
    node = helper.make_node("Identity", [given[-1].name], [name])
    return helper.make_graph([node], name, given, [helper.make_tensor_value_info(name, kind, None)])


def branching(model: onnx.ModelProto) -> None:
    """Add an If."""
    model.graph.initializer.append(numpy_helper.from_array(np.array(True), "flag"))
    branches = {"then_branch": body("then", []), "else_branch": body("else", [])}
    model.graph.node.append(helper.make_node("If", ["flag"], ["either"], **branches))


def looping(model: onnx.ModelProto) -> None:
    """Add a Loop that never ends."""
    given = [
        helper.make_tensor_value_info("count", TensorProto.INT64, []),
        helper.make_tensor_value_info("go", TensorProto.BOOL, []),
    ]
    node = helper.make_node("Loop", ["", ""], [], body=body("more", given))
    model.graph.node.append(node)


def scanning(model: onnx.ModelProto) -> None:
    """Add a Scan."""
    given = [helper.make_tensor_value_info("x", TensorProto.FLOAT, None)]
    node = helper.make_node(
        "Scan", ["scores"], ["scanned"], body=body("y", given), num_scan_inputs=1
    )
    model.graph.node.append(node)


def local_function(model: onnx.ModelProto) -> None:
    """Hide an operator in a function of the file's own."""
    node = helper.make_node("Identity", ["x"], ["y"])
    opsets = [helper.make_opsetid("", 17)]
    model.functions.append(helper.make_function("own", "Clip2", ["x"], ["y"], [node], opsets))


def foreign_operator(model: onnx.ModelProto) -> None:
    """Ask for an operator that other code would have to bring."""
    model.opset_import.append(helper.make_opsetid("com.other", 1))
    model.graph.node.append(helper.make_node("Clip", ["scores"], ["o"], domain="com.other"))


def quantised(scale: float) -> Change:
    """Return a change that puts the input on eight bits."""

    def change(model: onnx.ModelProto) -> None:
        tensors = {"scale": np.array(scale, np.float32), "point": np.array(0, np.uint8)}
        model.graph.initializer.extend(numpy_helper.from_array(v, n) for n, v in tensors.items())
        nodes = [
            helper.make_node("QuantizeLinear", ["images", "scale", "point"], ["eight"]),
            helper.make_node("DequantizeLinear", ["eight", "scale", "point"], ["again"]),
        ]
        model.graph.node[0].input[0] = "again"
        for node in reversed(nodes):
            model.graph.node.insert(0, node)

    return change


def output_said_to_be(*shape: int) -> Change:
    """Return a change of what the file says of its output."""

    def change(model: onnx.ModelProto) -> None:
        value = helper.make_tensor_value_info("output0", TensorProto.FLOAT, shape)
        model.graph.output[0].CopyFrom(value)

    return change


def scores_of_shape(*shape: int) -> Change:
    """Return a change of the shape that scores are brought into, which the picture must give."""

    def change(model: onnx.ModelProto) -> None:
        flat = next(tensor for tensor in model.graph.initializer if tensor.name == "flat")
        model.graph.initializer.remove(flat)
        extra = {"wished": np.array(shape, np.float32)}
        model.graph.initializer.extend(numpy_helper.from_array(v, n) for n, v in extra.items())
        nodes = [
            helper.make_node("ReduceMax", ["images"], ["top"], keepdims=0),
            helper.make_node("Mul", ["top", "zero"], ["nothing"]),
            helper.make_node("Add", ["wished", "nothing"], ["sum"]),
            helper.make_node("Cast", ["sum"], ["flat"], to=TensorProto.INT64),
        ]
        for node in reversed(nodes):
            model.graph.node.insert(0, node)

    return change


def divided_by_zero(model: onnx.ModelProto) -> None:
    """Give boxes that are infinite, of finite weights."""
    model.graph.node[3].input[0] = "far"
    model.graph.node.insert(3, helper.make_node("Div", ["boxes", "zero"], ["far"]))


def constant_of(count: int) -> Change:
    """Return a change that asks for so many numbers at once."""

    def change(model: onnx.ModelProto) -> None:
        model.graph.initializer.append(numpy_helper.from_array(np.array([count]), "count"))
        model.graph.node[3].output[0] = "small"
        model.graph.node.extend(
            [
                helper.make_node("ConstantOfShape", ["count"], ["many"]),
                helper.make_node("ReduceMax", ["many"], ["most"], keepdims=0),
                helper.make_node("Add", ["small", "most"], ["output0"]),
            ]
        )

    return change


def a_circle(model: onnx.ModelProto) -> None:
    """Let a node need what it gives."""
    model.graph.node[1].input[0] = "scores"


def an_end_missing(model: onnx.ModelProto) -> None:
    """Let a node need what nobody gives."""
    model.graph.node[1].input[0] = "nowhere"


def a_name_twice(model: onnx.ModelProto) -> None:
    """Give one name to two results."""
    model.graph.node[1].output[0] = "cells"


def two_inputs(model: onnx.ModelProto) -> None:
    """Ask for a second input."""
    more = helper.make_tensor_value_info("more", TensorProto.FLOAT, [1])
    model.graph.input.append(more)


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


def archive(inside: bytes) -> bytes:
    """Return a ZIP file, as the training framework's weights are."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as written:
        written.writestr("data.pkl", inside)
    return stream.getvalue()


def bad_models() -> dict[str, BadModel]:
    """Make the corpus."""
    none = "expected an ONNX model"
    swapped = json.dumps(["fire", "smoke", "person_down"])
    return {
        "empty": BadModel(b"", none),
        "zeros": BadModel(bytes(5000), none),
        "text": BadModel(b"no model at all\n" * 100, none),
        "a picture": BadModel(png(toy_picture([])), none),
        "a bomb in an archive": BadModel(archive(bytes(100_000_000)), none),
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


@dataclass(frozen=True)
class Outcome:
    """How a file ended: an error's class, or ``found``; what was said."""

    how: str
    said: str


def outcomes_of(files: dict[str, bytes], folder: Path) -> dict[str, Outcome]:
    """Open each file in a fresh process and put one picture through it.

    Raises:
        AssertionError: the process crashed or took too long; the message names the file.
    """
    (folder / "picture.png").write_bytes(png(toy_picture([(0, 3), (2, 9)])))
    for number, payload in enumerate(files.values()):
        (folder / f"{number:04}.onnx").write_bytes(payload)
    try:
        done = subprocess.run(
            [sys.executable, "-c", CHILD, str(folder)],
            cwd=CHECKOUT,
            env=os.environ | {"PYTHONPATH": str(CHECKOUT)},
            capture_output=True,
            text=True,
            timeout=LIMIT_S,
            check=False,
        )
        lines, code = (
            done.stdout.splitlines(),
            f"ended with {done.returncode}: {done.stderr[-500:]}",
        )
    except subprocess.TimeoutExpired as problem:
        lines, code = (problem.stdout or b"").decode().splitlines(), "took too long"
    names = list(files)
    assert len(lines) == 2 * len(names), f"{names[(len(lines) - 1) // 2]!r}: the process {code}"
    return {
        names[int(stem)]: Outcome(*json.loads(ended))
        for stem, ended in zip(lines[::2], lines[1::2], strict=True)
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


PICTURE = drawn(160, 120)
JPEG, PNG = saved(PICTURE), saved(PICTURE, "PNG")
PROGRESSIVE = jpeg_of_kind("progressive")
BODY, END = PNG[:-12], PNG[-12:]
ROW = b"\x00" + bytes(range(192))
HEADER = png_of(64, 64, b"")[:33]
PACKED = zlib.compress(ROW * 64)


def bad_pictures() -> Iterator[tuple[str, bytes]]:
    """Make the corpus."""
    yield "empty", b""
    yield "zeros", bytes(5000)
    yield "text", b"no picture at all"
    yield "SVG", b"<svg xmlns='http://www.w3.org/2000/svg'/>"
    yield "an archive", archive(b"x" * 1000)
    yield "an archive before the picture", archive(b"x") + JPEG
    for kind in ("GIF", "BMP", "TIFF", "WEBP"):
        yield kind, saved(PICTURE, kind)
    for kind, payload in (("JPEG", JPEG), ("progressive", PROGRESSIVE), ("PNG", PNG)):
        for share in (1, 5, 20, 50, 80, 95, 99):
            yield f"{kind} cut at {share} %", payload[: len(payload) * share // 100]
        yield f"{kind} without its last byte", payload[:-1]
    yield "start and end only", b"\xff\xd8\xff\xd9"
    for size in ((65_535, 65_535), (60_000, 60_000), (7072, 7072)):
        yield f"JPEG claims {size}", with_jpeg_size(JPEG, *size)
    for size in ((0, 120), (160, 0), (0, 0)):
        yield f"JPEG claims {size}", with_jpeg_size(JPEG, *size)
    for frame in (0xC3, 0xC5, 0xCA):
        yield f"JPEG frame {frame:#x}", with_jpeg_size(JPEG, 160, 120, frame)
    for size in ((60_000, 60_000), (2**31 - 1, 2**31 - 1), (2**32 - 1, 2**32 - 1), (7072, 7072)):
        yield f"PNG claims {size}", png_of(*size, b"")
    for size in ((0, 64), (64, 0), (0, 0)):
        yield f"PNG claims {size}", png_of(*size, b"")
    yield "PNG claims more than there is", png_of(7000, 7000, ROW * 64)
    yield "no pixels", png_of(64, 64, b"")
    yield "rows missing", png_of(64, 64, ROW * 60)
    yield "interlaced in name only", png_of(64, 64, ROW * 64, colour=7)
    yield "a depth that there is not", png_of(64, 64, ROW * 64, bits=5)
    yield "PNG cut, end on", BODY[: len(BODY) * 3 // 4] + END
    yield "a part's checksum wrong", BODY[:-1] + bytes([BODY[-1] ^ 1]) + END
    yield "the pixels' checksum cut", HEADER + chunk(b"IDAT", PACKED[:-4]) + END
    yield "the pixels are no stream", HEADER + chunk(b"IDAT", b"garbage") + END
    yield "two headers", png_with(PNG, HEADER[8:])
    yield "no header", PNG[:8] + PNG[33:]


BAD_PICTURES = dict(bad_pictures())


def test_no_name_is_given_twice() -> None:
    """Each bad picture is tried."""
    assert len(BAD_PICTURES) == len(list(bad_pictures()))


@pytest.mark.parametrize("name", BAD_PICTURES)
def test_a_bad_picture_is_a_named_error(name: str, tmp_path: Path) -> None:
    """What is cut, spoilt, forged or something else is never a frame; the message names the file."""
    path = tmp_path / "camera-7.jpg"
    path.write_bytes(BAD_PICTURES[name])
    started = time.monotonic()
    with pytest.raises(ArtifactError, match=r"camera-7\.jpg: expected a JPEG or PNG, found bytes"):
        read_picture(path)
    with pytest.raises(ArtifactError, match="frame 7: expected a JPEG or PNG, found bytes"):
        decode_picture(BAD_PICTURES[name], what="frame 7")
    assert time.monotonic() - started < 10


@pytest.mark.parametrize("kind", ["JPEG", "progressive", "PNG"])
def test_altered_bytes_are_a_frame_or_a_named_error(kind: str) -> None:
    """Whatever a disk or a wire made of a picture, what comes out is a whole frame, or an error with its name."""
    payload = {"JPEG": JPEG, "progressive": PROGRESSIVE, "PNG": PNG}[kind]
    chance = random.Random(kind)
    frames = 0
    for _ in range(150):
        altered = bytearray(payload)
        for _ in range(chance.choice([1, 2, 8])):
            at = chance.randrange(chance.choice([40, 700, len(payload)]))
            altered[at] = chance.choice([0, 1, 0x7F, 0x80, 0xFF, chance.randrange(256)])
        with contextlib.suppress(ArtifactError):
            frame = decode_picture(bytes(altered), what="frame 7")
            assert (frame.ndim, frame.shape[2], frame.dtype) == (3, 3, np.uint8)
            assert frame.size
            frames += 1
    assert frames < 150


PLAIN = np.asarray(PICTURE)[:, :, ::-1]


AROUND_A_PNG = {
    "a byte after": PNG + b"\x00",
    "an archive after": PNG + archive(b"x" * 100),
    "half a picture after": PNG + PNG[:500],
    "a bomb of text": png_with(
        PNG, chunk(b"zTXt", b"a\0\0" + zlib.compress(bytes(100_000_000), 9))
    ),
    "EXIF of zeros": png_with(PNG, chunk(b"eXIf", b"MM\0*" + bytes(2_000_000))),
    "empty parts": png_with(PNG, chunk(b"teSt", b"") * 20_000),
    "an end within text": png_with(PNG, chunk(b"tEXt", b"a\0" + END)),
}
AROUND_A_JPEG = {
    "a byte after": JPEG + b"\x00",
    "an archive after": JPEG + archive(b"x" * 100),
    "half a picture after": JPEG + JPEG[:500],
    "the end twice": JPEG + JPEG_END,
    "a thumbnail": with_segment(JPEG, 0xE1, b"Exif\x00\x00" + saved(drawn(32, 24))),
    "EXIF of noise": with_segment(JPEG, 0xE1, b"Exif\x00\x00MM" + bytes(range(99))),
    "an archive within": with_segment(JPEG, 0xFE, archive(b"x" * 100)),
    "fill bytes": JPEG[:-2] + b"\xff" * 10_000 + JPEG_END,
}


@pytest.mark.parametrize("name", AROUND_A_PNG)
def test_what_lies_around_a_png_changes_nothing(name: str) -> None:
    """Bytes behind the end, bombs in texts and parts that mean nothing: the pixels are the picture's."""
    started = time.monotonic()
    assert np.array_equal(decode_picture(AROUND_A_PNG[name], what="x"), PLAIN)
    assert time.monotonic() - started < 10


@pytest.mark.parametrize("name", AROUND_A_JPEG)
def test_what_lies_around_a_jpeg_changes_nothing(name: str) -> None:
    """Thumbnails, comments, fill bytes and what cameras add behind the end: the pixels are the picture's."""
    found = decode_picture(AROUND_A_JPEG[name], what="x")
    assert np.array_equal(found, decode_picture(JPEG, what="x"))


def formed(mode: str, size_px: tuple[int, int]) -> Image.Image:
    """Return a drawn picture in another form."""
    picture = drawn(*size_px)
    if mode == "I;16":
        return Image.fromarray(np.asarray(picture.convert("L")).astype(np.uint16) * 257)
    return picture.convert(mode)


@pytest.mark.parametrize(
    ("kind", "mode"),
    [
        *(("PNG", mode) for mode in ("RGB", "L", "LA", "RGBA", "P", "1", "I;16")),
        *(("JPEG", mode) for mode in ("RGB", "L", "CMYK", "1")),
    ],
)
@pytest.mark.parametrize("size_px", [(1, 1), (1, 300), (300, 1), (17, 31)])
def test_every_form_goes_through_a_detector(kind: str, mode: str, size_px: tuple[int, int]) -> None:
    """Whatever a camera's form and size, decoding gives what the detector takes."""
    picture = formed(mode, size_px)
    frame = decode_picture(saved(picture, kind), what="x")
    assert (frame.shape, frame.dtype) == ((size_px[1], size_px[0], 3), np.uint8)
    if kind == "PNG":
        shown = formed("L", size_px) if mode in ("LA", "I;16") else picture
        assert np.array_equal(frame, np.asarray(shown.convert("RGB"))[:, :, ::-1])
    Detector(strong_model(), what="m").detect(frame)
