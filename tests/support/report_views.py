"""Views of the dataset report made by hand, bare or with every part."""

from dataclasses import replace
from typing import Any

from support.made_versions import CLASSES, SOUND, made_picture, manifest_of, version_of

from safety_tasks.records.dataset import (
    DatasetVersion,
    Expectation,
    HoldoutSignOff,
    SplitSummary,
    ValidationReport,
)
from safety_tasks.records.picture import Picture
from safety_tasks.records.review import DoubtKind, LabelDoubt, LabelReview
from safety_tasks.validate.drift import drift_of
from safety_tasks.validate.report_data import CountRow, contents_of
from safety_tasks.validate.report_page import ReportView, SamplePictures
from safety_tasks.validate.report_samples import Thumbnail

TINY = "data:image/jpeg;base64,AAAA"


def doubt(**changes: Any) -> LabelDoubt:
    """Return a doubt about a picture."""
    values = {
        "kind": DoubtKind.SWAPPED,
        "score": 0.83,
        "picture_sha256": "a" * 64,
        "file": "x.jpg",
        "batch_id": "b",
        "scene": "s",
        "split": "holdout",
        "label_hazard": "smoke",
        "label_xyxy": (0.1, 0.1, 0.2, 0.2),
        "model_hazard": "fire",
        "model_score": 0.9,
        "model_xyxy": (0.1, 0.1, 0.2, 0.2),
    }
    return LabelDoubt.model_validate(values | changes)


def report_of(version: DatasetVersion, *expectations: Expectation) -> ValidationReport:
    """Return a validation report that no suite made."""
    return ValidationReport(
        version_id=version.version_id,
        manifest_sha256=version.manifest.sha256,
        suite_sha256="0" * 64,
        success=all(item.success for item in expectations),
        expectations=expectations,
        data_docs_key="x",
    )


def view(*pictures: Picture, **changes: Any) -> ReportView:
    """Return a view of a version with a parent; all else is missing unless given."""
    table = manifest_of(pictures or SOUND)
    parent, _ = version_of(manifest_of(SOUND[:-1]))
    version, _ = version_of(table, parent)
    whole = ReportView(
        version=version,
        generation=2,
        contents=contents_of(table, CLASSES),
        drift=drift_of(table, manifest_of(SOUND[:-1]), CLASSES),
        ledger=(),
        sign_off=None,
        validation=None,
        docs_href="",
        review=None,
        review_links=(),
        doubts=(),
        samples=(),
    )
    return replace(whole, **changes)


def full_view(name: str = "x.jpg") -> ReportView:
    """Return a view with every part, all names from data being one."""
    picture = made_picture(1, file=name, scene=name, batch_id=name)
    thumbs = (Thumbnail(picture, TINY), Thumbnail(picture, None, "purged"))
    shown = view(picture)
    judged = Expectation(
        name=name, subject=name, success=False, observed=name, reason=name, worst=(name,)
    )
    summary = SplitSummary(pictures=3, scenes=1, background_pictures=0, hazards={})
    review = LabelReview(
        version_id=shown.version.version_id,
        model_sha256="f" * 64,
        release_seq=7,
        pictures=1,
        left=2,
        purged=3,
        counts=dict.fromkeys(DoubtKind, 4),
    )
    return replace(
        shown,
        ledger=(CountRow((name, "box", "changed"), 5), CountRow((), 1)),
        sign_off=HoldoutSignOff(
            approved_by=name, why=name, at=name, parent_id="p", scenes=(name,), before=summary, after=summary
        ),
        validation=report_of(shown.version, judged),
        docs_href="../validation/0/data_docs/index.html",
        review=review,
        review_links=(("queue", (), "../review/f/queue.csv"), ("sheet", ("1",), "../review/f/sheet-01.jpg")),
        doubts=((doubt(file=name), thumbs[0]), (doubt(label_hazard=None, label_xyxy=None), thumbs[1])),
        samples=(SamplePictures("train", 0, thumbs), SamplePictures("holdout", None, thumbs[:1])),
    )  # fmt: skip
