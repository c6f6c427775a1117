"""Labels and detections as COCO's documents: ``images``, ``annotations``, ``categories``, and a list of results.

Source: COCO's data and results formats (boxes as x, y, width, height in pixels). Rules: every id starts at 1, since
COCO's scorers read 0 as "unmatched"; a category's id is its class id + 1; pictures keep their order.
"""

from collections.abc import Mapping, Sequence

from safety_tasks.records.picture import Picture
from safety_tasks.records.release import Detection
from safety_tasks.scoring.matching import box_xyxy

CocoTruth = dict[str, list[dict[str, object]]]
CocoResults = list[dict[str, object]]


def coco_documents(
    pictures: Sequence[Picture],
    detections: Mapping[str, Sequence[Detection]],
    classes: Sequence[str],
) -> tuple[CocoTruth, CocoResults]:
    """Lay labels and detections out as COCO does.

    Args:
        pictures: pictures with their labels.
        detections: detections of each picture, by sha256.
        classes: hazard names; the index is the class id.

    Returns:
        The labels' document, and the results: plain JSON types.

    Raises:
        KeyError: a picture has no entry in ``detections``.
    """
    images: list[dict[str, object]] = []
    annotations: list[dict[str, object]] = []
    results: CocoResults = []
    for image_id, picture in enumerate(pictures, start=1):
        images.append(
            {
                "id": image_id,
                "file_name": picture.file,
                "width": picture.width_px,
                "height": picture.height_px,
            }
        )
        for box in picture.boxes:
            x1, y1, x2, y2 = box_xyxy(box, picture)
            annotations.append(
                {
                    "id": len(annotations) + 1,
                    "image_id": image_id,
                    "category_id": box.class_id + 1,
                    "bbox": [x1, y1, x2 - x1, y2 - y1],
                    "area": (x2 - x1) * (y2 - y1),
                    "iscrowd": 0,
                }
            )
        for detection in detections[picture.sha256]:
            x1, y1, x2, y2 = detection.box_xyxy
            results.append(
                {
                    "image_id": image_id,
                    "category_id": detection.class_id + 1,
                    "bbox": [x1, y1, x2 - x1, y2 - y1],
                    "score": detection.score,
                }
            )
    categories: list[dict[str, object]] = [
        {"id": class_id, "name": name} for class_id, name in enumerate(classes, start=1)
    ]
    return {"images": images, "annotations": annotations, "categories": categories}, results
