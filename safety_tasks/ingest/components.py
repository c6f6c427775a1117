"""Group items by joining pairs of them: union-find.

Source: Tarjan, "Efficiency of a Good But Not Linear Set Union Algorithm" (1975), with path halving. A group's root is
its smallest member, so that equal joins give equal roots in any order.
"""

import numpy as np
import numpy.typing as npt


class Components:
    """Items 0 to ``size`` - 1, each at first alone."""

    def __init__(self, size: int) -> None:
        self._parent = np.arange(size, dtype=np.int64)

    def __len__(self) -> int:
        return len(self._parent)

    def root(self, item: int) -> int:
        """Return the smallest member of an item's group."""
        parent = self._parent
        while (above := parent[item]) != item:
            parent[item] = parent[above]
            item = int(parent[item])
        return int(item)

    def join(self, first: int, second: int) -> bool:
        """Join two items' groups; return False if they were one already."""
        low, high = sorted((self.root(first), self.root(second)))
        self._parent[high] = low
        return low != high

    def roots(self) -> npt.NDArray[np.int64]:
        """Return the root of every item, (size,)."""
        parent = self._parent
        while True:
            above = parent[parent]
            if np.array_equal(above, parent):
                return above
            parent = self._parent = above
