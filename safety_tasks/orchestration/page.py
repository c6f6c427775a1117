"""The page of gate reports in the Airflow UI: ops' first view, served by Airflow's API server under ``/safety/``.

Rules: who may see Airflow's plugins may see it, nobody else; it reads and never writes; every answer forbids scripts,
foreign sources and foreign frames; an error is shown with its words and the right status, never as a stack trace.
Routes are plain functions, so that waiting for the store happens in a thread.
"""

import logging
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Final

from airflow.api_fastapi.auth.managers.models.resource_details import AccessView
from airflow.api_fastapi.core_api.security import requires_access_view
from fastapi import Depends, FastAPI, Request, Response
from fastapi.responses import HTMLResponse, PlainTextResponse

from safety_tasks.errors import ObjectNotFound, SafetyTasksError
from safety_tasks.orchestration.dataset_pages import dataset_pages
from safety_tasks.orchestration.page_template import render
from safety_tasks.orchestration.page_texts import Words, choose_language
from safety_tasks.orchestration.page_view import PageView, read_page, read_sample
from safety_tasks.store.base import ObjectStore

HEADERS: Final = {
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; img-src 'self' data:; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'self'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}
may_see_plugins: Final = requires_access_view(AccessView.PLUGINS)
_log = logging.getLogger(__name__)


def open_airflows_store() -> ObjectStore:
    """Open the store as a task does."""
    from safety_tasks.orchestration.runtime import runtime

    return runtime()[1]


def create_app(open_store: Callable[[], ObjectStore] = open_airflows_store) -> FastAPI:
    """Make the app.

    Args:
        open_store: called for each request.
    """
    # The documentation routes would be open to everybody: dependencies do not reach them.
    page = FastAPI(
        title="Gate reports",
        dependencies=[Depends(may_see_plugins)],
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
    )

    @page.middleware("http")
    async def add_headers(
        request: Request, call_next: Callable[[Request], Awaitable[Response]]
    ) -> Response:
        try:
            response = await call_next(request)
        except Exception:
            _log.exception("%s: expected an answer, found an error", request.url.path)
            response = PlainTextResponse(
                "The page could not be made. The log of Airflow's API server says why.", 500
            )
        response.headers.update(HEADERS)
        return response

    @page.get("/", response_class=HTMLResponse)
    def list_reports(request: Request) -> HTMLResponse:
        """Show what serves now and the newest reports."""
        asked, accepted = request.query_params.get("lang"), request.headers.get("accept-language")
        words, now = Words(choose_language(asked, accepted or "")), datetime.now(UTC)
        try:
            view = read_page(open_store(), now)
        except SafetyTasksError as problem:
            view = PageView(now, problem=str(problem), is_whole=False)
        return HTMLResponse(render(view, words), 200 if view.is_whole else 503)

    @page.get("/samples/{run_id}/{index}")
    def show_sample(run_id: str, index: str) -> Response:
        """Return a sample picture that a report names."""
        try:
            number = int(index) if index.isascii() and index.isdigit() else -1
            return Response(read_sample(open_store(), run_id, number), media_type="image/jpeg")
        except ObjectNotFound as problem:
            return PlainTextResponse(str(problem), 404)
        except SafetyTasksError as problem:
            return PlainTextResponse(str(problem), 503)

    page.include_router(dataset_pages(open_store))
    return page


app: Final = create_app()
