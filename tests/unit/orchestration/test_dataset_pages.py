"""What ingest leaves for people of a dataset version is shown to who may see it, and nothing else is."""

from collections.abc import Callable

import pytest
from starlette.testclient import TestClient

from safety_tasks.orchestration.dataset_view import TEXTS
from safety_tasks.records.dataset import Expectation, ValidationReport
from safety_tasks.store.local import LocalStore

VERSION = "0123456789abcdef"
PREFIX = f"dataset/versions/{VERSION}"
SUITE = "validation/0123456789ab"
REPORT = ValidationReport(
    version_id=VERSION,
    manifest_sha256="0" * 64,
    suite_sha256="0" * 64,
    success=False,
    expectations=(
        Expectation(name="held", subject="a", success=True, observed="1", reason="why"),
        Expectation(
            name="dark_pictures",
            subject="pictures.brightness",
            success=False,
            observed="9 of 10",
            reason="a lens cap",
            required="at least 12",
            worst=("abc cap<script>.jpg 3.0",),
        ),
    ),
    data_docs_key="docs",
)
OpenPage = Callable[..., TestClient]


@pytest.fixture
def described(local_store: LocalStore) -> LocalStore:
    """Give a store with a version's pages, and what must not be given out."""
    files = {
        "report/index.html": b"<h1>report</h1>",
        f"{SUITE}/data_docs/validations/a b/dataset-boxes.html": b"<h1>docs</h1>",
        f"{SUITE}/data_docs/static/style.css": b"h1{}",
        f"{SUITE}/report.json": REPORT.to_json_bytes(),
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
    docs = f"{SUITE}/data_docs/validations/a%20b/dataset-boxes.html"
    for path in ("report/index.html", docs, "review/0123456789ab/queue.csv"):
        assert f'<a href="{path}">' in english
    assert "manifest.parquet" not in english
    assert "데이터셋 보고서" in page.get(f"/datasets/{VERSION}/?lang=ko").text


def test_what_failed_comes_first(described: LocalStore, open_page: OpenPage) -> None:
    """The verdict is on top, the failed expectation before those that held, its worst rows escaped."""
    text = open_page(lambda: described).get(f"/datasets/{VERSION}/").text
    assert "FAILED" in text
    assert "1 of 2 expectations held." in text
    assert text.index("dark_pictures") < text.index(">held<")
    assert "cap&lt;script&gt;.jpg" in text
    assert "<script" not in text
    korean = open_page(lambda: described).get(f"/datasets/{VERSION}/?lang=ko").text
    assert "기대 조건 2개 중 1개가 지켜졌습니다." in korean


def test_both_languages_have_the_same_texts() -> None:
    """Whatever is said in one language is said in the other."""
    assert TEXTS["en"].keys() == TEXTS["ko"].keys()


def test_a_verdict_that_cannot_be_read_is_said(described: LocalStore, open_page: OpenPage) -> None:
    """A report that is no report is an error with its words, not an empty page."""
    described.put(f"{PREFIX}/{SUITE}/report.json", b"{}")
    answer = open_page(lambda: described).get(f"/datasets/{VERSION}/")
    assert answer.status_code == 503
    assert "expected a ValidationReport" in answer.text


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
