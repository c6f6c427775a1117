"""The dataset report as a template: a view in, one HTML file out.

Rules: every value is escaped; the policy in the head lets the browser load nothing but pictures that stand in the page;
each word stands there in both languages and the style shows one, so that no script is needed.
"""

from typing import Final

TEMPLATE: Final = """
{%- macro meter_cell(count, top, index) -%}
{{ meter(count / top if top else 0, colour=colour(index)) }}
{%- endmacro -%}
{%- macro head(columns) -%}
<thead><tr>{% for key, kind in columns %}<th scope="col" class="{{ kind }}">{{ t(key) }}</th>{% endfor %}
{%- endmacro -%}
{%- macro scroll() %}<div class="scroll" role="region" tabindex="0" aria-label="{{ both('table') }}">{% endmacro -%}
{%- macro label(key) %}<span class="label">{{ t(key) }}: </span>{% endmacro -%}
{%- macro hazard(index) %}<span class="key {{ colour(index) }}"></span>{{ v.classes[index] }}{% endmacro -%}
{%- macro ticks(edges) %}<div class="ticks" aria-hidden="true">
{%- for edge in edges %}<span>{{ edge }}</span>{% endfor %}</div>{% endmacro -%}
{%- macro picture(thumb) -%}
{% if thumb.uri %}<img src="{{ thumb.uri }}" alt="{{ both('alt', thumb.picture.file, thumb.picture.scene) }}">
{%- else %}<div class="gone">{{ t(thumb.instead) }}</div>{% endif %}
{%- endmacro -%}
<!doctype html>
<html lang="en"><head><meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{{ policy }}">
<meta name="viewport" content="width=device-width, initial-scale=1"><meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<title>{{ both("title") }} {{ v.version.version_id }}</title><style>{{ style|safe }}</style></head><body>
<input class="choice" type="radio" name="language" id="en" aria-label="English" checked>
<input class="choice" type="radio" name="language" id="ko" aria-label="한국어">
<div class="page"><header><h1>{{ t("title") }}</h1><p class="languages"><label for="en">English</label>
<label for="ko" lang="ko">한국어</label></p><p class="intro">{{ t("intro") }}</p></header>
<nav aria-label="{{ both('contents') }}">
{% for key in sections %}<a href="#{{ key }}">{{ t(key) }}</a>{% endfor %}</nav>
<main>
<section id="version"><h2>{{ t("version") }} <code>{{ v.version.version_id }}</code></h2>
{% if v.version.synthetic %}<p class="warn">⚠ {{ t("synthetic") }}</p>{% endif %}
<dl><dt>{{ t("parent") }}</dt><dd>{% if v.version.parent_id %}<code>{{ v.version.parent_id }}</code>
<span class="dim">{{ t("generation", v.generation) }}</span>{% else %}{{ t("no_parent") }}{% endif %}</dd>
<dt>{{ t("classes") }}</dt><dd>{% for name in v.classes %}{{ hazard(loop.index0) }}{{ ", " if not loop.last }}
{%- endfor %}</dd></dl>
<div class="tiles">{% for key, value in v.totals %}<div><b>{{ n(value) }}</b><span>{{ t(key) }}</span></div>
{%- endfor %}</div>
<h3>{{ t("batches") }}</h3>{{ scroll() }}<table>
{{ head([("batch", ""), ("kind", ""), ("pictures", "number")]) }}</tr></thead><tbody>
{% for row in v.contents.batches %}<tr>{% if row.names %}<th scope="row" class="name">{{ row.names[0] }}</th>
<td>{{ row.names[1] }}</td>{% else %}<th scope="row" colspan="2">{{ t("others") }}</th>{% endif %}
<td class="number">{{ n(row.count) }}</td></tr>
{% endfor %}</tbody></table></div></section>
<section id="validation"><h2>{{ t("validation") }}</h2>
{% if v.validation %}<p>{% if v.validation.success %}<span class="badge good">{{ t("valid") }}</span>
{%- else %}<span class="badge bad">{{ t("invalid") }}</span>{% endif %}&nbsp;
{{ t("held", v.held, v.validation.expectations|length) }} <a href="{{ v.docs_href }}">{{ t("data_docs") }}</a></p>
{% set unheld = v.validation.failed + v.validation.warnings %}
{% if unheld %}<table class="stack">{{ head([("expectation", ""), ("severity", ""), ("observed", ""), ("required", ""),
("reason", "")]) }}</tr></thead><tbody>{% for item in unheld %}
<tr><th scope="row" class="name">{{ item.name }}<small>{{ item.subject }}</small></th>
<td>{% if item.severity == "fail" %}<span class="badge bad">{{ t("blocks") }}</span>
{%- else %}<span class="badge watch">{{ t("warns") }}</span>{% endif %}</td>
<td>{{ label("observed") }}{{ item.observed }}</td><td>{{ label("required") }}{{ item.required }}</td>
<td class="long">{{ item.reason }}{% for row in item.worst %}<small>{{ row }}</small>{% endfor %}</td></tr>
{% endfor %}</tbody></table>{% endif %}
{% else %}<p>{{ t("not_judged") }}</p>{% endif %}</section>
<section id="balance"><h2>{{ t("balance") }}</h2><p class="dim">{{ t("balance_note") }}</p>
<table class="stack">
{{ head([("split", ""), ("pictures", "number"), ("scenes", "number"), ("backgrounds", "number")]) }}
{% for name in v.classes %}<th scope="col" class="wide">{{ hazard(loop.index0) }}</th>{% endfor %}</tr></thead><tbody>
{% for row in v.contents.splits %}<tr><th scope="row"><code>{{ row.split }}</code></th>
{% if row.pictures %}<td class="number">{{ label("pictures") }}{{ n(row.pictures) }}</td>
<td class="number">{{ label("scenes") }}{{ n(row.scenes) }}</td>
<td class="number">{{ label("backgrounds") }}{{ n(row.backgrounds) }}</td>
{% set top = row.hazards|map(attribute="boxes")|max %}{% for held in row.hazards %}
<td class="wide"><span class="label">{{ v.classes[loop.index0] }}: </span>{{ n(held.boxes) }}
{{ meter_cell(held.boxes, top, loop.index0) }}<small>{{ t("support", n(held.pictures), n(held.scenes)) }}</small></td>
{% endfor %}{% else %}<td colspan="{{ 3 + v.classes|length }}" class="dim">{{ t("empty_split") }}</td>{% endif %}</tr>
{% endfor %}</tbody></table></section>
<section id="sizes"><h2>{{ t("sizes") }}</h2><p class="dim">{{ t("sizes_note") }}</p><div class="charts">
{% for chart in v.contents.box_sides %}<div><h3>{{ hazard(loop.index0) }}</h3>
{{ histogram(chart.counts, chart.edges, colour=colour(loop.index0),
label=both("chart_sizes", v.classes[loop.index0])) }}
{{ ticks(percents(chart.edges)) }}</div>{% endfor %}</div></section>
<section id="light"><h2>{{ t("light") }}</h2><div class="charts">
{% for key, chart, every in [("brightness", v.contents.brightness, 4), ("sharpness", v.contents.sharpness, 1)] %}
<div><h3>{{ t(key) }}</h3><p class="dim">{{ t(key ~ "_note") }}</p>
{{ histogram(chart.counts, chart.edges, colour="plain", label=both(key)) }}{{ ticks(lows(chart.edges, every)) }}</div>
{% endfor %}</div></section>
<section id="drift"><h2>{{ t("drift") }}</h2>
{% if v.version.parent_id %}<p class="dim">{{ t("drift_note") }}</p>
<p><span class="key was"></span>{{ t("was") }} &nbsp;
<span class="key now"></span>{{ t("now") }}</p><table class="stack">{{ head([("measure", ""), ("psi", "number"),
("reading", "wide"), ("then_now", "wide")]) }}</tr></thead><tbody>{% for row in v.drift %}
{% set reading, mark = psi_reading(row.psi) %}<tr><th scope="row">{{ measure(row.measure) }}</th>
<td class="number">{{ "%.3f"|format(row.psi) }}</td>
<td class="wide"><span class="badge {{ mark }}">{{ t(reading) }}</span>
{{ meter(row.psi / v.psi_scale, colour=mark, marks=[0.1 / v.psi_scale, 0.25 / v.psi_scale]) }}</td>
<td class="wide small">{{ twin(row.expected, row.actual, row.bins,
label=both("then_now") ~ ": " ~ row.measure) }}</td></tr>
{% endfor %}</tbody></table>{% else %}<p>{{ t("first_version") }}</p>{% endif %}</section>
<section id="scenes"><h2>{{ t("scenes") }}</h2><p class="dim">{{ t("scenes_note") }}</p>
{{ scroll() }}<table>{{ head([("scene", ""), ("split", ""), ("pictures", "number"), ("backgrounds", "number")]) }}
{% for name in v.classes %}<th scope="col" class="number">{{ hazard(loop.index0) }}</th>{% endfor %}</tr></thead><tbody>
{% for row in v.contents.scene_rows %}<tr>{% if row.scene is none %}<th scope="row">
{{ t("other_scenes", n(row.scenes)) }}</th><td></td>{% else %}<th scope="row" class="name">{{ row.scene }}</th>
<td><code>{{ row.splits|join(", ") }}</code></td>{% endif %}<td class="number">{{ n(row.pictures) }}</td>
<td class="number">{{ n(row.backgrounds) }}</td>
{% for count in row.boxes %}<td class="number">{{ n(count) }}</td>{% endfor %}</tr>
{% endfor %}</tbody></table></div></section>
<section id="ledger"><h2>{{ t("ledger") }}</h2><p class="dim">{{ t("ledger_note") }}</p>
{% if v.ledger %}{{ scroll() }}<table>
{{ head([("rule", ""), ("about", ""), ("action", ""), ("rows", "number")]) }}
</tr></thead><tbody>{% for row in v.ledger %}<tr>{% if row.names %}
<th scope="row" class="name"><code>{{ row.names[0] }}</code></th><td>{{ row.names[1] }}</td><td>{{ row.names[2] }}</td>
{% else %}<th scope="row" colspan="3">{{ t("others") }}</th>{% endif %}<td class="number">{{ n(row.count) }}</td></tr>
{% endfor %}</tbody></table></div>{% else %}<p>{{ t("ledger_empty") }}</p>{% endif %}</section>
<section id="holdout"><h2>{{ t("holdout") }}</h2><p class="dim">{{ t("holdout_note") }}</p>
{% if not v.judges %}<p class="warn">⚠ {{ t("no_holdout") }}</p>{% endif %}
<dl><dt>{{ t("pictures") }}</dt><dd>{{ n(v.judges) }}</dd>
<dt>{{ t("frozen") }}</dt><dd><code>{{ v.version.holdout.sha256[:16] }}</code></dd>
{% if v.sign_off %}<dt>{{ t("signed_by") }}</dt><dd>{{ v.sign_off.approved_by }}</dd>
<dt>{{ t("why") }}</dt><dd>{{ v.sign_off.why }}</dd><dt>{{ t("at") }}</dt><dd>{{ v.sign_off.at }}</dd>
<dt>{{ t("grew") }}</dt>
<dd>{{ n(v.sign_off.before.pictures) }} → {{ n(v.sign_off.after.pictures) }}</dd>{% endif %}</dl>
{% if not v.sign_off %}<p>{{ t("not_signed") }}</p>{% endif %}</section>
<section id="suspicion"><h2>{{ t("suspicion") }}</h2>
{% if not v.review %}<p>{{ t("no_review") }}</p>
{% elif v.review.model_sha256 is none %}<p>{{ t("no_comparison") }} <span lang="en">{{ v.review.problem }}</span></p>
{% else %}<p class="dim">{{ t("suspicion_note", v.review.release_seq, n(v.review.pictures)) }}</p>
{% if v.review.left %}<p>{{ t("suspicion_left", n(v.review.left)) }}</p>{% endif %}
{% if v.review.purged %}<p>{{ t("suspicion_purged", n(v.review.purged)) }}</p>{% endif %}
<div class="tiles">{% for kind, count in v.review.counts.items() %}<div><b>{{ n(count) }}</b>
<span>{{ t(kind.value) }}</span></div>{% endfor %}</div>
<p>{% for key, args, href in v.review_links %}<a href="{{ href }}">{{ t(key, *args) }}</a>{{ " · " if not loop.last }}
{%- endfor %}</p>
{% if v.doubts %}<p><span class="key label-box"></span>{{ t("label_says") }} &nbsp;
<span class="key model-box"></span>{{ t("model_says") }}</p><div class="pictures">{% for doubt, thumb in v.doubts %}
<figure>{{ picture(thumb) }}<figcaption>
<b>{{ t(doubt.kind.value) }} {{ "%.2f"|format(doubt.score) }}</b>
<code>{{ doubt.split }}</code><br>{{ t("label_says") }}: {% if doubt.label_hazard %}{{ doubt.label_hazard }}
{%- else %}{{ t("nothing") }}{% endif %} · {{ t("model_says") }}: {{ doubt.model_hazard }}
{{ "%.2f"|format(doubt.model_score) }}<br>{{ doubt.file }}</figcaption></figure>{% endfor %}</div>
{% else %}<p>{{ t("suspicion_none") }}</p>{% endif %}{% endif %}</section>
<section id="samples"><h2>{{ t("samples") }}</h2><p class="dim">{{ t("samples_note") }}</p>
{% for split, groups in v.splits_shown %}<h3><code>{{ split }}</code></h3><div class="groups">
{% for group in groups %}<div class="group g{{ group.thumbnails|length }}">
<p>{% if group.class_id is none %}{{ t("background") }}{% else %}{{ hazard(group.class_id) }}{% endif %}</p>
<div class="pictures">{% for thumb in group.thumbnails %}<figure>{{ picture(thumb) }}
<figcaption>{{ thumb.picture.file }}<br>{{ thumb.picture.scene }}</figcaption></figure>{% endfor %}</div></div>
{% endfor %}</div>{% else %}<p>{{ t("no_samples") }}</p>{% endfor %}</section>
</main><footer>{{ t("footer") }}</footer></div></body></html>
"""
