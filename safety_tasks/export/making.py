"""Make the edge variants of a reference model and judge each beside it.

Rules: the FP32 variant must agree to rounding, else the export is broken; INT8 is chosen and judged on val, and what
misses its budget is kept with the reason and not offered; S8S8 takes the float layers that were found for U8S8, since
its steps are the same and only an ARM processor could time it; a model of another structure has no variants, and
says so.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
import onnx

from safety_tasks.errors import ParityError
from safety_tasks.export.edge_graph import cut_graph
from safety_tasks.export.parity import require_raw_parity
from safety_tasks.export.quantise.qdq import Scheme
from safety_tasks.export.quantise.quantiser import Quantiser
from safety_tasks.export.quantise.search import Judged, Search, Step, choose
from safety_tasks.export.val_pictures import Looked, look, squares
from safety_tasks.inference.detector import Detector
from safety_tasks.inference.model_metadata import (
    META_LAYOUT,
    META_VARIANT,
    ModelFacts,
    with_metadata,
)
from safety_tasks.inference.pictures import PictureReader
from safety_tasks.records.scores import NoiseFloor
from safety_tasks.records.variants import BudgetResult, Int8Budget, VariantName, VariantParity
from safety_tasks.scoring.average_precision import average_precision
from safety_tasks.scoring.variant_budget import judge_budget, measure_variant_parity

MIN_FP32_AGREEMENT: Final = 0.999
_SEARCH_PICTURES: Final = 48
SCHEMES: Final[dict[VariantName, Scheme]] = {"edge-int8-x86": "U8S8", "edge-int8-arm": "S8S8"}

Progress = Callable[[str, int, int], None]


@dataclass(frozen=True)
class Made:
    """A variant's file with what val says of it."""

    name: VariantName
    payload: bytes
    parity: VariantParity
    budget: BudgetResult | None = None
    step: Step | None = None
    steps: tuple[Step, ...] = ()


class VariantMaker:
    """Makes variants of one reference model."""

    def __init__(
        self,
        reference: onnx.ModelProto,
        facts: ModelFacts,
        seen: Looked,
        reader: PictureReader,
        *,
        what: str,
    ) -> None:
        """Cut the reference.

        Args:
            reference: the reference model.
            facts: what it says of itself, thresholds included.
            seen: val pictures and what the reference found in them.
            reader: gives their pixels.
            what: the run's name for messages.

        Raises:
            ArtifactError: it has another structure, so it has no edge variant.
        """
        self._facts, self._seen, self._reader, self._what = facts, seen, reader, what
        self._reference = Detector(
            reference.SerializeToString(deterministic=True), what=f"{what}, reference"
        )
        self.graph = cut_graph(reference, facts.imgsz_px, len(facts.classes), what=what)
        thresholds = facts.thresholds or {}
        self._thresholds = [thresholds[name] for name in facts.classes]
        self._score = average_precision(seen.pictures, seen.found, facts.classes)

    def fp32(self) -> Made:
        """Return the FP32 variant.

        Raises:
            ParityError: it does not agree with the reference to rounding.
        """
        payload = self._file(self.graph, "edge-fp32")
        detector = Detector(payload, what=f"{self._what}, edge-fp32")
        # The raw answers first: a model that detects nothing yet would agree with anything.
        require_raw_parity(self._reference, detector, self._squares(), what=self._what)
        found = look(detector, self._seen.pictures, self._reader)
        parity = self._parity(found)
        if parity.agreement_f1 < MIN_FP32_AGREEMENT:
            raise ParityError(
                f"{self._what}: expected edge-fp32 to find what the reference finds (F1 {MIN_FP32_AGREEMENT}), found "
                f"{parity.agreement_f1:.4f}; they differ most in {parity.worst_picture}. The graph was cut wrongly: "
                "do not ship it."
            )
        return Made("edge-fp32", payload, parity)

    def int8(
        self,
        quantiser: Quantiser,
        noise: NoiseFloor,
        budget: Int8Budget,
        most_float: int,
        progress: Progress,
    ) -> tuple[Made, ...]:
        """Return the INT8 variants for x86 and ARM: of the best step of the search, within the budget or not.

        Args:
            quantiser: of the edge graph, calibrated on train.
            noise: the reference's noise floor on val.
            budget: what INT8 may cost.
            most_float: how many modules may stay in float.
            progress: called with what is done, steps done and their number.
        """

        def judge(detector: Detector) -> Judged:
            parity, result = self._judge(detector, noise, budget)
            return Judged(
                parity.agreement_f1, result.map50_95_drop, result.within, "; ".join(result.reasons)
            )

        search = Search(quantiser, self._wrap, self._squares())
        steps = search.walk(judge, most_float, lambda done, total: progress("int8", done, total))
        best = choose(steps) or max(steps, key=lambda step: step.agreement_f1)
        convs = search.float_convs(best.float_modules)
        # Correcting the bias helps some models and harms others: val says which this one is.
        gains = [judge(self._wrap(quantiser.write(convs, corrected=on))) for on in (False, True)]
        corrected = (gains[1].within, gains[1].agreement_f1) > (
            gains[0].within,
            gains[0].agreement_f1,
        )
        made = []
        for name, scheme in SCHEMES.items():
            payload = self._file(quantiser.write(convs, scheme, corrected=corrected), name)
            detector = Detector(payload, what=f"{self._what}, {name}")
            parity, result = self._judge(detector, noise, budget)
            # The search was timed on this processor: its frontier is the one of the scheme that is meant for it.
            shown = steps if scheme == "U8S8" else ()
            made.append(Made(name, payload, parity, result, best, shown))
        return tuple(made)

    def _squares(self) -> list[npt.NDArray[np.uint8]]:
        pictures = self._seen.pictures
        some = pictures[:: max(1, len(pictures) // _SEARCH_PICTURES)][:_SEARCH_PICTURES]
        return squares(some, self._reader, self._facts.imgsz_px)

    def _judge(
        self, detector: Detector, noise: NoiseFloor, budget: Int8Budget
    ) -> tuple[VariantParity, BudgetResult]:
        found = look(detector, self._seen.pictures, self._reader)
        parity = self._parity(found)
        score = average_precision(found.pictures, found.found, self._facts.classes)
        return parity, judge_budget("val", budget, parity, score, self._score, noise)

    def _parity(self, found: Looked) -> VariantParity:
        return measure_variant_parity(
            found.pictures, found.found, self._seen.found, self._thresholds
        )

    def _wrap(self, graph: onnx.ModelProto) -> Detector:
        return Detector(self._file(graph, "edge-int8-x86"), what=f"{self._what}, a step of INT8")

    def _file(self, graph: onnx.ModelProto, name: VariantName) -> bytes:
        model = onnx.ModelProto()
        model.CopyFrom(graph)
        kept = {k: v for k, v in self._facts.entries.items() if k.startswith("safety.")}
        kept |= {META_LAYOUT: "edge", META_VARIANT: name}
        return with_metadata(model, self._facts.classes, self._facts.imgsz_px, kept)
