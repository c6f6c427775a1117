"""The page of gate reports as a template: values in, HTML out.

Rules: every value is escaped; an address is relative, so that the page works under any prefix; nothing is loaded from
elsewhere and nothing needs a script. The page lies in a sandboxed frame: its links stay inside it.
"""

from typing import Final

from jinja2 import Environment, StrictUndefined

from safety_tasks.gate.card.words import said
from safety_tasks.orchestration.page_style import STYLE
from safety_tasks.orchestration.page_texts import Words
from safety_tasks.orchestration.page_view import SAMPLES, PageView

_TEMPLATE: Final = """
{%- macro badge(verdict) %}<span class="badge {{ verdict.value }}">{{ w.verdict(verdict) }}</span>{% endmacro -%}
{%- macro cell(label, number) -%}
<td class="number" data-label="{{ label }}">{{ number.shown }}
{%- if number.beside.en %}<span class="second">{{ number.beside.within(w.language) }}</span>{% endif %}</td>
{%- endmacro -%}
{%- macro own(english, korean) -%}
{{ korean if korean and w.language == "ko" else english }}
{%- endmacro -%}
{%- macro both(check) -%}
{%- if w.language == "ko" -%}
{{ check.reason_ko }}<span class="second" lang="en">{{ check.reason }}</span>
{%- else -%}
{{ check.reason }}<span class="second" lang="ko">{{ check.reason_ko }}</span>
{%- endif -%}
{%- endmacro -%}
{%- macro checks_table(report) %}
<h4>{{ t("checks") }}</h4>
<div class="scroll" role="region" tabindex="0" aria-label="{{ t('checks') }}"><table>
<thead><tr><th scope="col">{{ t("check") }}</th><th scope="col">{{ t("verdict") }}</th>
<th scope="col">{{ t("observed") }}</th><th scope="col">{{ t("required") }}</th>
<th scope="col">{{ t("reason") }}</th></tr></thead><tbody>
{% for check in report.checks %}
<tr><th scope="row"><code>{{ check.name }}</code></th><td>{{ badge(check.verdict) }}</td>
<td data-label="{{ t('observed') }}">{{ own(check.observed, check.observed_ko) }}</td>
<td data-label="{{ t('required') }}">{{ own(check.required, check.required_ko) }}
{%- if check.waived_by %} · {{ t("waived", check.waived_by) }}
{%- elif check.mode != "required" %} · {{ t("reported") }}{% endif %}</td><td class="long">{{ both(check) }}</td></tr>
{% endfor %}
</tbody></table></div>
{% endmacro -%}
{%- macro hazards_table(rows) %}
<h4>{{ t("hazards") }}</h4>
<div class="scroll" role="region" tabindex="0" aria-label="{{ t('hazards') }}"><table>
<thead><tr><th scope="col">{{ t("hazard") }}</th><th scope="col" class="number">AP50</th>
<th scope="col" class="number">{{ t("ap50_floor") }}</th><th scope="col" class="number">{{ t("champion_ap50") }}</th>
<th scope="col" class="number">{{ t("difference") }}</th><th scope="col" class="number">{{ t("recall") }}</th>
<th scope="col">{{ t("recall_needs") }}</th><th scope="col">{{ t("support") }}</th></tr></thead><tbody>
{% for hazard in rows %}
<tr><th scope="row">{{ hazard.hazard }}</th>{{ cell("AP50", hazard.ap50) }}
{{ cell(t("ap50_floor"), hazard.floor) }}{{ cell(t("champion_ap50"), hazard.champion_ap50) }}
{{ cell(t("difference"), hazard.difference) }}{{ cell(t("recall"), hazard.recall) }}
<td data-label="{{ t('recall_needs') }}">{{ hazard.recall_needs.within(w.language) }}</td>
<td data-label="{{ t('support') }}">{{ hazard.support_text.within(w.language) }}</td></tr>
{% endfor %}
</tbody></table></div><p class="dim">{{ t("intervals") }}</p>
{% endmacro -%}
{%- macro files_list(rows) %}
<h4>{{ t("files") }}</h4><ul>
{% for file in rows %}<li><code>{{ file.name }}</code>{% if file.hardware %} ({{ file.hardware }}){% endif %}
 <strong>{{ said(file.state).within(w.language) }}</strong>: {{ file.why.within(w.language) }}</li>{% endfor %}</ul>
{% endmacro -%}
{%- macro self_test(row) %}
<h4>{{ t("self_test") }}</h4><p>{{ t("self_test_of", row.tested.refused, row.tested.made) }}
{%- if row.tested.skipped %} {{ t("self_test_skipped", row.tested.skipped|join(", ")) }}{% endif %}</p>
{% endmacro -%}
{%- macro details(row, report) %}
<details><summary>{{ t("details") }}</summary>
{{ checks_table(report) }}{{ hazards_table(row.card.hazards) }}{{ files_list(row.card.files) }}{{ self_test(row) }}
{% set spent = report.candidate.latency %}
<h4>{{ t("latency") }}</h4><p>{{ t("latency_of", spent.p50_ms, spent.p95_ms, spent.p99_ms,
report.candidate.imgsz_px, spent.machine, row.latency_budget_ms) }}</p>
<h4>{{ t("champion") }}</h4><p>{{ row.card.comparison.within(w.language) }}</p>
{% if report.candidate.sample_keys and row.is_readable %}
<h4>{{ t("samples") }}</h4><div class="samples">
{% for key in report.candidate.sample_keys[:samples] %}
<img src="samples/{{ row.run_id|urlencode }}/{{ loop.index0 }}" loading="lazy" width="320" height="320"
alt="{{ t('sample', loop.index, row.run_id) }}">
{% endfor %}</div>
{% endif %}
</details>
{% endmacro -%}
{%- macro facts(row, report) %}
<dl class="meta"><div><dt>{{ t("dataset") }}</dt><dd><code>{{ report.dataset_version }}</code></dd></div>
<div><dt>{{ t("policy") }}</dt><dd>{{ row.card.policy.within(w.language) }}</dd></div>
<div><dt>{{ t("model") }}</dt><dd><code>{{ report.model_sha256[:12] }}</code></dd></div></dl>
{% for banner in row.card.banners %}
<p class="note {{ banner.loudness }}">⚠ {{ banner.text.within(w.language) }}</p>{% endfor %}
{% endmacro -%}
{%- macro article(row) %}
<article class="card {{ row.report.verdict.value if row.is_readable else 'problem' }}">
<div class="top">
{%- if row.is_readable %}{{ badge(row.report.verdict) }}
{%- else %}<span class="badge problem">⚠ {{ t("report_broken") }}</span>{% endif %}
<h3>{{ row.run_id }}</h3>
{% for channel in row.serves %}<span class="badge serves">{{ t("serves", channel) }}</span>{% endfor %}
{% if row.at %}<time datetime="{{ row.at.isoformat() }}">
{{ row.at.strftime("%Y-%m-%d %H:%M:%S") }} UTC</time>{% endif %}
</div>
{% if row.is_readable %}
{{ facts(row, row.report) }}
{% if row.failed %}<h4>{{ t("reasons") }}</h4><ul>
{% for check in row.failed %}<li><strong><code>{{ check.name }}</code></strong>
{{ check.reason_ko if w.language == "ko" else check.reason }}</li>{% endfor %}</ul>
{% else %}<p>{{ t("all_passed", row.card.counts.passed) }}
{%- if row.card.counts.reported %} {{ t("all_reported", row.card.counts.reported) }}{% endif %}
{%- if row.card.counts.waived %} {{ t("all_waived", row.card.counts.waived) }}{% endif %}</p>{% endif %}
<h4>{{ t("next") }}</h4><p>
{%- if row.serves %}{{ t("next_serving", row.serves|join(", ")) }}
{%- else %}{{ row.card.next_action.within(w.language) }}{% endif %}</p>
{% else %}
<p role="alert">{{ row.problem or t("contradiction", row.verdicts) }}</p><p>{{ t("report_broken_next") }}</p>
{% endif %}
{% if row.report %}{{ details(row, row.report) }}{% endif %}
</article>
{% endmacro -%}
{%- macro channel_card(row) %}
<div class="card{{ ' problem' if row.problem }}"><h3><code>{{ row.channel }}</code></h3>
{% if row.problem %}<p role="alert"><strong>⚠ {{ t("unproved") }}:</strong> {{ row.problem }}</p>
{% elif row.document %}<p><strong>{{ t("release", row.document.release_seq) }}</strong> · {{ row.document.run_id }}</p>
<p class="dim">{% if row.age_s is none %}{{ row.document.published_at }}{% else %}
{{- t("published", row.document.published_at[:19]|replace("T", " "), w.age(row.age_s)) }}{% endif %}</p>
<p class="dim">{{ t("model") }} <code>{{ row.document.model.sha256[:12] }}</code></p>
{% if row.unsigned %}<p class="note">⚠ {{ t("unsigned") }}</p>{% endif %}
{% if row.document.synthetic %}<p class="note">⚠ {{ t("synthetic") }}</p>{% endif %}
{% else %}<p class="dim">{{ t("nothing_published") }}</p>{% endif %}</div>
{% endmacro -%}
<!doctype html>
<html lang="{{ w.language }}"><head><meta charset="utf-8"><title>{{ t("title") }}</title>
<meta name="viewport" content="width=device-width, initial-scale=1"><meta name="color-scheme" content="light dark">
<style>{{ style|safe }}</style></head><body>
<header><h1>{{ t("title") }}</h1><nav><a href="?lang={{ w.language }}">{{ t("refresh") }}</a>
<a href="?lang={{ w.other }}" lang="{{ w.other }}" hreflang="{{ w.other }}">{{ t("other_language") }}</a></nav>
<p class="intro">{{ t("intro") }} {{ t("as_of", view.now.strftime("%Y-%m-%d %H:%M:%S")) }}</p></header><main>
{% if view.problem %}<section class="card problem banner" role="alert"><h2>⚠ {{ t("broken_title") }}</h2>
<p>{{ view.problem }}</p><p>{{ t("broken") }}</p></section>{% endif %}
{% if view.channels %}<h2>{{ t("serving") }}</h2>
<div class="channels">{% for row in view.channels %}{{ channel_card(row) }}{% endfor %}</div>{% endif %}
{% if view.rows %}<h2>{{ t("tally", view.rows|length) }}</h2><p class="tally">
{% for verdict, count in view.tally.items() %}
<span class="badge {{ verdict.value }}">{{ count }} {{ w.verdict(verdict) }}</span>{% endfor %}
{% if view.unreadable %}<span class="badge problem">{{ view.unreadable }} {{ t("tally_problem") }}</span>{% endif %}</p>
{% for row in view.rows %}{{ article(row) }}{% endfor %}
{% elif view.is_whole %}<section class="card"><h2>{{ t("empty_title") }}</h2>
<p>{{ t("empty") }}</p></section>{% endif %}
</main></body></html>
"""
_PAGE: Final = Environment(
    autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
).from_string(_TEMPLATE)


def render(view: PageView, words: Words) -> str:
    """Return the page's HTML."""
    return _PAGE.render(view=view, w=words, t=words.text, said=said, style=STYLE, samples=SAMPLES)
