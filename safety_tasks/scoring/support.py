"""How much evidence pictures hold of a hazard: a score is worth what its support is worth."""

from collections.abc import Callable, Sequence

from safety_tasks.records.dataset import Support
from safety_tasks.records.picture import Box, Picture


def count_support(
    pictures: Sequence[Picture],
    class_id: int,
    counted: Callable[[Box, Picture], bool] = lambda box, picture: True,
) -> Support:
    """Count pictures, boxes and scenes that hold a hazard.

    Args:
        pictures: pictures with their labels.
        class_id: the hazard.
        counted: tells which of its boxes count; all of them if left out.
    """
    held = [
        (picture.scene, sum(b.class_id == class_id and counted(b, picture) for b in picture.boxes))
        for picture in pictures
    ]
    return Support(
        pictures=sum(boxes > 0 for _, boxes in held),
        boxes=sum(boxes for _, boxes in held),
        scenes=len({scene for scene, boxes in held if boxes}),
    )
