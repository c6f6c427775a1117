"""A dataset and a recipe so small that a real training over them takes seconds."""

from pathlib import Path

from support.drawn_pictures import drawn, saved

from safety_tasks.records.recipe import Recipe

INPUTS = "1" * 64
NAMES = ("smoke", "fire", "person_down")
TINY = Recipe(
    name="tiny",
    epochs=2,
    imgsz_px=64,
    batch=4,
    nominal_batch=4,
    optimizer="SGD",
    lr0=0.01,
    warmup_epochs=0,
    mosaic=0,
    device="cpu",
    precision="float32",
    start_from_scratch=True,
)
_LABEL = "0 0.5 0.5 0.3 0.4\n1 0.3 0.3 0.2 0.2\n2 0.6 0.6 0.3 0.3\n"


def drawn_dataset(
    folder: Path, *, train: int = 8, val: int = 2, names: tuple[str, ...] = NAMES
) -> Path:
    """Write drawn pictures with labels; return the path of the description."""
    for split, count in (("train", train), ("val", val)):
        for kind in ("images", "labels"):
            (folder / kind / split).mkdir(parents=True, exist_ok=True)
        for number in range(count):
            picture = drawn(96, 72, number + (1000 if split == "val" else 0))
            (folder / "images" / split / f"{number}.jpg").write_bytes(saved(picture))
            (folder / "labels" / split / f"{number}.txt").write_text(_LABEL)
    lines = "".join(f"  {number}: {name}\n" for number, name in enumerate(names))
    path = folder / "data.yaml"
    path.write_text(f"path: {folder}\ntrain: images/train\nval: images/val\nnames:\n{lines}")
    return path
