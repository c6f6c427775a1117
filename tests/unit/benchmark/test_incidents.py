"""Incidents are looked for in every split, in their own pixels, and what is found can be scored again."""

from pathlib import Path

from support.scored import CLASSES, labelled
from toy_models import png, strong_model, toy_boxes, toy_model, toy_picture

from safety_tasks.benchmark.incidents import IncidentsSeen, measure_incidents
from safety_tasks.digests import sha256_bytes
from safety_tasks.inference.detector import Detector
from safety_tasks.inference.pictures import PictureReader
from safety_tasks.records.model import IncidentResult
from safety_tasks.records.picture import Picture
from safety_tasks.scoring.incident_pack import incident_result

HALF = dict.fromkeys(CLASSES, 0.5)


def drawn(folder: Path, index: int, *hazards: tuple[int, int]) -> tuple[Picture, Path]:
    """Draw an incident picture, larger than the model's input."""
    payload = png(toy_picture(list(hazards), side_px=128, grey=100 + index))
    path = folder / f"{index}.png"
    path.write_bytes(payload)
    changes = {"sha256": sha256_bytes(payload), "boxes": toy_boxes(hazards), "split": "incident"}
    return labelled(index).model_copy(update=changes), path


def look(model: bytes, *drawings: tuple[Picture, Path]) -> tuple[IncidentsSeen, list[int]]:
    """Look at drawings with a model; also give the calls of progress."""
    calls: list[int] = []
    seen = measure_incidents(
        Detector(model, what="toy"),
        [picture for picture, _ in drawings],
        CLASSES,
        PictureReader({picture.sha256: path for picture, path in drawings}),
        HALF,
        calls.append,
    )
    return seen, calls


def measure(model: bytes, *drawings: tuple[Picture, Path]) -> tuple[IncidentResult, list[int]]:
    """Return the result of a look at drawings, and the calls of progress."""
    seen, calls = look(model, *drawings)
    return seen.result, calls


def test_no_incidents_is_no_result_to_miss() -> None:
    """Nothing on record: nothing is missed, and nothing is claimed."""
    assert measure(strong_model()) == (
        IncidentResult(total=0, missed=(), trained_on=0, without_hazard=0),
        [],
    )


def test_each_missed_picture_is_named_with_its_hazards(tmp_path: Path) -> None:
    """A model that sees no fire misses the pictures with fire, and says which; the others are found."""
    drawings = [
        drawn(tmp_path, 0, (0, 0)),
        drawn(tmp_path, 1, (0, 3), (1, 9)),
        drawn(tmp_path, 2),
        drawn(tmp_path, 3, (2, 15)),
    ]
    learned = drawings[3][0].model_copy(update={"split": "train"})
    blind_to_fire = toy_model(gains=(1.0, 0.0, 1.0))
    result, calls = measure(blind_to_fire, *drawings[:3], (learned, drawings[3][1]))
    assert result.missed == (f"{drawings[1][0].sha256[:12]} 1.png: fire",)
    assert (result.total, result.found, result.trained_on, result.without_hazard) == (3, 2, 1, 1)
    assert calls == [1, 2, 3, 4]
    assert measure(strong_model(), *drawings)[0].missed == ()


def test_what_was_seen_can_be_scored_again(tmp_path: Path) -> None:
    """Pictures come back with their sizes as they decode, what is labelled with its detections, and give the result."""
    drawings = [drawn(tmp_path, 0, (0, 0), (1, 9)), drawn(tmp_path, 1), drawn(tmp_path, 2, (2, 15))]
    seen, _ = look(toy_model(gains=(1.0, 0.0, 1.0)), *drawings)
    assert [p.sha256 for p in seen.pictures] == [p.sha256 for p, _ in drawings]
    assert [(p.width_px, p.height_px) for p in seen.pictures] == [
        (128, 128),
        (100, 100),
        (128, 128),
    ]
    assert seen.found.keys() == {drawings[0][0].sha256, drawings[2][0].sha256}
    assert [d.class_id for d in seen.found[drawings[2][0].sha256]] == [2]
    assert seen.result.found == 1
    assert incident_result(seen.pictures, seen.found, CLASSES, HALF) == seen.result


def test_nothing_that_counts_is_left_out(tmp_path: Path) -> None:
    """Detections reach down to the lowest threshold of any hazard."""
    one = drawn(tmp_path, 0, (0, 0), (1, 9))
    faint = toy_model(gains=(0.3, 0.3, 0.3))
    seen = [
        measure_incidents(
            Detector(faint, what="faint"),
            [one[0]],
            CLASSES,
            PictureReader({one[0].sha256: one[1]}),
            {"smoke": 0.9, "fire": fire, "person_down": 0.9},
        )
        for fire in (0.2, 0.4)
    ]
    assert [len(each.found[one[0].sha256]) for each in seen] == [2, 0]
    assert [each.result.missed[0].rpartition(": ")[2] for each in seen] == ["smoke", "smoke, fire"]
