"""Compare the exported model with the weights it came from, on real pictures.

Rules: both see the very same input through the project's own preprocessing; raw outputs are compared, where no
threshold or suppression can hide a difference; scores are compared everywhere, boxes where a score matters.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from safety_tasks.errors import ParityError
from safety_tasks.inference.detector import Detector
from safety_tasks.inference.heads import count_places
from safety_tasks.inference.letterbox import letterbox, to_blob
from safety_tasks.inference.networks import EdgeNetwork
from safety_tasks.records.model import Parity

BOX_TOLERANCE_PX: Final = 0.05
SCORE_TOLERANCE: Final = 0.001
_SCORE_THAT_MATTERS: Final = 0.01


def require_raw_parity(
    reference: Detector,
    edge: Detector,
    squares: Sequence[npt.NDArray[np.uint8]],
    *,
    what: str,
) -> None:
    """Require an FP32 edge variant to answer as the reference does at every place, whatever it scores.

    Args:
        reference: the reference model.
        edge: the variant.
        squares: (S, S, 3) uint8 BGR, letterboxed.
        what: the run's name for messages.

    Raises:
        ParityError: they differ by more than the tolerance, or there is nothing to compare on.
    """
    network = edge.network
    if not isinstance(network, EdgeNetwork) or not squares:
        raise ParityError(
            f"{what}: expected an edge variant and pictures to compare on, found none."
        )
    every = np.arange(count_places(edge.imgsz_px))
    for square in squares:
        raw = reference.run_raw(to_blob(square))[0]
        network.load(square)
        network.run()
        scores, corners = network.heads.at(every)
        theirs = np.concatenate([raw[:2] - raw[2:4] / 2, raw[:2] + raw[2:4] / 2]).T
        matters = raw[4:].max(axis=0) >= _SCORE_THAT_MATTERS
        score = float(np.abs(scores - raw[4:]).max())
        box = float(np.abs(corners - theirs)[matters].max(initial=0.0))
        if score > SCORE_TOLERANCE or box > BOX_TOLERANCE_PX:
            raise ParityError(
                f"{what}: expected edge-fp32 to answer as the reference does, within {BOX_TOLERANCE_PX} px and score "
                f"{SCORE_TOLERANCE}, found {box:.4f} px and {score:.5f}. The graph was cut wrongly: do not ship it."
            )


def measure_parity(
    detector: Detector, model: Any, pictures: Mapping[str, npt.NDArray[np.uint8]], *, what: str
) -> Parity:
    """Measure and require parity.

    Args:
        detector: the exported model.
        model: the framework's model (a torch module).
        pictures: (height, width, 3) uint8 BGR pictures by their names, at least one.
        what: the run's name for messages.

    Raises:
        ParityError: no pictures, or the models disagree by more than the tolerance.
    """
    import torch

    if not pictures:
        raise ParityError(f"{what}: expected pictures to compare on, found none in val or train.")
    network: torch.nn.Module = model.float().eval()
    worst_box = worst_score = worst_share = 0.0
    worst = ""
    for name, picture in pictures.items():
        square, _ = letterbox(picture, detector.imgsz_px)
        blob = to_blob(square)
        with torch.no_grad():
            raw = network(torch.from_numpy(blob))
        ours = detector.run_raw(blob)[0]
        theirs = (raw[0] if isinstance(raw, (tuple, list)) else raw).numpy()[0]
        if ours.shape != theirs.shape or not np.isfinite(theirs).all():
            raise ParityError(
                f"{what}: expected finite outputs of one shape, found {ours.shape} and {theirs.shape}, "
                f"the weights' {'' if np.isfinite(theirs).all() else 'not '}finite. Export it again."
            )
        score = float(np.abs(ours[4:] - theirs[4:]).max())
        matters = theirs[4:].max(axis=0) >= _SCORE_THAT_MATTERS
        box = float(np.abs(ours[:4, matters] - theirs[:4, matters]).max(initial=0.0))
        share = max(box / BOX_TOLERANCE_PX, score / SCORE_TOLERANCE)
        if share > worst_share:
            worst, worst_share = name, share
        worst_box, worst_score = max(worst_box, box), max(worst_score, score)
    if worst_box > BOX_TOLERANCE_PX or worst_score > SCORE_TOLERANCE:
        raise ParityError(
            f"{what}: expected the exported model to agree within {BOX_TOLERANCE_PX} px and score "
            f"{SCORE_TOLERANCE}, found {worst_box:.4f} px and {worst_score:.5f}, most in "
            f"{worst}. "
            "The export is broken: do not ship it; compare the framework's versions."
        )
    return Parity(
        pictures=len(pictures),
        max_box_difference_px=worst_box,
        max_score_difference=worst_score,
        box_tolerance_px=BOX_TOLERANCE_PX,
        score_tolerance=SCORE_TOLERANCE,
        worst_picture=worst,
    )
