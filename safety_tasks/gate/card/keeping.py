"""Keep the cards of a report beside it: for a page, a wall, a chat and a machine.

Rules: a picture of the gallery is shown only if its bytes are the ones that the benchmark recorded; one that cannot be
read leaves a place that says so, and never keeps a card from being written; the cards follow from the report and are
written over with it.
"""

import logging
from typing import Final

from safety_tasks.errors import SafetyTasksError
from safety_tasks.gate.card.facts import card_facts, facts_json
from safety_tasks.gate.card.markdown import card_markdown
from safety_tasks.gate.card.missed import MOST_PICTURES, MissedPicture
from safety_tasks.gate.card.page import card_html
from safety_tasks.gate.card.picture import card_png
from safety_tasks.records.details import BenchmarkDetails, GalleryPicture
from safety_tasks.records.gate import GateReport
from safety_tasks.said import LANGUAGES
from safety_tasks.store.base import ObjectStore, get_artifact

log = logging.getLogger("safety_tasks")
JSON_NAME: Final = "card.json"


def keep_cards(store: ObjectStore, report: GateReport) -> dict[str, str]:
    """Write every card of a report.

    Args:
        store: where the gallery is, and where the cards go: ``runs/<run>/gate/``.
        report: what to show.

    Returns:
        keys in the store, by file name: ``card.en.md``, ``card.ko.png``, …, ``card.json``.
    """
    pictures = missed_pictures(store, report)
    payloads: dict[str, bytes] = {}
    for language in LANGUAGES:
        payloads[f"card.{language}.md"] = card_markdown(report, language).encode()
        payloads[f"card.{language}.html"] = card_html(report, pictures, language).encode()
        payloads[f"card.{language}.png"] = card_png(report, pictures, language)
    captions = [picture.to_dict() for picture in pictures]
    payloads[JSON_NAME] = facts_json(card_facts(report), captions)
    keys = {name: f"runs/{report.run_id}/gate/{name}" for name in payloads}
    for name, payload in payloads.items():
        store.put(keys[name], payload)
    return keys


def missed_pictures(store: ObjectStore, report: GateReport) -> tuple[MissedPicture, ...]:
    """Return the worst misses of the benchmark's gallery, in its order; none where it kept none."""
    where = report.candidate.details
    if where is None:
        return ()
    try:
        details = BenchmarkDetails.from_json_bytes(get_artifact(store, where), what=where.key)
    except SafetyTasksError as problem:
        log.warning("card of run %s: the gallery could not be read: %s", report.run_id, problem)
        return (MissedPicture(hazard="", scene="", file=where.key, score=None, payload=None),)
    missed = [one for one in details.gallery if one.kind == "missed"]
    return tuple(_read(store, report.run_id, one) for one in missed[:MOST_PICTURES])


def _read(store: ObjectStore, run_id: str, one: GalleryPicture) -> MissedPicture:
    payload: bytes | None = None
    try:
        payload = get_artifact(store, one.picture)
    except SafetyTasksError as problem:
        log.warning("card of run %s: a picture could not be read: %s", run_id, problem)
    return MissedPicture(one.hazard, one.scene, one.file, one.score, payload)
