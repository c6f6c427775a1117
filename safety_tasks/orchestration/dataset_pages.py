"""What ingest leaves for people of a dataset version, in the Airflow UI: verdict, report, Data Docs, review queue.

Rules: what failed comes first, with what was observed and the worst rows; only objects of that version that were made
to be looked at are served, each with the type that its name says; a page is shown as it lies in the store, under the
same ban on scripts and foreign sources as every other; a version that is not there is said, not guessed.
"""

import re
from collections.abc import Callable
from typing import Final

from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse, PlainTextResponse, RedirectResponse

from safety_tasks.errors import DatasetError, ObjectNotFound, SafetyTasksError
from safety_tasks.orchestration.dataset_view import TEXTS, render_dataset
from safety_tasks.orchestration.page_texts import choose_language
from safety_tasks.records.dataset import ValidationReport
from safety_tasks.store.base import ObjectStore, is_key

_VERSION: Final = re.compile(r"^[0-9a-f]{16}$")
_SHOWN: Final = re.compile(r"^(report|review/[0-9a-f]{12}|validation/[0-9a-f]{12}/data_docs)/.+$")
_TYPES: Final = {
    "html": "text/html; charset=utf-8",
    "css": "text/css; charset=utf-8",
    "csv": "text/csv; charset=utf-8",
    "jpg": "image/jpeg",
    "png": "image/png",
    "svg": "image/svg+xml",
}


def dataset_pages(open_store: Callable[[], ObjectStore]) -> APIRouter:
    """Make the routes below ``datasets/``.

    Args:
        open_store: called for each request.
    """
    router = APIRouter(prefix="/datasets")

    @router.get("/{version_id}", response_class=HTMLResponse)
    def without_slash(version_id: str, request: Request) -> Response:
        """Go where relative links work."""
        if not _VERSION.match(version_id):
            return PlainTextResponse("expected a dataset version's id, 16 hex digits", 404)
        return RedirectResponse(f"{request.url.path}/", 307)

    @router.get("/{version_id}/", response_class=HTMLResponse)
    def list_pages(version_id: str, request: Request) -> Response:
        """List what there is to look at."""
        asked, accepted = request.query_params.get("lang"), request.headers.get("accept-language")
        language = choose_language(asked, accepted or "")
        try:
            store = open_store()
            found = _to_look_at(store, version_id)
            verdicts = _verdicts(store, version_id) if found else []
        except SafetyTasksError as problem:
            return PlainTextResponse(str(problem), 503)
        if not found:
            return PlainTextResponse(f"{version_id}: {TEXTS[language]['nothing']}", 404)
        return HTMLResponse(render_dataset(version_id, verdicts, found, language))

    @router.get("/{version_id}/{path:path}")
    def show(version_id: str, path: str) -> Response:
        """Return one object of a version."""
        kind = _TYPES.get(path.rpartition(".")[2])
        plain = _VERSION.match(version_id) and _SHOWN.match(path) and is_key(path)
        if not plain or kind is None:
            return PlainTextResponse(
                "expected a page of a dataset version, found no such name", 404
            )
        try:
            payload = open_store().get(f"dataset/versions/{version_id}/{path}").payload
        except ObjectNotFound as problem:
            return PlainTextResponse(str(problem), 404)
        except SafetyTasksError as problem:
            return PlainTextResponse(str(problem), 503)
        return Response(payload, media_type=kind)

    return router


def _to_look_at(store: ObjectStore, version_id: str) -> dict[str, list[str]]:
    """Return the paths of a version's pages below it, by the name of the text that says what they are."""
    if not _VERSION.match(version_id):
        return {}
    prefix = f"dataset/versions/{version_id}/"
    paths = [key.removeprefix(prefix) for key in store.keys(prefix)]
    found = {
        "report": [p for p in paths if p == "report/index.html"],
        # Each table's own page: the index shows nothing without scripts.
        "docs": [p for p in paths if "/data_docs/validations/" in p and p.endswith(".html")],
        "review": [
            p for p in paths if p.startswith("review/") and _TYPES.get(p.rpartition(".")[2])
        ],
    }
    return {name: mine for name, mine in found.items() if mine}


def _verdicts(store: ObjectStore, version_id: str) -> list[ValidationReport]:
    """Return what the suites said of a version, in order of the suite."""
    prefix = f"dataset/versions/{version_id}/validation/"
    return [
        ValidationReport.from_json_bytes(store.get(key).payload, what=key, error=DatasetError)
        for key in store.keys(prefix)
        if key.endswith("/report.json") and key.count("/") == prefix.count("/") + 1
    ]
