"""With CI=true a suite may not skip what it cannot run: the rule of tests/conftest.py, seen red and green."""

from pathlib import Path

import pytest

pytest_plugins = ["pytester"]
pytestmark = pytest.mark.slow

CONFTEST = Path(__file__).resolve().parents[1] / "conftest.py"
BARE_SKIP = "import pytest\ndef test_it():\n    pytest.skip('no reason is good enough')\n"
MODULE_SKIP = "import pytest\npytest.skip('all of it', allow_module_level=True)\n"
XFAIL = "import pytest\n@pytest.mark.xfail(strict=True)\ndef test_it():\n    assert False\n"
PICTURES = (
    "import pytest\n@pytest.mark.real_pictures\ndef test_it(): pass\ndef test_other(): pass\n"
)
FIXTURE = "def test_it(real_mini): pass\ndef test_other(): pass\n"


def marked_skip(marker: str) -> str:
    """Return a test module whose only test is marked and skips."""
    return f"import pytest\n@pytest.mark.{marker}\ndef test_it():\n    pytest.skip('none here')\n"


def run(pytester: pytest.Pytester, module: str, *options: str) -> pytest.RunResult:
    """Run one test module under the project's own conftest."""
    pytester.makeconftest(CONFTEST.read_text(encoding="utf-8"))
    pytester.makepyfile(module)
    return pytester.runpytest_subprocess("-p", "no:cacheprovider", "--strict-markers", *options)


@pytest.mark.parametrize(
    ("ci", "module", "outcome"),
    [
        ("", BARE_SKIP, {"skipped": 1}),
        ("true", BARE_SKIP, {"failed": 1}),
        ("true", MODULE_SKIP, {"errors": 1}),
        ("true", marked_skip("real_pictures"), {"deselected": 1}),
        ("true", marked_skip("gpu"), {"skipped": 1}),
        ("true", marked_skip("container_engine"), {"skipped": 1}),
        ("true", marked_skip("real_aws"), {"skipped": 1}),
        ("true", XFAIL, {"xfailed": 1}),
    ],
)
def test_only_named_markers_may_skip_in_ci(
    pytester: pytest.Pytester,
    monkeypatch: pytest.MonkeyPatch,
    ci: str,
    module: str,
    outcome: dict[str, int],
) -> None:
    """A skip is red in CI unless its test is marked as needing a machine CI may lack."""
    monkeypatch.setenv("CI", ci)
    result = run(pytester, module)
    result.assert_outcomes(**outcome)
    red = any(word in outcome for word in ("failed", "errors"))
    assert ("expected no skip with CI=true" in result.stdout.str()) is red


@pytest.mark.parametrize("module", [PICTURES, FIXTURE])
@pytest.mark.parametrize("options", [(), ("-n", "1")])
def test_absent_pictures_are_counted_not_skipped(
    pytester: pytest.Pytester,
    monkeypatch: pytest.MonkeyPatch,
    module: str,
    options: tuple[str, ...],
) -> None:
    """In CI without real pictures their tests are deselected with a printed count, the rest runs."""
    monkeypatch.setenv("CI", "true")
    result = run(pytester, module, *options)
    assert result.parseoutcomes().get("passed") == 1
    assert "failed" not in result.parseoutcomes()
    result.stdout.fnmatch_lines(["*real pictures are absent: 1 tests deselected*"])


def test_absent_pictures_skip_on_a_desk(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Outside CI the skip says what is missing and where it is looked for."""
    monkeypatch.setenv("CI", "")
    result = run(pytester, FIXTURE, "-rs")
    result.assert_outcomes(skipped=1, passed=1)
    result.stdout.fnmatch_lines(["*real pictures are missing: expected ../shared/data/mini*"])
