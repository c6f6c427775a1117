"""Who may see the page, what its answers forbid, which pictures it gives out, and how Airflow loads it."""

import importlib.util
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from safety_tasks.records.gate import GateReportRef
from safety_tasks.store.local import LocalStore

ROOT = Path(__file__).resolve().parents[3]
Judge = Callable[..., GateReportRef]
JPEG = b"\xff\xd8\xff\xe0 a picture"


@pytest.fixture
def tokens(monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, str]]:
    """Give tokens by role (``none``: no role), signed by Airflow's auth manager; no token was revoked."""
    monkeypatch.setenv(
        "AIRFLOW__API_AUTH__JWT_SECRET", "of the tests, long enough: " + "0123456789abcdef" * 4
    )
    from airflow.api_fastapi.app import create_auth_manager, purge_cached_app
    from airflow.api_fastapi.auth.managers.simple.user import SimpleAuthManagerUser
    from airflow.models.revoked_token import RevokedToken

    monkeypatch.setattr(RevokedToken, "is_revoked", lambda *given: False)
    purge_cached_app()
    manager = create_auth_manager()
    yield {
        role: manager.generate_jwt(SimpleAuthManagerUser(username=role, role=role.upper()))
        for role in ("viewer", "admin")
    } | {"none": manager.generate_jwt(SimpleAuthManagerUser(username="none", role=None))}
    purge_cached_app()


@pytest.fixture
def guarded(local_store: LocalStore) -> TestClient:
    """Give the page as Airflow serves it: nobody is let in by the test."""
    from safety_tasks.orchestration.page import create_app

    return TestClient(create_app(lambda: local_store))


PATHS = [
    "/",
    "/samples/r1/0",
    "/datasets/0123456789abcdef/",
    "/datasets/0123456789abcdef/report/index.html",
]


@pytest.mark.parametrize("path", PATHS)
def test_without_a_login_nothing_is_shown(guarded: TestClient, path: str, judge: Judge) -> None:
    """No token: 401, and not a word of a report."""
    judge("r1")
    answer = guarded.get(path)
    assert answer.status_code == 401
    assert "r1" not in answer.text
    assert "default-src 'none'" in answer.headers["content-security-policy"]


@pytest.mark.parametrize("path", PATHS)
def test_a_forged_login_and_one_without_a_role_are_refused(
    guarded: TestClient, tokens: dict[str, str], path: str
) -> None:
    """A token that Airflow did not sign, or of a user who may see nothing, is refused with 403."""
    for token in (tokens["viewer"][:-4] + "AAAA", tokens["none"]):
        answer = guarded.get(path, headers={"Authorization": f"Bearer {token}"})
        assert answer.status_code == 403


@pytest.mark.parametrize("role", ["viewer", "admin"])
def test_who_may_look_sees_the_page(guarded: TestClient, tokens: dict[str, str], role: str) -> None:
    """A viewer's login is enough, in a header or in the browser's cookie."""
    header = guarded.get("/", headers={"Authorization": f"Bearer {tokens[role]}"})
    cookie = guarded.get("/", headers={"Cookie": f"_token={tokens[role]}"})
    assert (header.status_code, cookie.status_code) == (200, 200)


@pytest.mark.parametrize("path", ["/docs", "/redoc", "/openapi.json"])
def test_there_is_no_page_beside_the_guarded_ones(guarded: TestClient, path: str) -> None:
    """The framework's own pages, which no login guards, are not there."""
    assert guarded.get(path).status_code == 404


@pytest.mark.parametrize("path", ["/", "/samples/r1/0", "/samples/r1/7", "/nothing"])
def test_every_answer_forbids_scripts_frames_and_caches(
    page: TestClient, judge: Judge, local_store: LocalStore, path: str
) -> None:
    """Nothing foreign runs in the page, nobody else frames it, and no cache keeps it."""
    judge("r1", samples=("runs/r1/samples/00.jpg",))
    local_store.put("runs/r1/samples/00.jpg", JPEG)
    headers = page.get(path).headers
    rules = dict(
        rule.strip().split(" ", 1) for rule in headers["content-security-policy"].split(";")
    )
    assert rules == {
        "default-src": "'none'",
        "style-src": "'unsafe-inline'",
        "img-src": "'self' data:",
        "base-uri": "'none'",
        "form-action": "'none'",
        "frame-ancestors": "'self'",
    }
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["cache-control"] == "no-store"
    assert headers["referrer-policy"] == "no-referrer"


def test_the_page_loads_nothing_from_elsewhere(page: TestClient, judge: Judge) -> None:
    """No script, no absolute address, no new window: the page works in a sandboxed frame under any prefix."""
    judge("r1", samples=("runs/r1/samples/00.jpg",))
    html = page.get("/").text
    assert 'src="samples/r1/0" loading="lazy"' in html
    for text in ("<script", "http://", "https://", "target=", 'href="/', 'src="/', "url("):
        assert text not in html


def test_sample_pictures_of_a_report_are_given_out(
    page: TestClient, judge: Judge, local_store: LocalStore
) -> None:
    """The first four pictures that the report lists, as JPEG; a fifth is not."""
    keys = tuple(f"runs/r+1/samples/{index:02d}.jpg" for index in range(5))
    judge("r+1", samples=keys)
    for key in keys:
        local_store.put(key, JPEG + key.encode())
    answer = page.get("/samples/r%2B1/3")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "image/jpeg")
    assert answer.content == JPEG + keys[3].encode()
    assert page.get("/samples/r%2B1/4").status_code == 404
    html = page.get("/").text
    assert html.count("<img ") == 4
    assert 'src="samples/r%2B1/3"' in html


@pytest.mark.parametrize(
    "key",
    [
        "runs/r1/samples/../gate/report.json",
        "runs/r2/samples/00.jpg",
        "runs/r1/secret.jpg",
        "../outside.jpg",
        "runs/r1/samples/text.jpg",
    ],
)
def test_a_listed_key_that_is_no_sample_of_the_run_is_refused(
    page: TestClient, judge: Judge, local_store: LocalStore, tmp_path: Path, key: str
) -> None:
    """Another run's picture, another folder's file, a path out of the store or a file that is no picture: 404."""
    for name in ("runs/r2/samples/00.jpg", "runs/r1/secret.jpg"):
        local_store.put(name, JPEG)
    local_store.put("runs/r1/samples/text.jpg", b"<script>alert(1)</script>")
    (tmp_path / "outside.jpg").write_bytes(JPEG)
    judge("r1", samples=(key,))
    assert page.get("/samples/r1/0").status_code == 404


@pytest.mark.parametrize(
    "path", ["/samples/r1/1", "/samples/r1/-1", "/samples/r1/x", "/samples/r1/²", "/samples/r9/0"]
)
def test_what_no_report_lists_is_not_given_out(
    page: TestClient, judge: Judge, local_store: LocalStore, path: str
) -> None:
    """A picture that is in the store, but in no report, is not found; nor is one of an unknown run."""
    for index in range(2):
        local_store.put(f"runs/r1/samples/{index:02d}.jpg", JPEG)
    local_store.put("runs/r9/samples/00.jpg", JPEG)
    judge("r1", samples=("runs/r1/samples/00.jpg",))
    assert page.get("/samples/r1/0").status_code == 200
    assert page.get(path).status_code == 404


@pytest.mark.parametrize(
    "path",
    ["/samples/..%2F..%2Fetc/0", "/samples/r1/..%2F0", "/samples/%2e%2e/0", "/samples/r1/0/"],
)
def test_a_path_out_of_the_runs_folder_leads_nowhere(
    page: TestClient, judge: Judge, path: str
) -> None:
    """Dots and slashes in the address find nothing."""
    judge("r1", samples=("runs/r1/samples/00.jpg",))
    assert page.get(path).status_code == 404


def test_an_altered_report_gives_out_no_picture(
    page: TestClient, judge: Judge, local_store: LocalStore
) -> None:
    """Keys are taken from a proved report only."""
    local_store.put("runs/r1/samples/00.jpg", JPEG)
    ref = judge("r1", samples=("runs/r1/samples/00.jpg",))
    payload = local_store.get(ref.report.key).payload
    local_store.put(ref.report.key, payload.replace(b"00.jpg", b"01.jpg"))
    assert page.get("/samples/r1/0").status_code == 503


def load_plugin() -> Any:
    """Run the plugin's file under its bare name, as Airflow does."""
    spec = importlib.util.spec_from_file_location("gate_reports", ROOT / "plugins/gate_reports.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.GateReportsPlugin


def test_the_plugin_registers_what_airflow_wants() -> None:
    """One app under an allowed prefix, and one entry of the navigation that leads to it, as Airflow checks them."""
    from airflow.api_fastapi.app import RESERVED_URL_PREFIXES
    from airflow.api_fastapi.core_api.datamodels.plugins import ExternalViewResponse

    plugin = load_plugin()
    [app], [view] = plugin.fastapi_apps, plugin.external_views
    assert not app["url_prefix"].startswith(tuple(RESERVED_URL_PREFIXES))
    assert ExternalViewResponse(**view).href == f"{app['url_prefix']}/"
    assert [path.name for path in (ROOT / "plugins").glob("*.py")] == ["gate_reports.py"]


def test_the_registered_app_is_the_guarded_page() -> None:
    """What the plugin mounts asks for a login as well."""
    [app] = load_plugin().fastapi_apps
    assert TestClient(app["app"]).get("/").status_code == 401


@pytest.mark.slow
def test_the_page_brings_no_training_framework_into_the_api_server() -> None:
    """Loading the plugin imports no page; the page imports no torch, no model runtime and no validation framework."""
    code = (
        "import sys, runpy\n"
        "runpy.run_path('plugins/gate_reports.py')\n"
        "assert 'safety_tasks.orchestration.page' not in sys.modules\n"
        "import safety_tasks.orchestration.page, safety_tasks.orchestration.runtime\n"
        "heavy = {'torch', 'ultralytics', 'great_expectations', 'onnxruntime', 'cv2'}\n"
        "assert not heavy & set(sys.modules), heavy & set(sys.modules)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr[-2000:]
