"""Every record is frozen, refuses what it does not know, and survives its canonical JSON."""

import importlib
import json
import pkgutil
from collections.abc import Callable
from enum import EnumMeta
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError
from support.signed_waivers import waiver
from support.toy_measurements import toy_profile

from safety_tasks import records
from safety_tasks.digests import sha256_bytes
from safety_tasks.errors import ReleaseError, SafetyTasksError
from safety_tasks.records.base import Artifact, Record
from safety_tasks.records.gate import CheckResult, GateReport, Verdict
from safety_tasks.records.gate_history import HistoryEntry
from safety_tasks.records.gate_policy import GateProfile
from safety_tasks.records.picture import Box
from safety_tasks.records.release import Detection
from safety_tasks.records.waiver import Waiver, WaiverTerms

LEAVES = ("a" * 64, "a" * 16, "a" * 128, "text", "auto", 64, 1, 0.5, 0.05, False)


def terms(kind: type[Record]) -> Record:
    """Return what a waiver says, with or without its id."""
    fields = waiver().to_dict()
    return kind.model_validate({name: fields[name] for name in kind.model_fields})


# Records whose fields must fit each other.
RULED: dict[type[Record], Callable[[], Record]] = {
    GateProfile: lambda: toy_profile(("smoke",)),
    Waiver: lambda: terms(Waiver),
    WaiverTerms: lambda: terms(WaiverTerms),
    HistoryEntry: lambda: HistoryEntry(
        seq=2,
        previous_sha256="a" * 64,
        at="2026-01-01T00:00:00+00:00",
        kind="verdict",
        run_id="r1",
        verdict=Verdict.PASS,
        profile="plant",
        model_sha256="a" * 64,
        report=Artifact(key="k", sha256="a" * 64, size_bytes=1),
        note="note",
    ),
}


def every_record() -> list[type[Record]]:
    """Return the record classes of every module of the package."""
    for module in pkgutil.iter_modules(records.__path__):
        importlib.import_module(f"{records.__name__}.{module.name}")
    found, todo = set[type[Record]](), [Record]
    while todo:
        for cls in todo.pop().__subclasses__():
            if cls.__module__.startswith(records.__name__):
                cls.model_rebuild(force=True)
                found.add(cls)
                todo.append(cls)
    return sorted(found, key=lambda cls: cls.__name__)


def example(kind: Any) -> Any:
    """Return a value of a type: a record with every field filled, a full container, or a fitting leaf."""
    plain = get_args(kind)[0] if get_origin(kind) is Annotated else kind
    origin, inner = get_origin(plain), get_args(plain)
    if plain in RULED:
        return RULED[plain]()
    if isinstance(plain, type) and issubclass(plain, Record):
        fields = plain.model_fields.items()
        return plain(**{name: example(field.rebuild_annotation()) for name, field in fields})
    if isinstance(plain, EnumMeta):
        return next(iter(plain))
    if origin is Literal:
        return inner[0]
    if origin in (Union, UnionType):
        return example(next(arm for arm in inner if arm is not NoneType))
    if origin is tuple:
        return tuple(example(item) for item in inner if item is not Ellipsis)
    if origin is dict:
        return {example(inner[0]): example(inner[1])}
    return next(leaf for leaf in LEAVES if fits(kind, leaf))


def fits(kind: Any, leaf: object) -> bool:
    """Tell whether a type takes a value as it is."""
    try:
        TypeAdapter(kind).validate_python(leaf, strict=True)
    except ValidationError:
        return False
    return True


EACH = pytest.mark.parametrize("cls", every_record(), ids=lambda cls: cls.__name__)


def test_there_are_records() -> None:
    """The package is walked: records of every module are found."""
    assert len(every_record()) > 25
    assert len({cls.__module__ for cls in every_record()}) >= 5


@EACH
def test_a_record_survives_its_json(cls: type[Record]) -> None:
    """Written and parsed again a record is equal, and its bytes and digest are the same."""
    record = example(cls)
    payload = record.to_json_bytes()
    again = cls.from_json_bytes(payload, what="it")
    assert again == record
    assert again.to_json_bytes() == payload
    assert record.digest() == sha256_bytes(payload)
    assert cls.model_validate(json.loads(json.dumps(record.to_dict()))) == record


@EACH
def test_a_record_is_frozen(cls: type[Record]) -> None:
    """No field of a record can be set."""
    record = example(cls)
    for name in cls.model_fields:
        with pytest.raises(ValidationError, match="frozen"):
            setattr(record, name, getattr(record, name))


@EACH
def test_an_unknown_field_is_refused(cls: type[Record]) -> None:
    """A document with a field more is not this record, and the field is named."""
    document = example(cls).to_dict() | {"surprise": 1}
    with pytest.raises(ReleaseError, match="problem at surprise"):
        cls.from_json_bytes(json.dumps(document).encode(), what="it", error=ReleaseError)


@EACH
def test_a_missing_field_is_refused(cls: type[Record]) -> None:
    """A document without a required field is not this record, and the field is named."""
    for name, field in cls.model_fields.items():
        document = example(cls).to_dict()
        del document[name]
        if field.is_required():
            with pytest.raises(SafetyTasksError, match=f"expected a {cls.__name__}.* {name}:"):
                cls.from_json_bytes(json.dumps(document).encode(), what="it")


@EACH
def test_every_field_is_declared_plainly(cls: type[Record]) -> None:
    """A record says what it is, and is not a pair of mutable containers: sequences are tuples."""
    assert cls.__doc__
    for field in cls.model_fields.values():
        assert get_origin(field.annotation) not in (list, set)


@pytest.mark.parametrize(
    "payload", [b"", b"null", b"[]", b'"text"', b"{", b"\xff", b"\x80\x04K\x01.", b"NaN"]
)
def test_what_is_no_document_is_refused(payload: bytes) -> None:
    """Nothing, other JSON, cut JSON and bytes that are no text are one error with what was read."""
    with pytest.raises(ReleaseError, match="release 7: expected a Artifact"):
        Artifact.from_json_bytes(payload, what="release 7", error=ReleaseError)


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", "1e999"])
def test_numbers_that_are_none_are_refused(number: str) -> None:
    """No record holds NaN or an infinity, however it is written."""
    text = f'{{"class_id":0,"score":0.5,"box_xyxy":[0,1,{number},2]}}'
    with pytest.raises(SafetyTasksError, match=r"problem at box_xyxy\.2"):
        Detection.from_json_bytes(text.encode(), what="detection")


@pytest.mark.parametrize(
    ("sha256", "good"),
    [
        ("", False),
        ("a" * 63, False),
        ("a" * 65, False),
        ("A" * 64, False),
        ("g" * 64, False),
        ("a" * 64 + "\n", False),
        ("a" * 64, True),
    ],
)
def test_digests_have_one_form(sha256: str, good: bool) -> None:
    """A digest is 64 lower-case hex digits and nothing else, not even a line end."""
    if good:
        assert Artifact(key="k", sha256=sha256, size_bytes=0).sha256 == sha256
        return
    with pytest.raises(ValidationError):
        Artifact(key="k", sha256=sha256, size_bytes=0)


SIDE = st.floats(0, 1, exclude_min=True)


@given(st.integers(0, 99), st.floats(0, 1), st.floats(0, 1), SIDE, SIDE)
def test_a_label_line_is_close_to_its_box(
    class_id: int, x: float, y: float, width: float, height: float
) -> None:
    """The written line has five fields within a millionth of the box."""
    box = Box(class_id=class_id, x_center=x, y_center=y, width=width, height=height)
    fields = box.to_line().split(" ")
    assert int(fields[0]) == class_id
    assert [float(field) for field in fields[1:]] == pytest.approx([x, y, width, height], abs=1e-6)


@pytest.mark.parametrize(
    ("verdicts", "expected"),
    [
        ((Verdict.PASS,), ()),
        ((Verdict.INCONCLUSIVE, Verdict.PASS, Verdict.FAIL), ("check.2: why 2", "check.0: why 0")),
        ((Verdict.FAIL, Verdict.FAIL), ("check.0: why 0", "check.1: why 1")),
    ],
)
def test_a_gate_report_gives_the_worst_reasons_first(
    verdicts: tuple[Verdict, ...], expected: tuple[str, ...]
) -> None:
    """Reasons of failed checks come before those of undecided ones; passed checks give none."""
    plain = example(CheckResult).model_copy(update={"waived_by": ""})
    checks = tuple(
        plain.model_copy(update={"name": f"check.{n}", "verdict": verdict, "reason": f"why {n}"})
        for n, verdict in enumerate(verdicts)
    )
    report = example(GateReport).model_copy(update={"checks": checks})
    assert report.reasons == expected
