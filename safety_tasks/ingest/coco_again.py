"""Make one COCO document of the entries that quarantine kept picture by picture.

Rules: pictures get their new names and everything new numbers; categories go by name; all else stays as delivered,
since the new batch is judged like any other.
"""

import json
from collections.abc import Mapping
from typing import Any

from safety_tasks.errors import BatchError


def coco_document(pictures: Mapping[str, str], entries: Mapping[str, bytes]) -> bytes:
    """Return one COCO document of pictures, from what quarantine kept of each.

    Args:
        pictures: the file of each item.
        entries: for each item its ``image`` and ``annotations`` as JSON, these with their category's name.

    Raises:
        BatchError: an item's JSON holds something else.
    """
    images: list[dict[str, Any]] = []
    annotations: list[dict[str, Any]] = []
    categories: dict[str, int] = {}
    for number, (item_id, payload) in enumerate(entries.items(), start=1):
        try:
            entry: Any = json.loads(payload)
            images.append({**entry["image"], "id": number, "file_name": pictures[item_id]})
            for each in entry["annotations"]:
                kept = {key: value for key, value in each.items() if key != "category"}
                category = categories.setdefault(each["category"], len(categories) + 1)
                numbers = {"image_id": number, "category_id": category, "id": len(annotations) + 1}
                annotations.append(kept | numbers)
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
            raise BatchError(
                f"item {item_id}: expected its COCO entries, found something else. "
                "Mend it in a folder: safety-tasks quarantine show, then release --from."
            ) from None
    listed = [{"id": number, "name": name} for name, number in categories.items()]
    document = {"images": images, "annotations": annotations, "categories": listed}
    return json.dumps(document).encode("ascii")
