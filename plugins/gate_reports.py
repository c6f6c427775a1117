"""Registration of the page of gate reports; the page itself is ``safety_tasks.orchestration.page``.

Rule: every Airflow process runs this file, tasks too; the page is imported where it is asked for: in the API server.
"""

from typing import Any, ClassVar
from urllib.parse import urlsplit

from airflow.configuration import conf
from airflow.plugins_manager import AirflowPlugin

_BASE = urlsplit(conf.get("api", "base_url", fallback="/")).path.rstrip("/")


class GateReportsPage:
    """The page's ASGI app, imported at the first request."""

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Answer one request."""
        from safety_tasks.orchestration.page import app

        await app(scope, receive, send)


class GateReportsPlugin(AirflowPlugin):
    """The page under ``/safety/`` and its entry in the navigation."""

    name = "gate_reports"
    fastapi_apps: ClassVar[list[Any]] = [
        {"app": GateReportsPage(), "url_prefix": "/safety", "name": "Gate reports"}
    ]
    external_views: ClassVar[list[Any]] = [
        {
            "name": "Gate reports",
            "href": f"{_BASE}/safety/",
            "destination": "nav",
            "url_route": "gate-reports",
            "nav_top_level": True,
        }
    ]
