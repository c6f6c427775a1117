"""Each candidate made bad on purpose is bad in one way, and says which check must refuse it."""

import pytest
from support.bad_candidates import cases, made
from support.made_material import Candidate, made_candidate, strict_profile
from support.scored import SIDE_PX, labelled, right

from safety_tasks.gate import known_bad
from safety_tasks.gate.bad_case import with_candidate
from safety_tasks.gate.known_bad import ACCURACY, labelled_hazards
from safety_tasks.records.gate_policy import CheckKind

BUDGET = {"latency_p95_ms": 1000.0, "sustained_fps": 1.0, "load_ms": 9e4, "peak_rss_mib": 2048.0}


@pytest.mark.parametrize(
    ("name", "kinds", "of", "traits"),
    [
        ("all-silent", ACCURACY, "", {"surely"}),
        ("all-alarm", ("false_alarms",), "", {"surely"}),
        ("class-swapped", ACCURACY, "", {"surely"}),
        ("shifted-boxes", ACCURACY, "", {"surely"}),
        ("blind-to-smoke", ACCURACY, "smoke", {"surely"}),
        ("blind-to-fire", ACCURACY, "fire", {"surely"}),
        ("blind-to-person-down", ACCURACY, "person_down", {"surely"}),
        ("int8-broken", ("int8",), "", {"surely", "variant"}),
        ("slow", ("latency",), "", {"surely", "optional"}),
        ("oversized", ("size",), "", {"surely", "optional"}),
        ("older-champion", ("champion",), "", {"surely"}),
        ("released-before", ("duplicate",), "", {"surely"}),
        ("without-ap50", ("ap50",), "", {"optional"}),
        ("without-ap50-95", ("ap50_95",), "", {"optional"}),
        ("without-recall", ("recall",), "", {"optional"}),
        ("without-f1", ("thresholds",), "", {"optional"}),
        ("without-hazards", ("class_map",), "", {"optional"}),
        ("without-false-alarms", ("false_alarms",), "", {"optional"}),
        ("without-events", ("events",), "", {"optional"}),
        ("without-incidents", ("incidents",), "", {"optional"}),
        ("without-pictures", ("holdout",), "", {"optional"}),
        ("without-support", ("support",), "", {"optional"}),
        ("without-sustained-fps", ("throughput",), "", {"optional"}),
        ("without-load-ms", ("load_time",), "", {"optional"}),
        ("without-peak-rss-bytes", ("memory",), "", {"optional"}),
        ("without-fingerprint", ("latency",), "", {"optional"}),
        ("without-noise", ("non_inferiority",), "", {"optional"}),
        ("without-differences", ("non_inferiority",), "", {"optional"}),
        ("without-slice-differences", ("slices",), "", {"optional"}),
        ("without-parity", ("parity",), "", {"optional"}),
        ("without-training", ("reproducibility",), "", {"optional"}),
        ("without-ap50-interval", ("ap50",), "", {"optional"}),
        ("without-ap50-95-interval", ("ap50_95",), "", {"optional"}),
        ("without-recall-interval", ("recall",), "", {"optional"}),
    ],
)
def test_who_must_refuse_it(
    good: Candidate, name: str, kinds: tuple[CheckKind, ...], of: str, traits: set[str]
) -> None:
    """A case names the checks that are there for it, and how sure they must be."""
    case = cases(good, floors_on="interval")[name]
    assert (case.kinds, case.of) == (kinds, of)
    assert {trait for trait in ("surely", "variant", "optional") if getattr(case, trait)} == traits


def test_the_checks_of_accuracy() -> None:
    """Any of them may refuse what finds too little."""
    assert ACCURACY == ("ap50", "ap50_95", "recall", "events")


@pytest.mark.parametrize(
    ("labels", "expected"),
    [
        (((),), ()),
        (((0,),), ("smoke",)),
        (((2,), (1,), ()), ("fire", "person_down")),
        (((0, 1, 2),), ("smoke", "fire", "person_down")),
    ],
)
def test_labelled_hazards(labels: tuple[tuple[int, ...], ...], expected: tuple[str, ...]) -> None:
    """A candidate is made blind to each hazard that the holdout labels, and to no other."""
    candidate = made_candidate(labels)
    assert labelled_hazards(candidate.evidence, candidate.material) == expected
    blind = {name for name in cases(candidate) if name.startswith("blind")}
    assert blind == {f"blind-to-{name.replace('_', '-')}" for name in expected}


def test_where_nothing_is_labelled_detections_are_left_alone() -> None:
    """Nothing can be made worse that is not scored; everything else is still taken away."""
    bare, full = cases(made_candidate(((),))), cases(made_candidate())
    gone = {name for name in full if name.startswith(("all-", "class-", "shifted-", "blind-"))}
    assert set(full) - set(bare) == gone
    assert len(gone) == 7


def test_two_hazards_are_enough_to_be_swapped() -> None:
    """Each is then called by the other's name."""
    evidence = made_candidate(((0,), ())).evidence.model_copy(update={"classes": ("smoke", "fire")})
    assert "class-swapped" in cases(Candidate(evidence, made_candidate(((0,), ())).material))


def test_where_there_is_one_hazard_none_can_be_swapped() -> None:
    """Every other way to be bad remains."""
    evidence = made_candidate(((0,), ())).evidence.model_copy(update={"classes": ("smoke",)})
    one = Candidate(evidence, made_candidate(((0,), ())).material)
    assert set(cases(made_candidate(((0,), ())))) - set(cases(one)) == {"class-swapped"}


def test_silent(good: Candidate) -> None:
    """It finds nothing, alarms at nothing, and falls behind the champion by all there is."""
    measured = made(good, "all-silent").measured
    for score in measured.candidate.hazards.values():
        assert (score.ap50, score.recall, score.f1) == (0.0, 0.0, 0.0)
    assert measured.candidate.false_alarms is not None
    assert measured.candidate.false_alarms.per_1000 == 0.0
    assert {event.caught for event in measured.candidate.events.values()} == {0}
    assert measured.differences["ap50.fire"].difference == -1.0
    assert {each.difference for each in measured.slice_differences} == {-1.0}


def test_alarms_everywhere(good: Candidate) -> None:
    """It alarms in every picture without a hazard, for each hazard, and finds what it found before."""
    report = made(good, "all-alarm").measured.candidate
    assert report.false_alarms is not None
    assert report.false_alarms.per_1000 == 1000.0
    assert report.false_alarms.hazards == {"smoke": 3, "fire": 3, "person_down": 3}
    assert {score.recall for score in report.hazards.values()} == {1.0}


def test_an_alarm_is_a_sliver_of_its_own_picture() -> None:
    """It is one pixel high at the lower edge, as wide as the picture, and matches no label."""
    incident = labelled(900, 1, scene="incident").model_copy(update={"width_px": 7, "height_px": 5})
    candidate = made_candidate(incidents=(incident,))
    report = made(candidate, "all-alarm").measured.candidate
    assert report.incidents is not None
    assert report.incidents.total == 1


def test_swapped(good: Candidate) -> None:
    """Each hazard is taken for the next one, the last for the first, and none is found where it is."""
    report = made(good, "class-swapped").measured.candidate
    assert {score.ap50 for score in report.hazards.values()} == {0.0}
    assert report.confusion is not None
    found = {
        (row, column)
        for row, counts in enumerate(report.confusion.counts)
        for column, count in enumerate(counts)
        if count
    }
    assert found == {(0, 1), (1, 2), (2, 0)}


def test_shifted(good: Candidate) -> None:
    """Every box lies a picture's width beside what it was on, where no label is, and is as many as before."""
    report = made(good, "shifted-boxes").measured.candidate
    assert {score.recall for score in report.hazards.values()} == {0.0}
    assert {score.precision for score in report.hazards.values()} == {0.0}


@pytest.mark.parametrize("hazard", ["smoke", "fire", "person_down"])
def test_blind(good: Candidate, hazard: str) -> None:
    """One hazard is not found at all, and the others as before."""
    report = made(good, f"blind-to-{hazard.replace('_', '-')}").measured.candidate
    recalls = {name: score.recall for name, score in report.hazards.items()}
    assert recalls == dict.fromkeys(recalls, 1.0) | {hazard: 0.0}


def test_broken_int8(good: Candidate) -> None:
    """One INT8 file, made of the reference, that surely misses its budget on val and on the holdout."""
    evidence = made(good, "int8-broken")
    (variant,), (timed,) = evidence.exported.variants, evidence.measured.variants
    assert (variant.precision, variant.offered, timed.offered) == ("int8", True, True)
    assert variant.model == evidence.exported.model
    assert (timed.name, timed.model_sha256) == (variant.name, variant.model.sha256)
    assert timed.latency == evidence.measured.candidate.latency
    assert evidence.choices == ()
    for split, cost in (("val", variant.budget), ("holdout", timed.budget)):
        assert cost is not None
        assert (cost.split, cost.within) == (split, False)
        assert cost.agreement_f1 < 0.9
        assert cost.budget == strict_profile().int8_budget
        assert cost.noise_ap50 == {"smoke": 0.0, "fire": 0.0, "person_down": 0.0}
    assert 0 < timed.parity.variant_detections < timed.parity.reference_detections


def test_broken_int8_of_what_has_no_noise_floor(good: Candidate) -> None:
    """Where no noise was measured, none is allowed for."""
    bare = Candidate(with_candidate(good.evidence, noise=None), good.material)
    cost = made(bare, "int8-broken").measured.variants[0].budget
    assert cost is not None
    assert cost.noise_ap50 == {"smoke": None, "fire": None, "person_down": None}


@pytest.mark.parametrize(
    ("scores", "kept"),
    [
        ([[0.9]], [[]]),
        ([[0.9], [0.9], [0.9]], [[], [0.9], []]),
        ([[0.9, 0.8, 0.7], [0.6]], [[0.8], [0.6]]),
        ([[0.9, 0.2], [0.8, 0.1]], [[0.2], [0.8, 0.1]]),
        ([[0.5, 0.4]], [[0.4]]),
        ([[], []], [[], []]),
    ],
)
def test_every_second_that_counts_is_missed(
    scores: list[list[float]], kept: list[list[float]]
) -> None:
    """Counted over all pictures, at or above the threshold; what lies below is left alone."""
    found = {str(n): tuple(right(0, each) for each in mine) for n, mine in enumerate(scores)}
    left = known_bad._every_second(found, [0.5])
    assert [[each.score for each in mine] for mine in left.values()] == kept


def test_oversized(good: Candidate) -> None:
    """Its file has ten times the size that the policy allows, and nothing else differs."""
    large = cases(good, max_model_mib=4.0)["oversized"].make()
    assert large.exported.model.size_bytes == 40 << 20
    model = good.evidence.exported.model
    exported = large.exported.model_copy(update={"model": model})
    assert large.model_copy(update={"exported": exported}) == good.evidence


def test_without_backgrounds_no_alarm_is_false() -> None:
    """Alarms everywhere are not made where every picture holds a hazard; the reason is said."""
    holdout = made_candidate(((0, 1, 2), (2, 0)))
    assert "no picture without a hazard" in cases(holdout)["all-alarm"].impossible
    others = [case.impossible for name, case in cases(holdout).items() if name != "all-alarm"]
    assert not any(others)
    assert not any(case.impossible for case in cases(made_candidate()).values())


@pytest.mark.parametrize(("own", "expected"), [({}, 10_000.0), ({"latency_p95_ms": 40.0}, 400.0)])
def test_slow(good: Candidate, own: dict[str, float], expected: float) -> None:
    """Its times are ten times the budget of its class of hardware; what else was measured of it stays."""
    budgets = {"default": BUDGET} | ({"x86-vnni": BUDGET | own} if own else {})
    slow = cases(good, hardware=budgets)["slow"].make()
    before, after = good.evidence.measured.candidate, slow.measured.candidate
    times = {"p50_ms": expected, "p95_ms": expected, "p99_ms": expected}
    assert after == before.model_copy(update={"latency": before.latency.model_copy(update=times)})


@pytest.mark.parametrize(("beside", "serving"), [(True, 8), (False, 1)])
def test_older_champion(beside: bool, serving: int) -> None:
    """Stable serves one release more than what it was measured beside."""
    candidate = made_candidate(**({} if beside else {"champion_finds": None}))
    assert made(candidate, "older-champion").serving_release_seq == serving


def test_released_before(good: Candidate) -> None:
    """Some release has this very model."""
    assert made(good, "released-before").released_as == 1


def test_a_bad_candidate_leaves_the_real_one_alone(good: Candidate) -> None:
    """Making all of them changes neither the evidence nor what it was scored from."""
    before, found = good.evidence.to_json_bytes(), dict(good.material.found)
    for case in cases(good).values():
        case.make()
    assert good.evidence.to_json_bytes() == before
    assert good.material.found == found
    assert right(0, 0.9).box_xyxy[2] < SIDE_PX
