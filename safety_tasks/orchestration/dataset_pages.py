"""What ingest leaves for people of a dataset version, shown in the Airflow UI: report, Data Docs, review queue.

Rules: only objects of that version that were made to be looked at are served, each with the type that its name says; a
page is shown as it lies in the store, under the same ban on scripts and foreign sources as every other; a version that
is not there is said, not guessed.
"""

import html
import re
from collections.abc import Callable
from typing import Final

from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse, PlainTextResponse, RedirectResponse

from safety_tasks.errors import ObjectNotFound, SafetyTasksError
from safety_tasks.orchestration.page_style import STYLE
from safety_tasks.orchestration.page_texts import Language, choose_language
from safety_tasks.store.base import ObjectStore, is_key

_VERSION: Final = re.compile(r"^[0-9a-f]{16}$")
_SHOWN: Final = re.compile(r"^(report|review/[0-9a-f]{12}|validation/[0-9a-f]{12}/data_docs)/.+$")
_TEXTS: Final[dict[Language, dict[str, str]]] = {
    "en": {
        "dataset": "Dataset version",
        "report": "Dataset report",
        "docs": "Data Docs: every expectation, with what was observed",
        "review": "Labels worth a second look",
        "nothing": "nothing to look at: there is no such version, or it was not validated yet",
    },
    "ko": {
        "dataset": "데이터셋 버전",
        "report": "데이터셋 보고서",
        "docs": "Data Docs: 모든 기대 조건과 관측값",
        "review": "다시 볼 만한 라벨",
        "nothing": "볼 것이 없습니다: 그런 버전이 없거나 아직 검증되지 않았습니다",
    },
}
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
            found = _to_look_at(open_store(), version_id)
        except SafetyTasksError as problem:
            return PlainTextResponse(str(problem), 503)
        if not found:
            return PlainTextResponse(f"{version_id}: {_TEXTS[language]['nothing']}", 404)
        return HTMLResponse(_page(version_id, found, language))

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
        "docs": [p for p in paths if p.endswith("/data_docs/index.html")],
        "review": [
            p for p in paths if p.startswith("review/") and _TYPES.get(p.rpartition(".")[2])
        ],
    }
    return {name: mine for name, mine in found.items() if mine}


def _page(version_id: str, found: dict[str, list[str]], language: Language) -> str:
    texts = _TEXTS[language]
    title = html.escape(f"{texts['dataset']} {version_id}")
    parts = []
    for name, paths in found.items():
        links = "".join(
            f'<li><a href="{html.escape(path, quote=True)}">{html.escape(path)}</a></li>'
            for path in paths
        )
        parts.append(f"<h2>{html.escape(texts[name])}</h2><ul>{links}</ul>")
    return (
        f'<!doctype html><html lang="{language}"><head><meta charset="utf-8">'
        f'<meta name="viewport" content="width=device-width,initial-scale=1"><title>{title}</title>'
        f"<style>{STYLE}</style></head><body><main><h1>{title}</h1>{''.join(parts)}</main></body></html>"
    )
