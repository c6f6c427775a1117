"""What nobody may overlook, on top of the card.

Rules: a broken gate first, since with it nothing else counts; then what was taken out of the verdict and by whom; every
waiver in force is shown, also one for another run, and of very many the others are counted.
"""

from dataclasses import dataclass
from typing import Final, Literal

from safety_tasks.gate.card.shown import REASON_LETTERS, joined, listed, moment, plain
from safety_tasks.gate.card.words import said
from safety_tasks.records.gate import Approval, GateReport, ShownWaiver, Verdict, combine
from safety_tasks.records.gate_policy import Mode
from safety_tasks.said import Said

Loudness = Literal["alarm", "warning", "note"]
MOST_NAMED: Final = 6
MOST_WAIVERS: Final = 5


@dataclass(frozen=True)
class Banner:
    """A line across the card."""

    kind: str
    loudness: Loudness
    text: Said


def is_believable(report: GateReport) -> bool:
    """Tell whether the gate showed that it refuses bad models, and the report agrees with its own checks."""
    agrees = report.verdict is combine(check.counts for check in report.checks)
    return bool(report.self_test) and not report.broken and agrees


def banners_of(report: GateReport) -> tuple[Banner, ...]:
    """Return the banners, the loudest first."""
    profile = report.profile
    found = _of_the_gate(report)
    if profile.bypasses:
        names = listed(profile.bypasses, MOST_NAMED)
        found.append(Banner("bypasses", "alarm", said("banner_bypasses", names)))
        found += _uncounted(report, "reported_dangerously", "bypassed_fail", "alarm")
    approval = report.approval
    if approval is not None and approval.decision != "approved":
        found.append(_approval(approval))
    found += _waivers(report)
    if profile.warning:
        warned = plain(profile.warning, REASON_LETTERS)
        found.append(Banner("warning", "warning", said("banner_warning", warned)))
    if report.synthetic:
        found.append(Banner("synthetic", "warning", said("banner_synthetic")))
    if report.verdict is Verdict.INCONCLUSIVE and profile.inconclusive_to_canary:
        found.append(Banner("canary", "warning", said("banner_canary")))
    if approval is not None and approval.decision == "approved":
        found.append(_approval(approval))
    found += _uncounted(report, "reported", "reported_fail", "note")
    idle = tuple(one for one in report.waivers if not one.applied)
    if idle:
        found.append(Banner("waivers_idle", "note", _idle(idle)))
    return tuple(found)


def _of_the_gate(report: GateReport) -> list[Banner]:
    if report.broken:
        names = listed(tuple(bad.name for bad in report.broken), MOST_NAMED)
        found = [Banner("broken", "alarm", said("banner_broken", names))]
    elif not report.self_test:
        found = [Banner("untested", "alarm", said("banner_untested"))]
    else:
        found = []
    follows = combine(check.counts for check in report.checks)
    if report.verdict is not follows:
        text = said("banner_contradiction", report.verdict.value, follows.value)
        found.append(Banner("contradiction", "alarm", text))
    return found


def _uncounted(report: GateReport, mode: Mode, kind: str, loudness: Loudness) -> list[Banner]:
    """Name the checks that do not pass and do not count."""
    names = tuple(
        check.name
        for check in report.checks
        if check.mode == mode and check.verdict is not Verdict.PASS
    )
    if not names:
        return []
    return [Banner(kind, loudness, said(f"banner_{kind}", listed(names, MOST_NAMED)))]


def _waivers(report: GateReport) -> list[Banner]:
    applied = [one for one in report.waivers if one.applied]
    found = [
        Banner(
            "waived",
            "warning",
            said(
                "banner_waived",
                moment(one.until),
                listed(one.applied, MOST_NAMED),
                plain(one.who),
                plain(one.approver),
                plain(one.why, REASON_LETTERS),
            ),
        )
        for one in applied[:MOST_WAIVERS]
    ]
    more = len(applied) - MOST_WAIVERS
    if more > 0:
        found.append(Banner("waived", "warning", said("banner_waivers_more", more)))
    return found


def _idle(waivers: tuple[ShownWaiver, ...]) -> Said:
    named = [
        said("idle_waiver", plain(w.waiver_id), plain(w.run_id), plain(w.who), moment(w.until))
        for w in waivers[:MOST_WAIVERS]
    ]
    return said("banner_waivers_idle", joined(named, len(waivers)))


def _approval(given: Approval) -> Banner:
    text = said(f"banner_{given.decision}", plain(given.who), moment(given.at))
    if given.note:
        text = said("noted", text, plain(given.note, REASON_LETTERS))
    return Banner("approval", "note" if given.decision == "approved" else "alarm", text)
