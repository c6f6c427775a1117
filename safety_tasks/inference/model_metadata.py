"""Write the metadata that the inference path reads into a model.

Rules: what other makers wrote is replaced, so that nothing contradicts ours; equal input gives equal bytes.
"""

import json
from collections.abc import Mapping, Sequence

import onnx

from safety_tasks.class_map import class_map_digest
from safety_tasks.inference.detector import META_CLASSES, META_CLASSES_SHA256, META_IMGSZ


def with_metadata(
    graph: onnx.ModelProto, classes: Sequence[str], imgsz_px: int, more: Mapping[str, str]
) -> bytes:
    """Give a model our metadata and return its file.

    Args:
        graph: the model, which is changed.
        classes: hazard names; the index is the class id.
        imgsz_px: the side of its input square.
        more: further entries, by their whole key.
    """
    entries = {
        META_CLASSES: json.dumps(list(classes)),
        META_CLASSES_SHA256: class_map_digest(classes),
        META_IMGSZ: str(imgsz_px),
        **more,
    }
    onnx.helper.set_model_props(graph, entries)  # which clears what was there
    payload: bytes = graph.SerializeToString(deterministic=True)
    return payload
