"""A detector that grows by a class answers for the old ones as it did."""

from typing import Any

import pytest

from safety_tasks.errors import TrainingError
from safety_tasks.train.engine.head import keep_class_rows

pytestmark = pytest.mark.slow
OLD = ("smoke", "fire", "person_down")
NEW = (*OLD, "leak")


def detector(classes: int, layout: str = "yolov8n.yaml", seed: int = 0) -> Any:
    """Return the framework's detector with random weights that answer for each class in its own way."""
    import torch
    from ultralytics.nn.tasks import DetectionModel

    torch.manual_seed(seed)
    model: Any = DetectionModel(layout, ch=3, nc=classes, verbose=False)  # type: ignore[no-untyped-call]
    with torch.no_grad():
        for branch in model.model[-1].cv3:
            branch[-1].bias.copy_(torch.linspace(-1.0, 1.0, classes))
    return model.eval()


def scores(model: Any, picture: Any) -> Any:
    """Return what a detector says, (1, classes, places)."""
    import torch

    with torch.no_grad():
        return model(picture)[0][:, 4:]


def test_old_classes_keep_their_scores() -> None:
    """On a picture, boxes and scores of the old classes are those of the base; without the rows they are not."""
    import torch

    base = detector(3)
    grown = detector(4, seed=1)
    grown.load(base, verbose=False)
    start = [branch[-1].bias.detach().clone() for branch in grown.model[-1].cv3]
    rows = [branch[-1].weight.detach().clone() for branch in grown.model[-1].cv3]
    picture = torch.rand(1, 3, 64, 64, generator=torch.Generator().manual_seed(2))
    wanted = scores(base, picture)
    assert not torch.allclose(scores(grown, picture)[:, :3], wanted, atol=1e-3)
    assert keep_class_rows(grown, base, OLD, NEW) == 6
    found = scores(grown, picture)
    assert found.shape[1] == 4
    assert torch.allclose(found[:, :3], wanted, rtol=0, atol=1e-6)
    for branch, bias, weight in zip(grown.model[-1].cv3, start, rows, strict=True):
        assert torch.equal(branch[-1].bias[3:], bias[3:])
        assert torch.equal(branch[-1].weight[3:], weight[3:])


def test_a_base_in_half_precision_is_taken() -> None:
    """Weights are kept in half precision in a file: they are copied at the model's own."""
    import torch

    base, grown = detector(3).half(), detector(4, seed=1)
    assert keep_class_rows(grown, base, OLD, NEW) == 6
    for ours, theirs in zip(grown.model[-1].cv3, base.model[-1].cv3, strict=True):
        assert ours[-1].weight.dtype == torch.float32
        assert torch.equal(ours[-1].weight[:3], theirs[-1].weight.float())


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (OLD, OLD),
        (OLD, ("fire", "smoke", "person_down", "leak")),
        (OLD, ("smoke", "fire", "leak", "person_down")),
        (NEW, OLD),
        ((), OLD),
    ],
)
def test_classes_that_do_not_grow_are_refused(old: tuple[str, ...], new: tuple[str, ...]) -> None:
    """Rows follow numbers: a class that would get another one's rows is refused, and so is nothing to do."""
    with pytest.raises(TrainingError, match="Add new classes at the end"):
        keep_class_rows(detector(len(new)), detector(max(len(old), 1)), old, new)


@pytest.mark.parametrize(
    ("base", "said"),
    [
        (lambda: detector(3, "yolov8s.yaml"), "expected branch 0 of"),
        (lambda: detector(3, "yolo26n.yaml"), "expected the base model to be YOLOv8's detector"),
        (lambda: detector(2), r"found Detect with branches of \[2, 2, 2\]"),
        (lambda: object(), "found NoneType"),
    ],
)
def test_another_architecture_is_refused_whole(base: Any, said: str) -> None:
    """A head that does not fit changes nothing of the grown model."""
    import torch

    grown = detector(4)
    before = [tensor.clone() for tensor in grown.state_dict().values()]
    with pytest.raises(TrainingError, match=said):
        keep_class_rows(grown, base(), OLD, NEW)
    after = grown.state_dict().values()
    assert all(torch.equal(one, two) for one, two in zip(before, after, strict=True))


def test_a_wider_head_is_refused() -> None:
    """Above 64 classes the hidden width follows their number, so that rows have another length."""
    many = tuple(f"class_{number}" for number in range(70))
    more = (*many, "leak")
    with pytest.raises(TrainingError, match=r"expected branch 0 of \(70, 70, 1, 1\)"):
        keep_class_rows(detector(71), detector(70), many, more)
