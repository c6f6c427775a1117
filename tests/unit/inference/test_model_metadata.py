"""What a model says of itself is read as it was written, and what is malformed is refused by name."""

import json

import onnx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from toy_models import CLASSES, toy_graph

from safety_tasks.class_map import class_map_digest
from safety_tasks.errors import ArtifactError, ClassMapError
from safety_tasks.inference.model_metadata import (
    META_CLASSES,
    META_CLASSES_SHA256,
    META_IMGSZ,
    META_LAYOUT,
    META_THRESHOLDS,
    META_VARIANT,
    read_metadata,
    with_metadata,
)

LEAST = {META_CLASSES: json.dumps(CLASSES), META_IMGSZ: "64"}
EACH = {"smoke": 0.5, "fire": 0.25, "person_down": 0.75}


def saying(**more: str) -> onnx.ModelProto:
    """Return a model with the least metadata, and more of it by the last word of each key."""
    entries = LEAST | {f"safety.{key}": value for key, value in more.items()}
    return toy_graph(metadata=entries)


def test_without_metadata_nobody_knows_what_a_model_says() -> None:
    """The refusal names what is missing and what is there instead."""
    with pytest.raises(ArtifactError, match=r"m: expected metadata .*, found \[\]\. Export"):
        read_metadata(toy_graph(metadata={}), what="m")
    other = {"author": "somebody", META_IMGSZ: "64"}
    with pytest.raises(ArtifactError, match=r"found \['author', 'safety\.imgsz_px'\]"):
        read_metadata(toy_graph(metadata=other), what="m")


def test_a_model_of_other_makers_has_names_and_a_size_alone() -> None:
    """It is a reference model without thresholds; nothing is made up for it."""
    facts = read_metadata(saying(), what="m")
    assert (facts.classes, facts.imgsz_px) == (CLASSES, 64)
    assert (facts.layout, facts.variant, facts.thresholds) == ("reference", "reference", None)
    assert facts.entries == LEAST


@pytest.mark.parametrize(
    ("key", "value"),
    [
        (META_CLASSES, ""),
        (META_CLASSES, "smoke"),
        (META_CLASSES, "null"),
        (META_CLASSES, '{"0": "smoke"}'),
        (META_CLASSES, "[" * 100_000),
        (META_IMGSZ, ""),
        (META_IMGSZ, "64.0"),
        (META_IMGSZ, "wide"),
        (META_IMGSZ, "9" * 5000),
    ],
)
def test_names_and_size_must_be_those(key: str, value: str) -> None:
    """What is no list of names or no whole number is refused, however it is wrong."""
    with pytest.raises(ArtifactError, match="m: expected metadata"):
        read_metadata(toy_graph(metadata=LEAST | {key: value}), what="m")


@pytest.mark.parametrize(
    "sha256", ["", "0" * 64, class_map_digest(("fire", "smoke", "person_down"))]
)
def test_a_digest_of_other_names_is_refused(sha256: str) -> None:
    """Names that were exchanged under their digest would swap hazards."""
    with pytest.raises(ClassMapError, match="m: expected the class map"):
        read_metadata(saying(classes_sha256=sha256), what="m")
    sound = saying(classes_sha256=class_map_digest(CLASSES))
    assert read_metadata(sound, what="m").classes == CLASSES


@pytest.mark.parametrize("layout", ["reference", "edge"])
def test_layouts(layout: str) -> None:
    """Both forms that a graph may have are read as they stand."""
    assert read_metadata(saying(layout=layout), what="m").layout == layout


@pytest.mark.parametrize("layout", ["", "Edge", "edge ", "edge-2", "x" * 10_000])
def test_an_unknown_layout_is_refused(layout: str) -> None:
    """A form of a newer version is not guessed at; a message stays short, whatever stood there."""
    with pytest.raises(ArtifactError, match=r"m: expected a layout .* in safety\.layout") as caught:
        read_metadata(saying(layout=layout), what="m")
    assert "update this device" in str(caught.value)
    assert len(str(caught.value)) < 300


@pytest.mark.parametrize("name", ["edge-fp32", "edge-int8-x86", "anything"])
def test_the_variant_is_named(name: str) -> None:
    """The name that stands there, whatever it is."""
    assert read_metadata(saying(variant=name), what="m").variant == name


@pytest.mark.parametrize(
    "thresholds",
    [
        EACH,
        dict(reversed(EACH.items())),
        dict.fromkeys(CLASSES, 0),
        dict.fromkeys(CLASSES, 1),
        dict.fromkeys(CLASSES, 0.0001),
    ],
)
def test_thresholds_are_by_hazard_in_the_order_of_classes(thresholds: dict[str, float]) -> None:
    """Each hazard has one, from 0 to 1, both included."""
    facts = read_metadata(saying(thresholds=json.dumps(thresholds)), what="m")
    assert facts.thresholds == thresholds
    assert list(facts.thresholds or {}) == list(CLASSES)


@pytest.mark.parametrize(
    "thresholds",
    [
        "",
        "{}",
        "null",
        "0.5",
        "[0.5, 0.5, 0.5]",
        "not json",
        "[" * 100_000,
        '{"smoke": 0.5, "fire": 0.5}',
        '{"smoke": 0.5, "fire": 0.5, "person_down": 0.5, "leak": 0.5}',
        '{"smoke": 0.5, "fire": 0.5, "Person_down": 0.5}',
        '{"smoke": 0.5, "fire": 0.5, "person_down": -0.0001}',
        '{"smoke": 0.5, "fire": 0.5, "person_down": 1.0001}',
        '{"smoke": NaN, "fire": 0.5, "person_down": 0.5}',
        '{"smoke": Infinity, "fire": 0.5, "person_down": 0.5}',
        '{"smoke": 0.5, "fire": -Infinity, "person_down": 0.5}',
        '{"smoke": 0.5, "fire": 1e999, "person_down": 0.5}',
        '{"smoke": 0.5, "fire": null, "person_down": 0.5}',
        '{"smoke": 0.5, "fire": "low", "person_down": 0.5}',
        '{"smoke": 0.5, "fire": [0.5], "person_down": 0.5}',
        '{"smoke": 0.5, "fire": {}, "person_down": 0.5}',
    ],
)
def test_malformed_thresholds_are_refused(thresholds: str) -> None:
    """Missing, of other hazards, out of range or no number: a device would go on with other thresholds than proved."""
    expected = r"m: expected a threshold of 0 to 1 for each of smoke, fire, person_down in"
    with pytest.raises(ArtifactError, match=expected) as caught:
        read_metadata(saying(thresholds=thresholds), what="m")
    assert len(str(caught.value)) < 500


NAMES = st.lists(
    st.text(st.characters(exclude_categories=["Cs"]), max_size=12), min_size=1, max_size=5, unique=True
)  # fmt: skip


@given(NAMES, st.integers(8, 4096), st.floats(0, 1), st.sampled_from(["reference", "edge"]))
def test_what_is_written_is_read(
    names: list[str], imgsz_px: int, threshold: float, layout: str
) -> None:
    """Any names in any script come back in their order, with size, layout, variant and thresholds."""
    thresholds = dict.fromkeys(reversed(names), threshold)
    more = {
        META_LAYOUT: layout,
        META_VARIANT: "edge-fp32",
        META_THRESHOLDS: json.dumps(thresholds),
    }
    payload = with_metadata(toy_graph(), names, imgsz_px, more)
    facts = read_metadata(onnx.load_model_from_string(payload), what="m")
    assert (facts.classes, facts.imgsz_px, facts.layout) == (tuple(names), imgsz_px, layout)
    assert (facts.variant, facts.thresholds) == ("edge-fp32", thresholds)
    assert facts.entries[META_CLASSES_SHA256] == class_map_digest(names)


def test_equal_input_gives_equal_bytes() -> None:
    """A file is a function of its input, so that its digest is one too; another entry is another file."""
    more = {META_THRESHOLDS: json.dumps(EACH)}
    files = [with_metadata(toy_graph(), CLASSES, 64, more) for _ in range(3)]
    assert files[0] == files[1] == files[2]
    assert with_metadata(toy_graph(), CLASSES, 64, {}) != files[0]


def test_what_other_makers_wrote_is_replaced() -> None:
    """Names, sizes and thresholds of other makers are gone: nothing contradicts ours."""
    theirs = {
        "names": "{0: 'cat'}",
        "imgsz": "[640, 640]",
        META_IMGSZ: "128",
        META_LAYOUT: "edge",
        META_THRESHOLDS: "{}",
    }
    graph = toy_graph(metadata=theirs)
    model = onnx.load_model_from_string(with_metadata(graph, CLASSES, 64, {META_VARIANT: "v"}))
    entries = {entry.key: entry.value for entry in model.metadata_props}
    assert entries == {
        META_CLASSES: json.dumps(list(CLASSES)),
        META_CLASSES_SHA256: class_map_digest(CLASSES),
        META_IMGSZ: "64",
        META_VARIANT: "v",
    }
    assert len(model.metadata_props) == len(entries)
    assert model.graph == toy_graph().graph


def test_our_own_entries_may_be_said_otherwise() -> None:
    """An entry that is given by its whole key wins over the one that is derived."""
    payload = with_metadata(toy_graph(), CLASSES, 64, {META_IMGSZ: "128"})
    assert read_metadata(onnx.load_model_from_string(payload), what="m").imgsz_px == 128


def test_the_graph_is_changed_in_place_and_stays_sound() -> None:
    """No copy of a large model is made; the file passes the format's checker and computes what it did."""
    graph = toy_graph(metadata={})
    payload = with_metadata(graph, CLASSES, 64, {})
    assert read_metadata(graph, what="m").classes == CLASSES
    onnx.checker.check_model(payload)
    assert graph.graph == toy_graph().graph
