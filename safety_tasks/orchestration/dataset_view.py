"""The page of one dataset version as HTML: the verdict of its validation, and links to what else there is.

Rules: what failed comes first, warnings next; every text from data is escaped; both languages hold the same keys.
"""

from collections.abc import Mapping, Sequence
from html import escape
from typing import Final
from urllib.parse import quote

from safety_tasks.orchestration.page_style import STYLE
from safety_tasks.orchestration.page_texts import LANGUAGES, Language
from safety_tasks.records.dataset import Expectation, ValidationReport

TEXTS: Final[dict[Language, dict[str, str]]] = {
    "en": {
        "dataset": "Dataset version",
        "other": "한국어",
        "verdict": "Validation",
        "result": "Result",
        "open": "open",
        "passed": "PASSED",
        "failed": "FAILED",
        "held": "{} of {} expectations held.",
        "fail": "failed",
        "warn": "warning",
        "ok": "held",
        "expectation": "Expectation",
        "observed": "Observed",
        "required": "Required",
        "worst": "Worst rows",
        "all": "All expectations",
        "report": "Dataset report",
        "docs": "Data Docs, by table (plain: the UI runs no scripts; downloaded they show their style)",
        "review": "Labels worth a second look",
        "nothing": "nothing to look at: there is no such version, or it was not validated yet",
    },
    "ko": {
        "dataset": "데이터셋 버전",
        "other": "English",
        "verdict": "검증",
        "result": "결과",
        "open": "열기",
        "passed": "통과",
        "failed": "불합격",
        "held": "기대 조건 {1}개 중 {0}개가 지켜졌습니다.",
        "fail": "불합격",
        "warn": "경고",
        "ok": "지켜짐",
        "expectation": "기대 조건",
        "observed": "관측값",
        "required": "요구값",
        "worst": "가장 나쁜 행",
        "all": "모든 기대 조건",
        "report": "데이터셋 보고서",
        "docs": "표별 Data Docs (UI는 스크립트를 실행하지 않아 꾸밈이 없습니다; 내려받으면 제대로 보입니다)",
        "review": "다시 볼 만한 라벨",
        "nothing": "볼 것이 없습니다: 그런 버전이 없거나 아직 검증되지 않았습니다",
    },
}
_LONG: Final = ' class="long"'
_WIDE: Final = ("expectation", "worst")
_BADGES: Final = {"fail": "FAIL", "warn": "INCONCLUSIVE", "ok": "PASS"}


def render_dataset(
    version_id: str,
    verdicts: Sequence[ValidationReport],
    pages: Mapping[str, Sequence[str]],
    language: Language,
) -> str:
    """Return the page.

    Args:
        version_id: the version.
        verdicts: what suites said of it.
        pages: paths below the version, by the name of the text that says what they are.
        language: of the page.
    """
    texts = TEXTS[language]
    title = escape(f"{texts['dataset']} {version_id}")
    other = next(each for each in LANGUAGES if each != language)
    parts = [_verdict(report, texts) for report in verdicts]
    for name, paths in pages.items():
        links = "".join(
            f'<li><a href="{escape(quote(path), quote=True)}">{escape(_short(path) or texts["open"])}</a></li>'
            for path in paths
        )
        parts.append(f"<h2>{escape(texts[name])}</h2><ul>{links}</ul>")
    return (
        f'<!doctype html><html lang="{language}"><head><meta charset="utf-8">'
        f'<meta name="viewport" content="width=device-width,initial-scale=1"><title>{title}</title>'
        f"<style>{STYLE}</style></head><body><header><h1>{title}</h1>"
        f'<nav><a href="?lang={other}" lang="{other}">{escape(texts["other"])}</a></nav></header>'
        f"<main>{''.join(parts)}</main></body></html>"
    )


def _verdict(report: ValidationReport, texts: Mapping[str, str]) -> str:
    held = sum(item.success for item in report.expectations)
    word, badge = ("passed", "PASS") if report.success else ("failed", "FAIL")
    missed = [*report.failed, *report.warnings]
    rest = [item for item in report.expectations if item.success]
    return (
        f'<section class="card {badge}"><div class="top"><h2>{escape(texts["verdict"])}</h2>'
        f'<span class="badge {badge}">{escape(texts[word])}</span>'
        f"<span>{escape(texts['held'].format(held, len(report.expectations)))}</span></div>"
        f"{_table(missed, texts)}<details><summary>{escape(texts['all'])}</summary>"
        f"{_table([*missed, *rest], texts)}</details></section>"
    )


def _table(items: Sequence[Expectation], texts: Mapping[str, str]) -> str:
    if not items:
        return ""
    columns = ("result", "expectation", "observed", "required", "worst")
    head = "".join(f'<th scope="col">{escape(texts[name])}</th>' for name in columns)
    rows = "".join(_row(item, texts) for item in items)
    return f'<div class="scroll" tabindex="0"><table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table></div>'


def _row(item: Expectation, texts: Mapping[str, str]) -> str:
    state = "ok" if item.success else str(item.severity)
    worst = "<br>".join(escape(row) for row in item.worst)
    cells = (
        ("result", f'<span class="badge {_BADGES[state]}">{escape(texts[state])}</span>'),
        (
            "expectation",
            f'{escape(item.name)}<span class="second">{escape(item.subject)}: {escape(item.reason)}</span>',
        ),
        ("observed", escape(item.observed)),
        ("required", escape(item.required)),
        ("worst", worst),
    )
    return (
        "<tr>"
        + "".join(
            f'<td{_LONG if name in _WIDE else ""} data-label="{escape(texts[name], quote=True)}">{cell}</td>'
            for name, cell in cells
        )
        + "</tr>"
    )


def _short(path: str) -> str:
    """Return what tells a page from its neighbours: the last part of its path; nothing if it has none."""
    return path.rpartition("/")[2].removesuffix("index.html")
