"""What ingest leaves for people of a dataset version is shown to who may see it, and nothing else is."""

from collections.abc import Callable

import pytest
from starlette.testclient import TestClient

from safety_tasks.store.local import LocalStore

VERSION = "0123456789abcdef"
PREFIX = f"dataset/versions/{VERSION}"
SUITE = "validation/0123456789ab"
OpenPage = Callable[..., TestClient]


@pytest.fixture
def described(local_store: LocalStore) -> LocalStore:
    """Give a store with a version's pages, and what must not be given out."""
    files = {
        "report/index.html": b"<h1>report</h1>",
        f"{SUITE}/data_docs/index.html": b"<h1>docs</h1>",
        f"{SUITE}/data_docs/static/style.css": b"h1{}",
        f"{SUITE}/report.json": b"{}",
        "review/0123456789ab/queue.csv": b"rank",
        "review/0123456789ab/sheet-00.jpg": b"\xff\xd8\xff picture",
        "manifest.parquet": b"rows",
        "version.json": b"{}",
    }
    for path, payload in files.items():
        local_store.put(f"{PREFIX}/{path}", payload)
    return local_store


def test_the_pages_are_listed(described: LocalStore, open_page: OpenPage) -> None:
    """Report, Data Docs and review queue are linked, in the language asked for; records are not."""
    page = open_page(lambda: described)
    english = page.get(f"/datasets/{VERSION}/").text
    assert f"Dataset version {VERSION}" in english
    for path in (
        "report/index.html",
        f"{SUITE}/data_docs/index.html",
        "review/0123456789ab/queue.csv",
    ):
        assert f'<a href="{path}">' in english
    assert "manifest.parquet" not in english
    assert "데이터셋 보고서" in page.get(f"/datasets/{VERSION}/?lang=ko").text


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("report/index.html", "text/html; charset=utf-8"),
        (f"{SUITE}/data_docs/static/style.css", "text/css; charset=utf-8"),
        ("review/0123456789ab/queue.csv", "text/csv; charset=utf-8"),
        ("review/0123456789ab/sheet-00.jpg", "image/jpeg"),
    ],
)
def test_a_page_is_shown_as_it_lies(
    described: LocalStore, open_page: OpenPage, path: str, kind: str
) -> None:
    """Its bytes, the type of its name, and the ban on scripts and foreign sources."""
    answer = open_page(lambda: described).get(f"/datasets/{VERSION}/{path}")
    assert answer.status_code == 200
    assert answer.content == described.get(f"{PREFIX}/{path}").payload
    assert answer.headers["content-type"] == kind
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert answer.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize(
    "path",
    [
        f"{VERSION}/version.json",
        f"{VERSION}/manifest.parquet",
        f"{VERSION}/{SUITE}/report.json",
        f"{VERSION}/report/none.html",
        f"{VERSION}/report/..%2Fversion.json",
        f"{VERSION}/report/%2e%2e/version.json",
        f"{VERSION}/report/a%00.html",
        "fedcba9876543210/",
        "..%2F..%2Fruns/",
        "not-a-version",
    ],
)
def test_nothing_else_is_given_out(described: LocalStore, open_page: OpenPage, path: str) -> None:
    """Records, names that climb, versions that are not there: 404, and none of their bytes."""
    answer = open_page(lambda: described).get(f"/datasets/{path}")
    assert answer.status_code == 404
    assert "rows" not in answer.text


def test_the_address_without_a_slash_leads_to_the_page(
    described: LocalStore, open_page: OpenPage
) -> None:
    """Relative links need the slash, so the address without it leads there."""
    answer = open_page(lambda: described).get(f"/datasets/{VERSION}", follow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (307, f"/datasets/{VERSION}/")
