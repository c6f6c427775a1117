"""The frame of the benchmark page as a template, and what it says of accuracy.

Rules: every value is escaped; names from data are set apart from the direction of the words around them; what is
missing is said in words; each chart has a caption and a text for those who do not see it.
"""

from typing import Final

MACROS: Final = """
{%- macro num(number, form) %}{{ w.number(number, form) }}{% endmacro -%}
{%- macro inter(number, form) -%}
{% if number.interval_expected %}<small>{{ w.interval(number, form) }}</small>{% endif %}
{%- endmacro -%}
{%- macro label(key) %}<span class="label">{{ t(key) }}: </span>{% endmacro -%}
{%- macro head(columns) -%}
<thead><tr>{% for key, kind in columns %}<th scope="col" class="{{ kind }}">{{ t(key) }}</th>{% endfor %}
{%- endmacro -%}
{%- macro scroll(name, more="") %}<div class="scroll {{ more }}" role="region" tabindex="0" aria-label="{{ name }}">
{%- endmacro -%}
{%- macro data(name) %}<bdi>{{ name }}</bdi>{% endmacro -%}
{%- macro hazard(name) -%}
<span class="hazard"><span class="key {{ colour(classes.index(name)) if name in classes }}"></span>
{{- data(name) }}</span>
{%- endmacro -%}
{%- macro stroke(name) -%}
<span class="stroke {{ colour(classes.index(name)) }} {{ dash(classes.index(name)) }}"></span>{{ data(name) }}
{%- endmacro -%}
{%- macro missed(names) -%}
<ul class="missed">{% for name in names %}<li>{{ data(name) }}</li>{% endfor %}</ul>
{%- endmacro -%}
{%- macro plot(name, title, large=false) -%}
<p class="figure-title" id="title-{{ name }}">{{ title }}</p>
<div class="plot {{ 'large' if large }}" role="img" aria-labelledby="title-{{ name }}" data-figure="{{ name }}"></div>
{%- endmacro -%}
"""

FRAME: Final = """
<!doctype html>
<html lang="{{ w.language }}"><head><meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{{ policy }}">
<meta name="viewport" content="width=device-width, initial-scale=1"><meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<title>{{ t("title") }} · {{ m.run_id }}</title><style>{{ style|safe }}</style></head><body>
<div class="page"><header><h1>{{ t("title") }}</h1><p class="intro">{{ t("intro") }}</p></header>
<nav aria-label="{{ t('contents') }}">
{% for key in sections %}<a href="#{{ key }}">{{ t(key) }}</a>{% endfor %}</nav>
<noscript><p class="warn">{{ t("no_script") }}</p></noscript>
<main>
<section id="overview"><h2>{{ t("overview") }}</h2>
<dl><dt>{{ t("run") }}</dt><dd><code>{{ m.run_id }}</code></dd>
<dt>{{ t("dataset") }}</dt><dd><code>{{ c.dataset_version }}</code></dd>
<dt>{{ t("model") }}</dt><dd><code>{{ c.model_sha256 }}</code></dd>
<dt>{{ t("measured_on") }}</dt><dd>{{ t("split_" ~ c.split) }} ·
{{ t("pictures_scenes", n(c.pictures), n(c.scenes)) }}</dd>
<dt>{{ t("input") }}</dt><dd>{{ c.imgsz_px }} × {{ c.imgsz_px }} px</dd>
<dt>{{ t("machine") }}</dt><dd>{{ data(c.latency.machine) }}</dd>
<dt>{{ t("champion") }}</dt><dd>{% if state == "problem" %}{{ t("champion_problem") }}
<span lang="en">{{ data(m.champion.problem) }}</span>
{%- else %}{{ t("champion_" ~ state, m.champion.release_seq) }}{% endif %}</dd></dl>
<div class="tiles"><div><b>{{ num(mean.ap50, "score") }}</b><span>{{ t("mean") }}: AP50
{%- if mean.ap50.interval %}<br>{{ w.interval(mean.ap50, "score") }}{% endif %}</span></div>
<div><b>{{ num(mean.ap50_95, "score") }}</b><span>{{ t("mean") }}: AP50-95
{%- if mean.ap50_95.interval %}<br>{{ w.interval(mean.ap50_95, "score") }}{% endif %}</span></div>
<div><b>{{ num(alarms, "rate") }}</b><span>{{ t("alarms_tile") }}
{%- if alarms.interval %}<br>{{ w.interval(alarms, "rate") }}{% endif %}</span></div>
<div><b>{{ ms(c.latency.p50_ms) }}</b><span>{{ t("frame_tile", c.latency.threads) }}</span></div></div></section>
"""

ACCURACY: Final = """
{%- macro difference(compared) -%}
{{ num(compared.number, "change") }}{{ inter(compared.number, "change") }}
{%- if compared.within_noise %} <span class="badge watch">{{ t("within_noise") }}</span>{% endif %}
{%- endmacro -%}
<section id="accuracy"><h2>{{ t("accuracy") }}</h2><p class="dim">{{ t("accuracy_note") }}</p>
{% if state != "beside" %}<p class="warn">{% if state == "problem" %}{{ t("champion_problem") }}
<span lang="en">{{ data(m.champion.problem) }}</span>{% else %}
{{- t("champion_" ~ state, m.champion.release_seq) }}{% endif %}</p>{% endif %}
{% if rows %}{{ scroll(t("accuracy")) }}<table class="stack scores">{{ head([("hazard", ""), ("ap50", "number"),
("ap50_95", "number"), ("ar", "number"), ("recall", "number"), ("precision", "number"), ("f1", "number"),
("champion_ap50", "number"), ("difference", "number"), ("difference_95", "number")]) }}</tr></thead><tbody>
{% for row in rows %}<tr class="{{ 'total' if row.hazard is none }}"><th scope="row" class="name">
{%- if row.hazard is none %}{{ t("mean") }}{% else %}{{ hazard(row.hazard) }}
<small>{{ t("support_cell", n(row.support.pictures), n(row.support.boxes), n(row.support.scenes)) }}</small>
<small>{{ t("at_threshold", "%.3f"|format(row.threshold)) }}</small>{% endif %}</th>
<td class="number">{{ label("ap50") }}{{ num(row.ap50, "score") }}{{ inter(row.ap50, "score") }}</td>
<td class="number">{{ label("ap50_95") }}{{ num(row.ap50_95, "score") }}{{ inter(row.ap50_95, "score") }}</td>
<td class="number">{{ label("ar") }}{{ num(row.ar, "score") }}</td>
{% if row.hazard is none %}<td></td><td></td><td></td>{% else %}
<td class="number">{{ label("recall") }}{{ num(row.recall, "score") }}{{ inter(row.recall, "score") }}</td>
<td class="number">{{ label("precision") }}{{ num(row.precision, "score") }}</td>
<td class="number">{{ label("f1") }}{{ num(row.f1, "score") }}</td>{% endif %}
<td class="number">{{ label("champion_ap50") }}{{ num(row.champion_ap50, "score") }}</td>
<td class="number">{{ label("difference") }}{{ difference(row.difference) }}</td>
<td class="number">{{ label("difference_95") }}{{ difference(row.difference_95) }}</td></tr>
{% endfor %}</tbody></table></div>{% else %}<p>{{ t("no_hazards") }}</p>{% endif %}</section>
<section id="curves"><h2>{{ t("curves") }}</h2>
{% if d is none %}<p>{{ t("no_details") }}</p>{% elif not classes %}<p>{{ t("no_hazards") }}</p>{% else %}
{% if "recall_precision" in figures %}<p class="dim">{{ t("curves_note") }}</p><figure>
{{ plot("recall_precision", t("recall_precision"), large=true) }}
<figcaption><ul class="legend">{% for name in classes if name in d.curves and d.curves[name].threshold %}
<li>{{ stroke(name) }}</li>{% endfor %}<li><span class="diamond"></span>{{ t("operating_point") }}</li></ul>
</figcaption></figure>{% endif %}
<div class="charts">{% for name in classes %}{% set key = "threshold_%d"|format(loop.index0) %}
{% if key in figures %}<figure>
{{ plot(key, t("by_threshold", data(name))) }}<figcaption><ul class="legend">
<li><span class="stroke c0"></span>{{ t("precision") }}</li>
<li><span class="stroke c1 dash"></span>{{ t("recall") }}</li>
<li><span class="stroke c2 dot"></span>{{ t("f1") }}</li><li><span class="stroke ink dash"></span>
{{- t("operating_threshold", "%.3f"|format(c.hazards[name].threshold)) }}</li></ul></figcaption></figure>
{% endif %}{% endfor %}</div>
{% for name in classes %}{% if name not in d.curves %}<p>{{ t("no_curve", data(name)) }}</p>
{% elif not d.curves[name].threshold %}<p>{{ t("empty_curve", data(name)) }}</p>{% endif %}
{% endfor %}{% endif %}</section>
<section id="alarms"><h2>{{ t("alarms") }}</h2><p class="dim">{{ t("alarms_note") }}</p>
{% set found = c.false_alarms %}{% if found is none %}<p>{{ t("alarms_unmeasured") }}</p>
{% elif not found.background_pictures %}<p>{{ t("no_background") }}</p>{% else %}
<div class="tiles"><div><b>{{ num(alarms, "rate") }}</b><span>{{ t("per_1000") }}<br>
{{- w.interval(alarms, "rate") }}</span></div>
{% if champion_alarms.value is not none %}<div><b>{{ num(champion_alarms, "rate") }}</b>
<span>{{ t("champion") }}: {{ t("per_1000") }}<br>{{ w.interval(champion_alarms, "rate") }}</span></div>{% endif %}
<div><b>{{ n(found.alarmed) }}</b><span>{{ t("alarmed", n(found.alarmed), n(found.background_pictures)) }}</span></div>
</div><h3>{{ t("by_hazard") }}</h3>
<table class="stack">{{ head([("taken_for", ""), ("detections", "number"), ("share", "wide")]) }}</tr></thead><tbody>
{% set top = found.hazards.values()|max if found.hazards else 0 %}{% for name, count in found.hazards.items() %}<tr>
<th scope="row" class="name">{{ hazard(name) }}</th><td class="number">{{ label("detections") }}{{ n(count) }}</td>
<td class="wide">{{ meter(count / top if top else 0,
colour(classes.index(name)) if name in classes else "plain") }}</td></tr>
{% endfor %}</tbody></table>{% endif %}</section>
<section id="confusion"><h2>{{ t("confusion") }}</h2>
{% if c.confusion is none %}<p>{{ t("confusion_unmeasured") }}</p>{% else %}<p class="dim">{{ t("confusion_note") }}</p>
{% set last = c.confusion.names|length - 1 %}{{ scroll(t("confusion")) }}<table class="matrix"><thead><tr>
<th scope="col">{{ t("labelled") }} ↓ · {{ t("detected") }} →</th>{% for name in c.confusion.names %}
<th scope="col" class="number">{% if loop.last %}{{ t("missed_column") }}{% else %}{{ hazard(name) }}{% endif %}</th>
{% endfor %}</tr></thead><tbody>
{% for counts in c.confusion.counts %}{% set row = loop.index0 %}<tr><th scope="row" class="name">
{%- if loop.last %}{{ t("background_row") }}{% else %}{{ hazard(c.confusion.names[row]) }}{% endif %}</th>
{% for count in counts %}{% set part = share(counts, loop.index0) %}
{% if row == last and loop.last %}<td class="number">{{ w.dash("why_not_counted") }}</td>{% else %}
<td class="number" style="--share:{{ '%.3f'|format(part or 0) }}">{{ n(count) }}<small>
{%- if part is none %}{{ w.dash("why_empty_row") }}{% else %}{{ "%.0f"|format(100 * part) }} %{% endif %}</small></td>
{% endif %}{% endfor %}</tr>
{% endfor %}</tbody></table></div>{% endif %}</section>
"""
