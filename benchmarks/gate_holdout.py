"""One drawn holdout, and what the gate says of candidates on it.

Rules: evidence is made by the functions that a benchmark report is made with, and judged by the gate's own ``judge``;
what several candidates have in common is measured once. A part of the holdout gets an interval only where recall fell
by more than the policy's margin, since the check looks at no other.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Final

import numpy as np

from benchmarks.gate_models import Models, Variant
from benchmarks.gate_scenes import Drawn
from benchmarks.gate_tables import View, ap50_difference
from safety_tasks.records.dataset import Support
from safety_tasks.records.gate import GateEvidence
from safety_tasks.records.gate_policy import GateProfile
from safety_tasks.records.picture import Picture
from safety_tasks.records.scores import (
    Difference,
    EventScore,
    FalseAlarms,
    HazardScore,
    SliceDifference,
    SliceKind,
)
from safety_tasks.scoring.events import event_scores
from safety_tasks.scoring.false_alarms import false_alarms
from safety_tasks.scoring.intervals import scene_difference_interval, scene_numbers
from safety_tasks.scoring.match_table import Integers
from safety_tasks.scoring.slices import brightness, source
from safety_tasks.scoring.support import count_support
from safety_tasks.scoring.table_scores import table_recall

EVENT_PICTURES: Final = 5  # as config/pipeline.toml


@dataclass(eq=False)
class Holdout:
    """A drawn holdout of some models; ``val`` is the number of the val that thresholds were chosen on."""

    models: Models
    drawn: Drawn
    val: int
    blank: GateEvidence
    profile: GateProfile
    _views: dict[int, View] = field(default_factory=dict)
    _scores: dict[int, HazardScore] = field(default_factory=dict)
    _events: dict[int, EventScore] = field(default_factory=dict)
    _differences: dict[tuple[int, int], Difference] = field(default_factory=dict)
    _parts: dict[tuple[int, int], tuple[SliceDifference, ...]] = field(default_factory=dict)

    @property
    def classes(self) -> tuple[str, ...]:
        """The hazards."""
        return self.models.scenes.classes

    @cached_property
    def numbers(self) -> Integers:
        """Each picture's scene."""
        return scene_numbers(self.drawn.pictures)

    @cached_property
    def supports(self) -> dict[str, Support]:
        """How much the holdout holds of each hazard."""
        return {n: count_support(self.drawn.pictures, i) for i, n in enumerate(self.classes)}

    def view(self, variant: Variant) -> View:
        """Return a model's matches of its hazard here."""
        if id(variant) not in self._views:
            table = variant.matched.gathered(self.drawn.rows)
            self._views[id(variant)] = View(table, variant.thresholds[self.val], self.numbers)
        return self._views[id(variant)]

    def difference(self, name: str, by: float) -> Difference:
        """Return the measured difference of a hazard's AP50 where the true one is ``by``."""
        ours, theirs = self.models.pair(name, by)
        key = id(ours), id(theirs)
        if key not in self._differences:
            self._differences[key] = ap50_difference(
                self.view(ours), self.view(theirs), self.supports[name]
            )
        return self._differences[key]

    def ap50s(self, shifts: Mapping[str, float]) -> tuple[dict[str, float], dict[str, float]]:
        """Return measured AP50 by hazard, candidate's and champion's, by true differences."""
        pairs = {name: self.models.pair(name, shifts.get(name, 0.0)) for name in self.classes}
        return (
            {name: self.view(ours).ap50 for name, (ours, _) in pairs.items()},
            {name: self.view(theirs).ap50 for name, (_, theirs) in pairs.items()},
        )

    def evidence(self, shifts: Mapping[str, float]) -> GateEvidence:
        """Return what the gate judges, by the true difference of each hazard; 0 where none is named."""
        pairs = {name: self.models.pair(name, shifts.get(name, 0.0)) for name in self.classes}
        ours = {name: pair[0] for name, pair in pairs.items()}
        scores = {name: self._score(name, variant) for name, variant in ours.items()}
        measured = self.blank.measured
        candidate = measured.candidate.model_copy(
            update={
                "pictures": len(self.drawn.pictures),
                "scenes": int(self.numbers[-1]) + 1,
                "hazards": scores,
                "events": {name: self._event(name, variant) for name, variant in ours.items()},
                "false_alarms": self._alarms(ours),
            }
        )
        parts = tuple(
            part
            for name, (mine, theirs) in pairs.items()
            for part in self._fallen(name, mine, theirs)
        )
        return self.blank.model_copy(
            update={
                "measured": measured.model_copy(
                    update={
                        "candidate": candidate,
                        "differences": {
                            f"ap50.{name}": self.difference(name, shifts.get(name, 0.0))
                            for name in self.classes
                        },
                        "slice_differences": parts,
                    }
                )
            }
        )

    def _score(self, name: str, variant: Variant) -> HazardScore:
        if id(variant) not in self._scores:
            self._scores[id(variant)] = self.view(variant).hazard_score(self.supports[name])
        return self._scores[id(variant)]

    def _event(self, name: str, variant: Variant) -> EventScore:
        if id(variant) not in self._events:
            class_id = self.classes.index(name)
            mine = self._scenes_of[name]
            found = {
                p.sha256: variant.found[self.models.scenes.rows[row].sha256] for p, row in mine
            }
            self._events[id(variant)] = event_scores(
                [picture for picture, _ in mine],
                found,
                self.classes[: class_id + 1],
                dict.fromkeys(self.classes, variant.thresholds[self.val]),
                EVENT_PICTURES,
            )[name]
        return self._events[id(variant)]

    @cached_property
    def _scenes_of(self) -> dict[str, list[tuple[Picture, int]]]:
        """The pictures of the scenes that hold each hazard, and their rows."""
        pairs = list(zip(self.drawn.pictures, self.drawn.rows.tolist(), strict=True))
        held = {
            n: {p.scene for p, _ in pairs if any(b.class_id == i for b in p.boxes)}
            for i, n in enumerate(self.classes)
        }
        return {n: [pair for pair in pairs if pair[0].scene in held[n]] for n in self.classes}

    def _alarms(self, ours: Mapping[str, Variant]) -> FalseAlarms:
        rows = self.models.scenes.rows
        pairs = [
            (p, r)
            for p, r in zip(self.drawn.pictures, self.drawn.rows.tolist(), strict=True)
            if not p.boxes
        ]
        found = {
            picture.sha256: tuple(
                d
                for class_id, name in enumerate(self.classes)
                for d in ours[name].found[rows[row].sha256]
                if d.class_id == class_id
            )
            for picture, row in pairs
        }
        thresholds = {name: variant.thresholds[self.val] for name, variant in ours.items()}
        return false_alarms([p for p, _ in pairs], found, self.classes, thresholds)

    @cached_property
    def _part_weights(self) -> list[tuple[SliceKind, str, Integers, dict[str, Support]]]:
        parts: list[tuple[SliceKind, str, Integers, dict[str, Support]]] = []
        pictures = self.drawn.pictures
        kinds: tuple[tuple[SliceKind, list[str]], ...] = (
            ("source", [source(p) for p in pictures]),
            ("brightness", [brightness(p) for p in pictures]),
        )
        for kind, values in kinds:
            for value in sorted(set(values)):
                inside = np.array([one == value for one in values], dtype=np.int64)
                mine = [p for p, one in zip(pictures, values, strict=True) if one == value]
                support = {n: count_support(mine, i) for i, n in enumerate(self.classes)}
                parts.append((kind, value, inside, support))
        return parts

    def _fallen(self, name: str, ours: Variant, theirs: Variant) -> tuple[SliceDifference, ...]:
        key = id(ours), id(theirs)
        if key not in self._parts:
            self._parts[key] = tuple(self._compared_parts(name, self.view(ours), self.view(theirs)))
        return self._parts[key]

    def _compared_parts(self, name: str, ours: View, theirs: View) -> Iterator[SliceDifference]:
        for kind, value, inside, support in self._part_weights:
            if not support[name].boxes:
                continue

            def statistic(weights: Integers, inside: Integers = inside) -> float | None:
                mine = table_recall(ours.table, ours.threshold, weights * inside)
                other = table_recall(theirs.table, theirs.threshold, weights * inside)
                return None if mine is None or other is None else mine - other

            difference = statistic(inside)
            interval = None
            if difference is not None and difference < -self.profile.slice_margin:
                interval = scene_difference_interval(
                    statistic, self.numbers, ours.table.labels * inside
                )
            yield SliceDifference(
                kind=kind,
                value=value,
                hazard=name,
                difference=difference,
                interval=interval,
                support=support[name],
            )
