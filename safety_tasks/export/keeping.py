"""Keep a variant: its file and the picture of its search in the store, and the record of it.

Rule: what is not offered is kept as well, with the reason, so that anybody can look why.
"""

from safety_tasks.digests import sha256_bytes
from safety_tasks.export.making import SCHEMES, Made
from safety_tasks.export.quantise.frontier import draw_frontier
from safety_tasks.export.quantise.search import Step
from safety_tasks.records.base import Artifact
from safety_tasks.records.variants import FrontierStep, ModelVariant
from safety_tasks.store.base import ObjectStore, put_artifact


def keep_variant(store: ObjectStore, run_id: str, made: Made) -> ModelVariant:
    """Store a variant; return its record."""
    prefix = f"runs/{run_id}/models"
    steps = tuple(_step(step) for step in made.steps)
    return ModelVariant(
        name=made.name,
        precision="int8" if made.name in SCHEMES else "fp32",
        scheme=SCHEMES.get(made.name, ""),
        model=put_artifact(store, f"{prefix}/{sha256_bytes(made.payload)[:16]}.onnx", made.payload),
        parity=made.parity,
        budget=made.budget,
        float_modules=made.step.float_modules if made.step else (),
        steps=steps,
        frontier=_frontier(store, run_id, made, steps),
        offered=made.budget is None or made.budget.within,
        why=_why(made),
    )


def _why(made: Made) -> str:
    parity = made.parity
    agrees = (
        f"agrees with the reference on val: F1 {parity.agreement_f1:.4f} of "
        f"{parity.reference_detections} detections"
    )
    if made.budget is None:
        return agrees
    if made.budget.within:
        return f"{agrees}; within its budget"
    return f"not offered: {'; '.join(made.budget.reasons)}"


def _step(step: Step) -> FrontierStep:
    return FrontierStep(
        float_modules=step.float_modules,
        loss=step.loss,
        time_ratio=step.time_ratio,
        agreement_f1=step.agreement_f1,
        map50_95_drop=step.map50_95_drop,
        within=step.within,
        why=step.why,
    )


def _frontier(
    store: ObjectStore, run_id: str, made: Made, steps: tuple[FrontierStep, ...]
) -> Artifact | None:
    if not steps or made.step is None or made.budget is None:
        return None
    title = f"INT8 of run {run_id}"
    drawn = draw_frontier(steps, made.step.float_modules, made.budget.budget, title=title)
    return put_artifact(store, f"runs/{run_id}/frontier/{sha256_bytes(drawn)[:16]}.png", drawn)
