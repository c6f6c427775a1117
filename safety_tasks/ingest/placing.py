"""Give each arrival its split, from its scene's.

Rules: a scene has one side for ever, to learn from or to judge by; the holdout is frozen, so a later picture of one of
its scenes waits in reserve, and so does one that is like scenes of two splits; incidents of new scenes are the
regression pack and never trained on, those of a known scene keep its split and are in the pack all the same; false
alarms may fill only a share of a split, and the rest wait in reserve; nothing waits silently.
"""

from collections import Counter
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass
from typing import Final

from safety_tasks.ingest.rows import picture_row
from safety_tasks.ingest.scenes import Scenes
from safety_tasks.ingest.splits import BACKGROUND, assign_splits
from safety_tasks.records.batch import BatchKind
from safety_tasks.records.ledger import LedgerAction, LedgerRow
from safety_tasks.records.picture import Arrival, Box, Picture, Split
from safety_tasks.settings import IngestSettings

BRIDGES: Final = "bridges_splits"
_SIDES: tuple[Split, ...] = ("train", "val", "holdout", "incident")


@dataclass(frozen=True)
class Placed:
    """All pictures of the next version, and the ledger rows of those that wait in reserve."""

    pictures: tuple[Picture, ...]
    rows: tuple[LedgerRow, ...]


def place_pictures(
    known: Sequence[Picture],
    arrivals: Sequence[Arrival],
    scenes: Scenes,
    settings: IngestSettings,
    *,
    barred: frozenset[tuple[str, str]] = frozenset(),
) -> Placed:
    """Place arrivals beside the pictures of a dataset.

    Args:
        known: the pictures there are; none of them moves, but false alarms in reserve that fit now.
        arrivals: pictures without a place.
        scenes: their scenes.
        settings: split shares and the share of false alarms.
        barred: known pictures, by batch and file, that are like scenes of two splits, so that no room brings them back.
    """
    side_of = _sides(known)
    scene_of = scenes.of
    founded = any(picture.split == "holdout" for picture in known)
    fresh = _scenes_of(arrivals, scene_of)
    incident = {
        scene
        for scene, members in fresh.items()
        if scene not in side_of and all(m.kind is BatchKind.INCIDENT for m in members)
    }
    side_of |= dict.fromkeys(incident, "incident")
    waiting = [
        p
        for p in known
        if p.split == "reserve"
        and p.kind is BatchKind.FALSE_ALARM
        and (p.batch_id, p.file) not in barred
    ]
    counted = [(p.scene, p.boxes) for p in known if p.split in ("train", "val", "holdout")]
    counted += [(p.scene, p.boxes) for p in waiting if p.scene not in side_of]
    counted += [
        (scene_of[a.sha256], a.boxes) for a in arrivals if scene_of[a.sha256] not in incident
    ]
    split_of = assign_splits(
        _count(counted),
        side_of,
        val_fraction=settings.val_fraction,
        holdout_fraction=settings.holdout_fraction,
        holdout_open=not founded,
    )
    rows: list[LedgerRow] = []
    added = []
    for arrival in arrivals:
        scene = scene_of[arrival.sha256]
        frozen = founded and side_of.get(scene) == "holdout"
        split, rule = _place(arrival, split_of[scene], frozen=frozen)
        if arrival.sha256 in scenes.bridging and split != "reserve":
            split, rule = "reserve", BRIDGES
        if rule:
            observed = f"scene {scene} is in the {split_of[scene]}"
            rows.append(picture_row(arrival, rule, observed, LedgerAction.RESERVED))
        added.append(Picture(**dict(arrival) | {"scene": scene, "split": split}))
    limited: tuple[Split, ...] = ("train", "val") if founded else ("train", "val", "holdout")
    may_move = {p.sha256 for p in waiting} | {p.sha256 for p in added if p.split != "reserve"}
    pictures, more = _keep_quota(
        [*known, *added], split_of, limited, settings.max_false_alarm_share, may_move
    )
    arrived = {arrival.sha256 for arrival in arrivals}
    rows += [
        picture_row(
            p,
            "false_alarm_quota",
            f"over {settings.max_false_alarm_share:.0%} of {split}",
            LedgerAction.RESERVED,
        )
        for p, split in more
        if p.sha256 in arrived
    ]
    return Placed(tuple(sorted(pictures, key=lambda p: p.sha256)), tuple(rows))


def _place(arrival: Arrival, side: Split, *, frozen: bool) -> tuple[Split, str]:
    """Return an arrival's split, and the rule that keeps it in reserve, if one does."""
    if side in ("holdout", "incident") and arrival.kind is BatchKind.INCIDENT:
        return "incident", ""
    if frozen:
        return "reserve", "holdout_is_frozen"
    if side == "incident":
        return "reserve", "scene_is_incident"
    return side, ""


def _keep_quota(
    pictures: Sequence[Picture],
    split_of: Mapping[str, Split],
    limited: Sequence[Split],
    share: float,
    may_move: Set[str],
) -> tuple[list[Picture], list[tuple[Picture, Split]]]:
    """Keep false alarms within their share of some splits; return all pictures, and those in reserve for it."""
    kept: list[Picture] = []
    over: list[tuple[Picture, Split]] = []
    alarms: dict[Split, list[Picture]] = {split: [] for split in limited}
    others: Counter[Split] = Counter()
    for picture in pictures:
        side = split_of.get(picture.scene, picture.split)
        placed = picture.split != "reserve" or picture.sha256 in may_move
        if picture.kind is BatchKind.FALSE_ALARM and side in alarms and placed:
            alarms[side].append(picture)
        else:
            others[picture.split] += 1
            kept.append(picture)
    for split, waiting in alarms.items():
        # n alarms beside m others are a share of at most s when n <= m s / (1 - s).
        room = len(waiting) if share >= 1 else int(others[split] * share / (1 - share) + 1e-9)
        ordered = sorted(waiting, key=lambda p: (p.split == "reserve", p.sha256))
        kept += [p.model_copy(update={"split": split}) for p in ordered[:room]]
        for picture in ordered[room:]:
            kept.append(picture.model_copy(update={"split": "reserve"}))
            over.append((picture, split))
    return kept, over


def _sides(known: Sequence[Picture]) -> dict[str, Split]:
    """Return the side of each known scene; pictures in reserve and incidents beside a holdout do not count."""
    side_of: dict[str, Split] = {}
    for picture in known:
        if picture.split in _SIDES and side_of.get(picture.scene) != "holdout":
            side_of[picture.scene] = picture.split
    return side_of


def _scenes_of(
    arrivals: Sequence[Arrival], scene_of: Mapping[str, str]
) -> dict[str, list[Arrival]]:
    scenes: dict[str, list[Arrival]] = {}
    for arrival in arrivals:
        scenes.setdefault(scene_of[arrival.sha256], []).append(arrival)
    return scenes


def _count(entries: Sequence[tuple[str, tuple[Box, ...]]]) -> dict[str, Counter[int]]:
    """Count boxes a hazard, and pictures without any, of each scene."""
    counts: dict[str, Counter[int]] = {}
    for scene, boxes in entries:
        counter = counts.setdefault(scene, Counter())
        counter.update(box.class_id for box in boxes)
        if not boxes:
            counter[BACKGROUND] += 1
    return counts
