"""The card's page as a template.

Rules: every value is escaped; names from data are set apart from the direction of the words around them; a colour never
stands without its word or its mark.
"""

from typing import Final

TEMPLATE: Final = """
{%- macro data(text) %}<bdi>{{ text }}</bdi>{% endmacro -%}
{%- macro mark(verdict) -%}
<span class="mark {{ verdict }}" role="img" aria-label="{{ t('verdict_' ~ verdict) }}">{{ marks[verdict] }}</span>
{%- endmacro -%}
{%- macro number(n) -%}
<b{% if n.value is none %} class="none"{% endif %}>{{ n.shown }}</b>
{%- if of(n.beside) %}<small>{{ of(n.beside) }}</small>{% endif %}
{%- endmacro -%}
{%- macro bullet(row) -%}
<span class="bullet" aria-hidden="true">
{%- if row.ap50.low is not none %}<i class="span" style="left:{{ place(row.ap50.low) }}%;
{{- '' }}right:calc(100% - {{ place(row.ap50.high) }}%)"></i>{% endif %}
{%- if row.floor.value is not none %}<i class="floor" style="left:{{ place(row.floor.value) }}%"></i>{% endif %}
{%- if row.champion_ap50.value is not none %}<i class="ring" style="left:{{ place(row.champion_ap50.value) }}%"></i>
{%- endif %}
{%- if row.ap50.value is not none %}<i class="dot" style="left:{{ place(row.ap50.value) }}%"></i>{% endif %}</span>
{%- endmacro -%}
<!doctype html>
<html lang="{{ language }}"><head><meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{{ policy }}">
<meta name="viewport" content="width=device-width, initial-scale=1"><meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<title>{{ f.verdict.value }} · {{ t("title") }} · {{ f.run_id }}</title><style>{{ style|safe }}</style></head>
<body><main class="card {{ f.tone }}">
<header><div class="verdict"><h1>{{ f.verdict.value }} <span lang="ko">{{ f.verdict_text.ko }}</span></h1>
<p>{{ of(f.meaning) }}</p></div>
<dl><dt>{{ t("run") }}</dt><dd><code>{{ f.run_id }}</code></dd>
<dt>{{ t("model") }}</dt><dd><code title="{{ f.model_sha256 }}">{{ f.model_short }}</code></dd>
<dt>{{ t("dataset") }}</dt><dd><code>{{ data(f.dataset) }}</code></dd>
<dt>{{ t("policy") }}</dt><dd>{{ data(of(f.policy)) }}</dd>
<dt>{{ t("judged") }}</dt><dd>{{ data(f.judged_at) }}</dd></dl></header>
{% for banner in f.banners %}<p class="banner {{ banner.loudness }}"
{%- if banner.loudness == "alarm" %} role="alert"{% endif %}>{{ data(of(banner.text)) }}</p>
{% endfor %}
<div class="top"><section class="why"><h2>{{ of(f.reasons_title) }}</h2>
{% if f.reasons %}<ol>{% for one in f.reasons %}<li>{{ mark(one.verdict.value) }}<div>
<b>{{ of(one.asks) }}{% if one.subject %} · {{ data(one.subject) }}{% endif %}</b>
<p>{{ data(of(one.text)) }}</p></div></li>{% endfor %}</ol>{% endif %}
{% if f.more_reasons %}<p class="dim">{{ t("more_reasons", f.more_reasons) }}</p>{% endif %}</section>
<aside><section class="next"><h2>{{ t("next") }}</h2><p>{{ data(of(f.next_action)) }}</p></section>
<ul class="counts" aria-label="{{ t('checks') }}">
{% for key, count, tone in (("passed", f.counts.passed, "PASS"), ("refused", f.counts.refused, "FAIL"),
("inconclusive", f.counts.inconclusive, "INCONCLUSIVE"), ("reported", f.counts.reported, ""),
("waived", f.counts.waived, "")) %}
<li class="{{ tone if count else 'zero' }}"><b>{{ count }}</b><span>{{ t(key) }}</span></li>{% endfor %}</ul></aside>
</div>
<section><h2>{{ t("hazards") }} <small>{{ of(f.comparison) }}</small></h2>
{% if not f.hazards %}<p>{{ t("no_hazards") }}</p>{% else %}
<table><thead><tr><th scope="col">{{ t("hazard") }}</th><th scope="col">{{ t("ap50") }}</th>
<th scope="col" class="chart"></th><th scope="col">{{ t("floor") }}</th>
{% if f.is_compared %}<th scope="col">{{ t("champion") }}</th><th scope="col">{{ t("difference") }}</th>{% endif %}
<th scope="col">{{ t("recall") }}</th><th scope="col">{{ t("support") }}</th></tr></thead><tbody>
{% for row in f.hazards %}<tr><th scope="row">{{ mark(row.verdict.value) }}{{ data(row.hazard) }}</th>
<td data-label="{{ t('ap50') }}">{{ number(row.ap50) }}</td><td class="chart">{{ bullet(row) }}</td>
<td data-label="{{ t('floor') }}">{{ number(row.floor) }}</td>
{% if f.is_compared %}<td data-label="{{ t('champion') }}">{{ number(row.champion_ap50) }}</td>
<td class="late" data-label="{{ t('difference') }}">{{ number(row.difference) }}</td>{% endif %}
<td class="recall" data-label="{{ t('recall') }}">{{ number(row.recall) }}<small>{{ of(row.recall_needs) }}</small></td>
<td class="support" data-label="{{ t('support') }}">{{ of(row.support_text) }}</td></tr>
{% endfor %}</tbody></table>
<p class="dim small">{{ t("intervals") }} {{ t("legend") }}.</p>{% endif %}</section>
<section><h2>{{ t("measures") }}</h2><ul class="tiles">
{% for one in f.measures %}<li class="{{ one.verdict.value if one.verdict else '' }}"><span>{{ of(one.name) }}</span>
<b>{% if one.verdict %}{{ mark(one.verdict.value) }}{% endif %}{{ one.number.shown }}</b>
<small>{{ of(one.beside) }}</small></li>
{% endfor %}</ul><p class="dim small">{{ data(of(f.machine)) }} · {{ of(f.measured_on) }}</p></section>
<div class="pair"><section><h2>{{ t("variants") }}</h2><ul class="files">
{% for one in f.files %}<li><span class="badge {{ one.state }}">{{ t(one.state) }}</span><div>
<b>{{ data(one.name) }}</b>
{% if one.hardware %}<span class="dim">{{ data(one.hardware) }}</span>{% endif %} <span class="dim">
{{- data(of(one.why)) }}</span></div></li>
{% endfor %}</ul></section>
<section><h2>{{ t("uncovered") }}</h2>{% if not f.uncovered %}<p class="dim">{{ t("nothing_uncovered") }}</p>
{% else %}<ul class="names">{% for name in f.uncovered[:most_uncovered] %}<li>{{ data(name) }}</li>{% endfor %}
{% if f.uncovered|length > most_uncovered %}<li class="dim">+{{ f.uncovered|length - most_uncovered }}</li>
{% endif %}</ul>{% endif %}</section></div>
<section><h2>{{ t("misses") }}</h2>{% if not pictures %}<p class="dim">{{ t("no_misses") }}</p>{% else %}
<div class="pictures">{% for picture in pictures %}<figure>{% set address = uri(picture) %}
{% if address %}<img src="{{ address }}" alt="{{ of(picture.alternative) }}">{% else %}
<div class="gone">{{ t("picture_gone") }}</div>{% endif %}
<figcaption><b>{{ data(picture.title) }}</b> {{ of(picture.found) }}
<span class="dim">{{ data(of(picture.place)) }}</span></figcaption></figure>
{% endfor %}</div>{% endif %}</section>
<footer>{{ t("title") }} · {{ t("footer") }}</footer>
</main></body></html>
"""
