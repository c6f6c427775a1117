"""Cases for the checks of what was compared and found: each outcome of each check once, but for the good candidate's.

Rule: a case is the changes of made evidence and of the made policy that lead to it.
"""

from collections.abc import Mapping
from typing import Any, Final

from support.evidence_values import support
from support.made_evidence import FIRST, GONE, Changes

Case = tuple[Changes, Changes]
_ESTIMATE: Final = {"floors_on": "estimate"}
_TOO_MANY: Final = {
    "false_alarms__per_1000": 115.0,
    "false_alarms__alarmed": 23,
    "false_alarms__interval": {"low": 101.2, "high": 162.4, "scenes": 28},
}
_UNLABELLED: Final = support(0, 0, 0)


def only(**changes: Any) -> Case:
    """Return a case that only the evidence makes."""
    return changes, {}


def _slice(number: int, difference: float | None, **changes: Any) -> dict[str, Any]:
    """Return the changes that let a part fall: 0-4 are of smoke, 5-9 of fire, 10-14 of person_down."""
    named = {"difference": difference} | changes
    return {f"slice_differences__{number}__{name}": value for name, value in named.items()}


def _fell(low: float, high: float, scenes: int = 26) -> dict[str, Any]:
    middle = (low + high) / 2
    interval = {"low": low, "high": high, "scenes": scenes}
    return {
        "differences__ap50.fire__difference": middle,
        "differences__ap50.fire__interval": interval,
    }


def _around(value: float) -> dict[str, Any]:
    return {"low": value - 0.06, "high": value + 0.05, "scenes": 26}


def _floor_cases(kind: str, bad: float, thin: float) -> dict[str, Case]:
    """Return cases of a score of fire with a floor; ``thin`` reaches it, though its interval does not."""
    low = {f"fire__{kind}": thin, f"fire__{kind}_interval": _around(thin)}
    return {
        "below": only(**{f"fire__{kind}": bad, f"fire__{kind}_interval": _around(bad)}),
        "below, not surely": only(
            **{f"fire__{kind}": thin - 0.01, f"fire__{kind}_interval": _around(thin - 0.01)}
        ),
        "below, judged by the estimate": (
            {f"fire__{kind}": thin - 0.01, f"fire__{kind}_interval": _around(thin - 0.01)},
            _ESTIMATE,
        ),
        "between": only(**low),
        "between, judged by the estimate": (low, _ESTIMATE),
        "no interval": only(**{f"fire__{kind}_interval": None}),
        "no interval, below": only(**{f"fire__{kind}_interval": None, f"fire__{kind}": bad}),
        "no interval, one scene": only(
            **{
                f"fire__{kind}_interval": None,
                f"fire__{kind}": bad,
                "fire__support": support(9, 12, 1),
            }
        ),
        "no interval, judged by the estimate": ({f"fire__{kind}_interval": None}, _ESTIMATE),
        "missing": only(**{f"fire__{kind}": None}),
        "missing, nothing labelled": only(**{f"fire__{kind}": None, "fire__support": _UNLABELLED}),
        "not scored": only(fire=GONE),
        "no floor": ({}, {f"{kind}_floors__fire": GONE}),
        "no floor, no value": ({f"fire__{kind}": None}, {f"{kind}_floors__fire": GONE}),
    }


_MISSED: Final = tuple(f"incident-{n}.jpg: fire" for n in range(1, 8))
HAZARD_CASES: Final[Mapping[str, Mapping[str, Case]]] = {
    "class_map": {
        "model": only(exported__classes_sha256="0" * 64),
        "measurements": only(candidate__classes_sha256="0" * 64),
        "scores lack a hazard": only(fire=GONE),
        "no scores": only(candidate__hazards={}),
        "all": only(
            exported__classes_sha256="0" * 64,
            candidate__classes_sha256="1" * 64,
            candidate__hazards={},
        ),
    },
    "champion": {
        "first release": only(**FIRST),
        "not measurable": only(champion__report=None, champion__problem="release 7 was deleted"),
        "not readable": only(**FIRST | {"champion__problem": "channels/stable.json is malformed"}),
        "another serves": only(serving_release_seq=8),
        "none serves": only(serving_release_seq=None),
        "measured beside none": only(**FIRST | {"serving_release_seq": 7}),
        "not measured": only(champion__report=None),
        "another holdout": only(champion__report__manifest_sha256="3" * 64),
    },
    "duplicate": {"released": only(released_as=3)},
    "holdout": {
        "few pictures": only(candidate__pictures=299),
        "few without a hazard": only(false_alarms__background_pictures=99),
        "not counted": only(false_alarms=None),
    },
    "support": {
        "few scenes": only(fire__support=support(150, 200, 3)),
        "few boxes": only(fire__support=support(150, 109, 26)),
        "few pictures": only(fire__support=support(99, 200, 26)),
        "not scored": only(fire=GONE),
    },
    "ap50": _floor_cases("ap50", 0.513, 0.6),
    "ap50_95": _floor_cases("ap50_95", 0.193, 0.25),
    "recall": _floor_cases("recall", 0.413, 0.5),
    "false_alarms": {
        "missing": only(false_alarms=None),
        "missing rate": only(false_alarms__per_1000=None),
        "nothing to count in": only(
            false_alarms__per_1000=None,
            false_alarms__background_pictures=0,
            false_alarms__interval=None,
        ),
        "too many": only(**_TOO_MANY),
        "too many, not surely": only(**_TOO_MANY | {"false_alarms__interval__low": 81.2}),
        "too many, no interval": only(**_TOO_MANY | {"false_alarms__interval": None}),
        "few pictures": only(false_alarms__background_pictures=99),
        "between": only(false_alarms__interval__high=100.1),
        "no interval": only(false_alarms__interval=None),
        "judged by the estimate": ({"false_alarms__interval__high": 100.1}, _ESTIMATE),
        "judged by the estimate, no interval": ({"false_alarms__interval": None}, _ESTIMATE),
        "judged by the estimate, too many": (_TOO_MANY, _ESTIMATE),
    },
    "events": {
        "missing": only(events__fire=GONE),
        "missed": only(
            events__fire__caught=10, events__fire__missed=[f"{n}.jpg" for n in range(15)]
        ),
        "missed, not surely": only(
            events__fire__caught=17, events__fire__missed=[f"{n}.jpg" for n in range(8)]
        ),
        "missed, judged by the estimate": (
            {"events__fire__caught": 17, "events__fire__missed": [f"{n}.jpg" for n in range(8)]},
            _ESTIMATE,
        ),
        "few": only(events__fire__events=4, events__fire__caught=4, events__fire__missed=()),
        "few, and missed": only(events__fire__events=4, events__fire__caught=2),
        "none": only(events__fire__events=0, events__fire__caught=0, events__fire__missed=()),
        "many, of few scenes": only(fire__support__scenes=4),
        "missed, of few scenes": only(fire__support__scenes=1, events__fire__caught=10),
    },
    "non_inferiority": {
        "first release": only(**FIRST),
        "no margin": ({}, {"non_inferiority_margins__fire": GONE}),
        "not measured": only(champion__report=None),
        "not measurable": only(champion__report=None, champion__problem="release 7 was deleted"),
        "missing": only(**{"differences__ap50.fire": GONE}),
        "no value": only(**{"differences__ap50.fire__difference": None}),
        "no value, nothing labelled": only(
            **{"differences__ap50.fire__difference": None, "fire__support": _UNLABELLED}
        ),
        "no value, not scored": only(**{"differences__ap50.fire__difference": None, "fire": GONE}),
        "fell": only(**_fell(-0.112, -0.058)),
        "may have fallen": only(**_fell(-0.061, 0.009)),
        "no noise floor": only(noise=None),
        "no noise floor of it": only(noise__ap50__fire=None),
        "margin below the noise floor": only(noise__ap50__fire=0.051),
        "few scenes": only(**_fell(-0.01, 0.05, scenes=17)),
        "no interval": only(**{"differences__ap50.fire__interval": None}),
        "no interval, fell": only(
            **{
                "differences__ap50.fire__interval": None,
                "differences__ap50.fire__difference": -0.06,
            }
        ),
        "no interval, no support": only(
            **{"differences__ap50.fire__interval": None, "differences__ap50.fire__support": None}
        ),
    },
    "slices": {
        "first release": only(**FIRST),
        "first release, a needed part lacks": (FIRST, {"slices_needed": ("dawn", "day")}),
        "not compared": only(slice_differences=()),
        "one fell": only(**_slice(7, -0.21, interval__low=-0.3, interval__high=-0.16)),
        "four fell": only(
            **{
                key: value
                for n in (1, 4, 7, 11)
                for key, value in _slice(n, -0.2 - 0.01 * n, interval__high=-0.16).items()
            }
        ),
        "one may have fallen": only(**_slice(7, -0.21)),
        "one fell, another may have": only(
            **_slice(7, -0.21) | _slice(11, -0.2, interval__high=-0.16)
        ),
        "too little": only(
            **_slice(2, -0.4, support=support(20, 29, 6))
            | _slice(12, -0.4, support=support(32, 40, 4))
        ),
        "a needed part has too little": (
            {
                key: value
                for n in (2, 7, 12)
                for key, value in _slice(n, 0.0, support=support(9, 12, 3)).items()
            },
            {"slices_needed": ("night",)},
        ),
        "a needed part is not there": ({}, {"slices_needed": ("dawn", "night")}),
        "nothing covered": ({}, {"min_slice_boxes": 41}),
    },
    "incidents": {
        "missing": only(incidents=None),
        "none": only(incidents__total=0, incidents__without_hazard=0),
        "none labelled": only(incidents__total=0),
        "one missed": only(incidents__missed=_MISSED[:1]),
        "seven missed": only(incidents__total=9, incidents__missed=_MISSED),
        "one missed, which is allowed": (
            {"incidents__missed": _MISSED[:1]},
            {"max_missed_incidents": 1},
        ),
        "first release": only(**FIRST),
        "not measured beside": only(champion__report__incidents=None),
    },
    "thresholds": {
        "does not fit": only(fire__f1=0.7),
        "missing": only(fire__f1=None),
        "missing best": only(fire__best_f1=None),
        "missing, nothing labelled": only(fire__f1=None, fire__support=_UNLABELLED),
        "missing, in few scenes": only(fire__f1=None, fire__support__scenes=4),
        "does not fit, in few scenes": only(fire__f1=0.7, fire__support__scenes=4),
        "not scored": only(fire=GONE),
    },
}
