"""A policy names every check, asks for something, and takes no check that guards people out quietly."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.made_evidence import GONE, Changes, made_profile

from safety_tasks.errors import ConfigError
from safety_tasks.profiles import list_profiles, load_profile
from safety_tasks.records.gate_policy import (
    ALWAYS_REQUIRED,
    KINDS,
    SAFETY,
    CheckKind,
    GateProfile,
    Mode,
)

OPTIONAL = [kind for kind in KINDS if kind not in ALWAYS_REQUIRED]
BUDGET = {"latency_p95_ms": 60.0, "sustained_fps": 10.0, "load_ms": 900.0, "peak_rss_mib": 512.0}


def toml(value: Any) -> str:
    """Return a plain value as TOML."""
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{json.dumps(k)} = {toml(v)}" for k, v in value.items()) + " }"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(toml, value)) + "]"
    return repr(value) if isinstance(value, float) else json.dumps(value)


def values() -> dict[str, Any]:
    """Return the fields of a whole profile, as ``gate.toml`` has them."""
    own = made_profile().to_dict()
    return {key: own[key] for key in own if key not in ("name", "policy_version")}


def loaded(folder: Path, profile: dict[str, Any], version: Any = 3) -> GateProfile:
    """Write a policy with one profile and load it."""
    lines = [f"policy_version = {toml(version)}", "[plant]"]
    lines += [f"{key} = {toml(value)}" for key, value in profile.items()]
    (folder / "gate.toml").write_text("\n".join(lines))
    return load_profile("plant", folder)


def put(profile: dict[str, Any], path: str, new: Any) -> dict[str, Any]:
    """Return a profile with another value, or none, at a path."""
    head, _, rest = path.partition("__")
    if rest:
        return profile | {head: put(profile[head], rest, new)}
    return {k: v for k, v in profile.items() if k != head} | ({} if new is GONE else {head: new})


def test_a_whole_policy_loads(tmp_path: Path) -> None:
    """What is written is what is judged by."""
    profile = loaded(tmp_path, values())
    assert profile == made_profile()
    assert (profile.name, profile.policy_version) == ("plant", 3)


@pytest.mark.parametrize(
    ("path", "new", "named"),
    [
        ("ap50_floor", 0.5, "ap50_floor"),
        ("checks__ap_50", "required", "checks.ap_50"),
        ("int8_budget__min_f1", 0.9, "int8_budget.min_f1"),
        ("hardware__default__fps", 5.0, "hardware.default.fps"),
        ("checks", {}, "holdout, support, ap50"),
        ("checks__latency", GONE, "found none for latency"),
        ("checks__recall", GONE, "found none for recall"),
        ("checks__latency", "optional", "checks.latency"),
        ("checks__latency", True, "checks.latency"),
        ("checks__latency", "reported_dangerously", "latency"),
        ("hardware", {}, "hardware.default"),
        ("hardware", {"x86-vnni": BUDGET}, "hardware.default"),
        ("hardware__default__load_ms", 0.0, "hardware.default.load_ms"),
        ("hardware__default__load_ms", GONE, "hardware.default.load_ms"),
        ("hardware__default__latency_p95_ms", float("nan"), "hardware.default.latency_p95_ms"),
        ("hardware__default__sustained_fps", float("inf"), "hardware.default.sustained_fps"),
        ("ap50_floors", {}, "ap50_floors"),
        ("ap50_95_floors", {}, "ap50_95_floors"),
        ("recall_floors", {}, "recall_floors"),
        ("non_inferiority_margins", {}, "non_inferiority_margins"),
        ("ap50_floors__fire", 0.0, "ap50_floors.fire"),
        ("ap50_95_floors__fire", 0.0, "ap50_95_floors.fire"),
        ("recall_floors__fire", 0.0, "recall_floors.fire"),
        ("recall_floors__fire", -0.5, "recall_floors.fire"),
        ("recall_floors__fire", 1.01, "recall_floors.fire"),
        ("recall_floors__fire", float("nan"), "recall_floors.fire"),
        ("ap50_floors__fire", float("inf"), "ap50_floors.fire"),
        ("event_recall_floor", 0.0, "event_recall_floor"),
        ("floors_on", "mean", "floors_on"),
        ("non_inferiority_margins__fire", 0.0, "non_inferiority_margins.fire"),
        ("non_inferiority_margins__fire", 1.0, "non_inferiority_margins.fire"),
        ("slice_margin", 0.0, "slice_margin"),
        ("slice_margin", 1.0, "slice_margin"),
        ("max_threshold_f1_loss", 1.0, "max_threshold_f1_loss"),
        ("max_false_alarms_per_1000", 1000.0, "max_false_alarms_per_1000"),
        ("max_false_alarms_per_1000", -1.0, "max_false_alarms_per_1000"),
        ("max_missed_incidents", -1, "max_missed_incidents"),
        ("min_slice_boxes", 0, "min_slice_boxes"),
        ("min_slice_scenes", 1, "min_slice_scenes"),
        ("min_support_pictures", 0, "min_support_pictures"),
        ("min_support_boxes", 0, "min_support_boxes"),
        ("min_support_scenes", 0, "min_support_scenes"),
        ("min_comparison_scenes", 1, "min_comparison_scenes"),
        ("min_holdout_pictures", 0, "min_holdout_pictures"),
        ("min_background_pictures", 0, "min_background_pictures"),
        ("max_model_mib", 0.0, "max_model_mib"),
        ("int8_budget__min_agreement_f1", 0.0, "int8_budget.min_agreement_f1"),
        ("ap50_floors", GONE, "ap50_floors"),
        ("max_model_mib", GONE, "max_model_mib"),
        ("min_holdout_pictures", 0.5, "min_holdout_pictures"),
    ],
)
def test_a_policy_that_asks_for_nothing_is_refused(
    tmp_path: Path, path: str, new: Any, named: str
) -> None:
    """An unknown key, a floor of zero, a check that nobody named or a limit that all keep: each is refused by name."""
    with pytest.raises(ConfigError) as refused:
        loaded(tmp_path, put(values(), path, new))
    assert named in str(refused.value)
    assert str(tmp_path / "gate.toml [plant]") in str(refused.value)


@pytest.mark.parametrize("kind", OPTIONAL)
def test_each_check_must_be_named(tmp_path: Path, kind: CheckKind) -> None:
    """Leaving any check out is refused, and the message says which."""
    with pytest.raises(ConfigError, match=f"found none for {kind}"):
        loaded(tmp_path, put(values(), f"checks__{kind}", GONE))


@pytest.mark.parametrize("kind", ALWAYS_REQUIRED)
@pytest.mark.parametrize("mode", ["reported", "reported_dangerously"])
def test_what_no_policy_can_take_out(tmp_path: Path, kind: CheckKind, mode: Mode) -> None:
    """Four checks count whatever the policy says; it may name them as required, which changes nothing."""
    with pytest.raises(ConfigError, match=f"expected {kind} to be required, which nothing"):
        loaded(tmp_path, put(values(), f"checks__{kind}", mode))
    named = loaded(tmp_path, put(values(), f"checks__{kind}", "required"))
    assert named.mode_of(kind) == made_profile().mode_of(kind) == "required"


@pytest.mark.parametrize("kind", OPTIONAL)
def test_what_guards_people_is_not_taken_out_quietly(tmp_path: Path, kind: CheckKind) -> None:
    """Only the alarming word takes such a check out, and every card shows it; another check needs no such word."""
    right: Mode = "reported_dangerously" if kind in SAFETY else "reported"
    wrong: Mode = "reported" if kind in SAFETY else "reported_dangerously"
    with pytest.raises(ConfigError, match=f"expected {kind} to be required") as refused:
        loaded(tmp_path, put(values(), f"checks__{kind}", wrong))
    assert ("writes reported_dangerously" in str(refused.value)) is (kind in SAFETY)
    profile = loaded(tmp_path, put(values(), f"checks__{kind}", right))
    assert profile.mode_of(kind) == right
    assert profile.bypasses == ((kind,) if kind in SAFETY else ())


def test_every_quiet_removal_is_named(tmp_path: Path) -> None:
    """A policy that only reports everything is refused with all the checks that guard people."""
    checks = dict.fromkeys(OPTIONAL, "reported")
    with pytest.raises(ConfigError, match=f"expected {', '.join(SAFETY)} to be required"):
        loaded(tmp_path, values() | {"checks": checks})


def test_a_policy_that_requires_nothing_is_refused(tmp_path: Path) -> None:
    """With every check taken out, however loudly, nothing would be judged."""
    checks = {k: "reported_dangerously" if k in SAFETY else "reported" for k in OPTIONAL}
    with pytest.raises(ConfigError, match="at least one required check"):
        loaded(tmp_path, values() | {"checks": checks})
    one = loaded(tmp_path, values() | {"checks": checks | {"size": "required"}})
    assert one.bypasses == SAFETY


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("", "policy_version"),
        ("policy_version = 1\n", "0 profiles"),
        ('policy_version = "1"\n[plant]\n', "'1'"),
        ("[plant]\n", "None"),
        ("policy_version = 1\nfloors_on = 'interval'\n[plant]\n", "found floors_on"),
        ("policy_version = 1\n[plant]\n", "ap50_floors"),
        ("policy_version = 1\n[other]\n", "a profile of other, found 'plant'"),
        ("policy_version = 0\n[plant]\n", "policy_version"),
    ],
)
def test_an_empty_policy_is_refused(tmp_path: Path, text: str, named: str) -> None:
    """No version, no profile, or a profile of nothing judges nothing."""
    (tmp_path / "gate.toml").write_text(text)
    with pytest.raises(ConfigError) as refused:
        load_profile("plant", tmp_path)
    assert named in str(refused.value)


@pytest.mark.parametrize("version", [0, -1, 1.5, "3"])
def test_a_policy_has_a_version(tmp_path: Path, version: Any) -> None:
    """It is a whole number from 1 on, which every report carries."""
    with pytest.raises(ConfigError, match="policy_version"):
        loaded(tmp_path, values(), version)


@pytest.mark.parametrize("name", list_profiles())
def test_the_shipped_policies(name: str) -> None:
    """Each profile says how every check counts, and only those that warn take one out."""
    profile = load_profile(name)
    assert set(OPTIONAL) <= set(profile.checks)
    assert profile.bypasses == ()
    assert profile.warning or set(profile.checks.values()) == {"required"}


@pytest.mark.parametrize(
    ("hardware", "expected"), [("default", 60.0), ("x86-vnni", 40.0), ("arm-dot", 60.0), ("", 60.0)]
)
def test_a_class_of_hardware_falls_back_to_the_default(hardware: str, expected: float) -> None:
    """Its own budget counts where there is one."""
    both = {"default": BUDGET, "x86-vnni": BUDGET | {"latency_p95_ms": 40.0}}
    assert made_profile(hardware=both).budget_of(hardware).latency_p95_ms == expected


def test_the_digest_names_the_policy() -> None:
    """Whatever is changed, the digest that every report carries is another one."""
    changes: list[Changes] = [
        {},
        {"ap50_floors__fire": 0.61},
        {"checks__latency": "reported"},
        {"policy_version": 4},
        {"warning": "not for a plant"},
    ]
    assert len({made_profile(**each).digest() for each in changes}) == len(changes)


@settings(deadline=None)
@given(st.dictionaries(st.sampled_from(KINDS), st.sampled_from(["required", "reported"])))
def test_no_policy_takes_the_four_out(checks: dict[CheckKind, Mode]) -> None:
    """Whatever a policy says and is accepted with, these are required and no safety check is merely reported."""
    everything = dict.fromkeys(OPTIONAL, "required") | checks
    try:
        profile = made_profile(checks=everything)
    except ValueError:
        return
    assert {profile.mode_of(kind) for kind in ALWAYS_REQUIRED} == {"required"}
    assert {profile.mode_of(kind) for kind in SAFETY} == {"required"}
