"""Expectations over single rows: what a manifest row, a picture and a box must be."""

from typing import Final

from safety_tasks.records.batch import BatchKind
from safety_tasks.records.picture import SPLITS
from safety_tasks.settings import IngestSettings
from safety_tasks.validate.rule import Rule, RuleMaker

_SHA256: Final = "^[0-9a-f]{64}$"


def row_rules(make: RuleMaker) -> tuple[Rule, ...]:
    """Every row is what a manifest row must be."""
    return (
        make.equal(
            "schema_types",
            "columns",
            ("type", "expected"),
            "the manifest was written by other code",
        ),
        make.rows_within("any_pictures", "pictures", "no pictures at all"),
        make.one_of("complete", "pictures", "missing", ["nothing"], "a row lacks a value"),
        make.like(
            "picture_digest",
            "pictures",
            "sha256",
            _SHA256,
            "a picture without a proper digest cannot be proved",
        ),
        make.like(
            "label_digest",
            "pictures",
            "label_sha256",
            _SHA256,
            "a label without a proper digest cannot be proved",
        ),
        make.unique("unique_pictures", "pictures", ["sha256"], "the same picture is listed twice"),
        make.unique(
            "unique_files", "pictures", ["batch_id", "file"], "one file of a batch is two pictures"
        ),
        make.one_of("picture_format", "pictures", "extension", ["jpg", "png"], "unknown format"),
        make.within("width", "pictures", "width_px", "a picture's width makes no sense"),
        make.within("height", "pictures", "height_px", "a picture's height makes no sense"),
        make.one_of(
            "kind", "pictures", "kind", [kind.value for kind in BatchKind], "unknown kind of batch"
        ),
        make.one_of("split", "pictures", "split", list(SPLITS), "unknown split"),
        make.like("scene_named", "pictures", "scene", r"\S", "without a scene, splits leak"),
        make.one_of(
            "batch_listed",
            "pictures",
            "batch_listed",
            [True],
            "a picture of a batch that the version's record does not name",
            shows="batch_id",
        ),
        make.within("brightness", "pictures", "brightness", "a mean grey that cannot be"),
        make.within("sharpness", "pictures", "sharpness", "a sharpness that cannot be"),
    )


def picture_rules(make: RuleMaker, settings: IngestSettings) -> tuple[Rule, ...]:
    """Pictures are worth learning from, and hold a believable number of boxes."""
    return (
        make.within("dark_pictures", "pictures", "brightness", "many pictures are black"),
        make.within("bright_pictures", "pictures", "brightness", "many pictures are blown out"),
        make.within("blurred_pictures", "pictures", "sharpness", "many pictures are blurred"),
        make.within(
            "boxes_per_picture",
            "pictures",
            "boxes",
            "more boxes than anybody labels by hand",
            max_value=settings.max_boxes_per_picture,
        ),
        make.mean_within(
            "label_density",
            "pictures",
            "boxes_if_any",
            "labelled pictures hold unusually few or many boxes",
        ),
        make.within(
            "background_pictures",
            "pictures",
            "boxes",
            "nearly everything is background: were labels lost?",
            min_value=1,
        ),
        make.within(
            "boxes_against_kind",
            "pictures",
            "boxes_against_kind",
            "a false alarm or background holds a hazard",
            max_value=0,
        ),
    )


def box_rules(
    make: RuleMaker, classes: tuple[str, ...], settings: IngestSettings
) -> tuple[Rule, ...]:
    """Boxes are of known hazards, inside their pictures and of believable size."""
    side = {"min_value": 0, "max_value": 1, "strict_min": True}
    numbers = list(range(len(classes)))
    return (
        make.one_of("box_class", "boxes", "class_id", numbers, "unknown hazard class"),
        make.within(
            "box_width", "boxes", "width", "a box without width, or wider than its picture", **side
        ),
        make.within(
            "box_height",
            "boxes",
            "height",
            "a box without height, or higher than its picture",
            **side,
        ),
        make.within("box_inside", "boxes", "overhang", "a box reaches outside its picture"),
        make.within(
            "tiny_boxes",
            "boxes",
            "area_px",
            "boxes of a few pixels: was the picture scaled after labelling?",
        ),
        make.within("thin_boxes", "boxes", "aspect", "boxes far longer than wide"),
        make.within(
            "huge_boxes",
            "boxes",
            "share",
            "boxes that fill nearly the whole picture",
            max_value=settings.max_box_share,
        ),
        make.one_of(
            "duplicate_boxes",
            "boxes",
            "repeated",
            [False],
            "the same box is there twice",
            shows="class_id",
        ),
    )
