"""The words of the page of gate reports, in English and Korean.

Rule: both languages hold the same keys; a text with ``{}`` is filled by ``Words.text``.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

from safety_tasks.records.gate import Verdict

Language = Literal["en", "ko"]
LANGUAGES: Final[tuple[Language, ...]] = ("en", "ko")

_ENGLISH: Final = {
    "title": "Gate reports",
    "intro": "What serves the cameras now, and why each candidate was let through or not.",
    "as_of": "As of {} UTC",
    "refresh": "Refresh",
    "other_language": "한국어",
    "serving": "Serving now",
    "release": "Release {}",
    "published": "published {} UTC, {} ago",
    "nothing_published": "Nothing published yet",
    "unsigned": "unsigned",
    "unproved": "could not be proved",
    "tally": "The newest reports: {}",
    "tally_problem": "unreadable",
    "empty_title": "No gate report yet",
    "empty": "Deliver labelled pictures under incoming/ in the bucket, then trigger the DAG ingest_labeled_images. "
    "Each new dataset version starts retrain_detector, and its verdict appears here.",
    "broken_title": "The reports could not be read",
    "broken": "The page shows what it could read. Cameras keep detecting with the release they have.",
    "report_broken": "This report could not be proved",
    "report_broken_next": "Do not rely on its verdict. Find out who changed or removed the object, then trigger "
    "retrain_detector again.",
    "contradiction": "expected one verdict in the list, the report and its checks, found {}. It was written by other "
    "code or altered.",
    "serves": "serves {} now",
    "reasons": "Reasons",
    "all_passed": "Every required check passed: {}.",
    "all_reported": "Only reported, whatever they found: {}.",
    "all_waived": "Waived: {}.",
    "details": "Checks, hazards, files, the gate's test of itself, latency, champion, pictures",
    "next": "What to do next",
    "checks": "Checks",
    "check": "Check",
    "observed": "Observed",
    "required": "Required",
    "verdict": "Verdict",
    "reason": "Reason",
    "hazards": "Hazards",
    "hazard": "Hazard",
    "ap50_floor": "AP50 floor",
    "difference": "Difference",
    "recall_needs": "Recall needs",
    "intervals": "Small print: 95 % intervals over scenes. Difference: candidate − champion in AP50, same pictures.",
    "files": "Files of the release",
    "self_test": "The gate's test of itself",
    "self_test_of": "It refused {} of {} candidates that were made bad on purpose.",
    "self_test_skipped": "Not made: {}.",
    "champion_ap50": "Champion AP50",
    "recall": "Recall",
    "support": "Support",
    "latency": "Latency",
    "latency_of": "A frame takes p50 {:.1f} ms, p95 {:.1f} ms, p99 {:.1f} ms at {} px on {} (budget p95 {:.0f} ms).",
    "champion": "Champion",
    "samples": "Sample pictures of the holdout, with what the candidate found",
    "sample": "Sample picture {} of run {}",
    "dataset": "Dataset version",
    "model": "Model",
    "policy": "Policy",
    "synthetic": "Synthetic pictures: these numbers say nothing about real cameras",
    "waived": "waived by {}",
    "reported": "only reported",
    "next_serving": "Nothing: this model is what {} serves.",
}
_KOREAN: Final = {
    "title": "게이트 보고서",
    "intro": "지금 카메라에 제공되는 모델과, 각 후보가 통과했거나 통과하지 못한 이유입니다.",
    "as_of": "{} UTC 기준",
    "refresh": "새로 고침",
    "other_language": "English",
    "serving": "현재 제공 중",
    "release": "릴리스 {}",
    "published": "{} UTC 게시, {} 전",
    "nothing_published": "아직 게시된 것이 없습니다",
    "unsigned": "서명 없음",
    "unproved": "검증할 수 없습니다",
    "tally": "최근 보고서: {}",
    "tally_problem": "읽을 수 없음",
    "empty_title": "아직 게이트 보고서가 없습니다",
    "empty": "버킷의 incoming/ 아래에 라벨 사진을 전달한 뒤 ingest_labeled_images DAG를 실행하세요. 새 데이터셋 버전이 "
    "생길 때마다 retrain_detector가 시작되고 판정이 여기에 나타납니다.",
    "broken_title": "보고서를 읽을 수 없습니다",
    "broken": "읽을 수 있는 것만 표시합니다. 카메라는 가지고 있는 릴리스로 계속 감지합니다.",
    "report_broken": "이 보고서를 검증할 수 없습니다",
    "report_broken_next": "이 판정을 믿지 마세요. 누가 객체를 바꾸거나 지웠는지 확인한 뒤 retrain_detector를 다시 "
    "실행하세요.",
    "contradiction": "목록, 보고서, 검사의 판정이 같아야 하는데 {}입니다. 다른 코드가 썼거나 변경되었습니다.",
    "serves": "지금 {} 제공 중",
    "reasons": "사유",
    "all_passed": "필수 검사 {}개를 모두 통과했습니다.",
    "all_reported": "결과와 관계없이 참고만 한 검사: {}개.",
    "all_waived": "면제된 검사: {}개.",
    "details": "검사, 위험 요소, 파일, 게이트 자체 시험, 지연 시간, 챔피언, 사진",
    "next": "다음에 할 일",
    "checks": "검사",
    "check": "검사",
    "observed": "측정값",
    "required": "기준",
    "verdict": "판정",
    "reason": "사유",
    "hazards": "위험 요소",
    "hazard": "위험 요소",
    "ap50_floor": "AP50 하한",
    "difference": "차이",
    "recall_needs": "재현율 기준",
    "intervals": "작은 글씨: 장면 단위 95 % 구간. 차이: 같은 사진에서 후보 − 챔피언의 AP50.",
    "files": "릴리스에 담기는 파일",
    "self_test": "게이트 자체 시험",
    "self_test_of": "일부러 망가뜨린 후보 {1}개 중 {0}개를 거부했습니다.",
    "self_test_skipped": "만들지 않은 것: {}.",
    "champion_ap50": "챔피언 AP50",
    "recall": "재현율",
    "support": "근거",
    "latency": "지연 시간",
    "latency_of": "한 프레임: p50 {:.1f} ms, p95 {:.1f} ms, p99 {:.1f} ms ({} px, {}, p95 예산 {:.0f} ms).",
    "champion": "챔피언",
    "samples": "후보가 찾은 것을 표시한 홀드아웃 사진",
    "sample": "실행 {1}의 사진 {0}",
    "dataset": "데이터셋 버전",
    "model": "모델",
    "policy": "정책",
    "synthetic": "합성 사진: 이 수치는 실제 카메라에 대해 아무것도 말해 주지 않습니다",
    "waived": "면제 {}",
    "reported": "참고",
    "next_serving": "할 일이 없습니다: {}에서 이 모델을 제공하고 있습니다.",
}
TEXTS: Final[Mapping[Language, Mapping[str, str]]] = {"en": _ENGLISH, "ko": _KOREAN}
_VERDICTS_KOREAN: Final = {
    Verdict.PASS: "통과",
    Verdict.FAIL: "불합격",
    Verdict.INCONCLUSIVE: "판정 불가",
}
_AGES: Final[Mapping[Language, tuple[str, str, str]]] = {
    "en": ("{} d {} h", "{} h {} min", "{} min"),
    "ko": ("{}일 {}시간", "{}시간 {}분", "{}분"),
}


@dataclass(frozen=True)
class Words:
    """One language's words."""

    language: Language

    @property
    def other(self) -> Language:
        """The language to offer."""
        return "en" if self.language == "ko" else "ko"

    def text(self, key: str, *values: object) -> str:
        """Return a text with its blanks filled."""
        text = TEXTS[self.language][key]
        return text.format(*values) if values else text

    def verdict(self, verdict: Verdict) -> str:
        """Return a verdict in both languages: the English word is the one in records and logs."""
        return f"{verdict.value} {_VERDICTS_KOREAN[verdict]}"

    def age(self, seconds: float) -> str:
        """Return a span of time in its two largest units."""
        minutes = max(0, int(seconds)) // 60
        days, hours, rest = minutes // 1440, minutes // 60 % 24, minutes % 60
        long, middle, short = _AGES[self.language]
        if days:
            return long.format(days, hours)
        return middle.format(hours, rest) if hours else short.format(rest)


def choose_language(asked: str | None, accepted: str) -> Language:
    """Return the language asked for, else the first that the browser accepts, else English.

    Args:
        asked: what the address says (``?lang=ko``).
        accepted: the browser's ``Accept-Language``, best first.
    """
    wanted = [asked or ""] + [part.split(";")[0] for part in accepted.split(",")]
    for each in wanted:
        for language in LANGUAGES:
            if each.strip().lower().partition("-")[0] == language:
                return language
    return "en"
