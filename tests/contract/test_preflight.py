"""Every store that is offered passes the preflight, and twice at once."""

from concurrent.futures import ThreadPoolExecutor

from safety_tasks.store.base import ObjectStore
from safety_tasks.store.preflight import PROMISES, preflight


def test_every_promise_is_kept(store: ObjectStore) -> None:
    """All promises hold, also while another preflight runs, and nothing is left."""
    names = tuple(promise.name for promise in PROMISES)
    with ThreadPoolExecutor(2) as pool:
        assert list(pool.map(preflight, [store, store])) == [names, names]
    assert list(store.keys("")) == []
