"""The benchmark page's templates of latency, variants and the gallery, and its end with the scripts.

Rules: as for the page's frame; figures are JSON in a tag that the browser never runs.
"""

from typing import Final

SPEED: Final = """
<section id="latency"><h2>{{ t("latency") }}</h2><p class="dim">{{ t("latency_note") }}</p>
{{ scroll(t("latency")) }}<table>{{ head([("measure", "")]) }}{% for key, _ in latencies %}
<th scope="col" class="number">{{ t(key) }}</th>{% endfor %}</tr></thead><tbody>
{% for measure, form in latency_forms.items() %}<tr><th scope="row">{{ t(measure) }}</th>
{% for _, spent in latencies %}<td class="number">{{ num(latency_number(spent, measure), form) }}
{%- if measure == "sustained_fps" and spent.sustained_s %}
<small>{{ t("over_seconds", "%g"|format(spent.sustained_s)) }}</small>{% endif %}</td>{% endfor %}</tr>
{% endfor %}<tr><th scope="row">{{ t("spinning") }}</th>{% for _, spent in latencies %}<td class="number">
{%- if spent.spinning is none %}{{ w.dash("why_older") }}{% else %}{{ t("yes" if spent.spinning else "no") }}{% endif %}
</td>{% endfor %}</tr></tbody></table></div>
{% if c.device_latency is none %}<p>{{ t("no_device_latency") }}</p>{% endif %}
{% if m.frame_ratio is not none %}<p>{{ t("frame_ratio", "%.3f"|format(m.frame_ratio)) }}</p>{% endif %}
{% if "frames" in figures %}<figure>{{ plot("frames", t("frames_chart")) }}<figcaption><ul class="legend">
<li><span class="key plain"></span>{{ t("candidate") }} ({{ n(d.frames_ms|length) }})</li>
{% if d.champion_frames_ms %}<li><span class="key c1"></span>{{ t("champion") }}
({{ n(d.champion_frames_ms|length) }})</li>{% endif %}</ul>
{% if slowest_ms is not none %}{{ t("frames_beyond", "%.1f"|format(slowest_ms)) }}{% endif %}</figcaption></figure>
{% else %}<p>{{ t("no_frames") }}</p>{% endif %}
<h3>{{ t("hardware") }}</h3>
{% if fingerprint is none %}<p>{{ t("no_fingerprint", data(c.latency.machine)) }}</p>{% else %}<dl>
{% for key in ("processor", "architecture", "cores", "features", "system", "python", "onnxruntime", "opencv",
"provider") %}<dt>{{ t(key) }}</dt><dd>{% if key == "features" %}
{{- fingerprint.features|join(", ") or t("no_features") }}{% else %}{{ data(fingerprint[key]) }}{% endif %}</dd>
{% endfor %}</dl>{% endif %}</section>
<section id="variants"><h2>{{ t("variants") }}</h2>
{% if not variants %}<p>{{ t("no_variants") }}</p>{% else %}<p class="dim">{{ t("variants_note") }}</p>
<p>{% if m.choice %}{{ t("choice", m.choice.hardware, m.choice.chosen) }}{% else %}{{ t("no_choice") }}{% endif %}</p>
{{ scroll(t("variants")) }}<table class="stack">{{ head([("variant", ""), ("number_format", ""),
("agreement", "number"), ("map_drop", "number"), ("ap50_drops", "number"), ("time_ratio", "number"),
("float_layers", "number"), ("size", "number"), ("offered", "long")]) }}</tr></thead><tbody>
{% for row in variants %}<tr><th scope="row" class="name"><code>{{ row.name }}</code>
{% if row.chosen %}<span class="badge good">✓ {{ t("chosen") }}</span>{% endif %}</th>
<td>{{ label("number_format") }}{% if row.made %}{{ row.made.precision|upper }}
{%- if row.made.scheme %} <small>{{ row.made.scheme }}</small>{% endif %}{% elif row.is_reference %}FP32
{%- else %}{{ w.dash("why_unmade") }}{% endif %}</td>
{% if row.is_reference %}{% for key in ("agreement", "map_drop", "ap50_drops") %}<td class="number">{{ label(key) }}
{{- w.dash("why_is_reference") }}</td>{% endfor %}{% else %}
<td class="number">{{ label("agreement") }}{% if row.parity %}{{ "%.4f"|format(row.parity.agreement_f1) }}
<small>{{ t("on_split", t("split_" ~ row.split)) }}</small>{% else %}{{ w.dash("why_untimed") }}{% endif %}</td>
<td class="number">{{ label("map_drop") }}{% if row.budget %}
{{- num(number(row.budget.map50_95_drop, "why_unscored"), "fine_change") }}{% else %}{{ w.dash("why_no_budget") }}
{%- endif %}</td><td class="number">{{ label("ap50_drops") }}{% if row.budget %}
{%- for name, drop in row.budget.ap50_drops.items() %}<div>{{ hazard(name) }}
{{ num(number(drop, "why_unscored"), "fine_change") }}</div>{% endfor %}{% else %}{{ w.dash("why_no_budget") }}
{%- endif %}</td>{% endif %}
<td class="number">{{ label("time_ratio") }}{{ num(row.time_ratio, "ratio") }}
{%- if row.p50.value is not none %}<small>p50 {{ num(row.p50, "ms") }}</small>{% endif %}</td>
<td class="number">{{ label("float_layers") }}{% if row.made %}{{ n(row.made.float_modules|length) }}
{%- else %}{{ w.dash("why_is_reference" if row.is_reference else "why_unmade") }}{% endif %}</td>
<td class="number">{{ label("size") }}{% if row.made %}{{ mib(row.made.model.size_bytes) }}
{%- else %}{{ w.dash("why_unmade") }}{% endif %}</td>
<td class="long">{{ label("offered") }}{% if row.offered %}<span class="badge good">{{ t("is_offered") }}</span>
{%- else %}<span class="badge bad">{{ t("is_not_offered") }}</span>{% endif %}
<small lang="en">{{ data(row.why) }}</small>{% set reason = m.choice.reasons.get(row.name) if m.choice %}
{% if reason and reason != row.why %}<small lang="en">{{ data(reason) }}</small>{% endif %}</td></tr>
{% endfor %}</tbody></table></div>
{% for row in variants if row.made and row.made.float_modules %}<details>
<summary>{{ t("layers_of", row.name, n(row.made.float_modules|length)) }}</summary><ul class="layers">
{% for layer in row.made.float_modules %}<li><code>{{ data(layer) }}</code></li>{% endfor %}</ul></details>{% endfor %}
{% for row in variants if row.made and row.made.steps %}<figure>
{{ plot("frontier_" ~ row.name, t("frontier_of", row.name)) }}<figcaption><ul class="legend">
<li><span class="dot-good">●</span> {{ t("is_within") }}</li>
<li><span class="dot-bad">✖</span> {{ t("is_beyond") }}</li>
<li><span class="ring"></span>{{ t("chosen") }}</li>
{% if row.made.budget %}<li><span class="stroke bad dash"></span>{{ t("budget_line") }}
{{ row.made.budget.budget.min_agreement_f1 }}</li>{% endif %}</ul>{{ t("frontier_note") }}</figcaption></figure>
<details><summary>{{ t("steps_of", row.name, n(row.made.steps|length)) }}</summary>
{{ scroll(t("steps_of", row.name, n(row.made.steps|length))) }}<table>{{ head([("float_layers", "number"),
("graph_ratio", "number"), ("agreement", "number"), ("map_drop", "number"), ("budget", ""), ("why", "long")]) }}
</tr></thead><tbody>{% for step in row.made.steps %}<tr><th scope="row" class="number">
{{- n(step.float_modules|length) }}</th><td class="number">{{ "%.3f"|format(step.time_ratio) }}</td>
<td class="number">{{ "%.4f"|format(step.agreement_f1) }}</td><td class="number">
{{- num(number(step.map50_95_drop, "why_unscored"), "fine_change") }}</td>
<td>{% if step.within %}<span class="badge good">{{ t("is_within") }}</span>{% else %}
<span class="badge bad">{{ t("is_beyond") }}</span>{% endif %}</td>
<td lang="en" class="long">{{ data(step.why) }}</td></tr>
{% endfor %}</tbody></table></div></details>{% endfor %}{% endif %}</section>
<section id="gallery"><h2>{{ t("gallery") }}</h2>
{% if d is none %}<p>{{ t("no_details") }}</p>{% elif not d.gallery %}<p>{{ t("no_gallery") }}</p>{% else %}
<p class="dim">{{ t("gallery_note") }}</p>
{% for kind, shown in gallery %}<h3>{{ t("kind_" ~ kind) }}</h3>{% if not shown %}<p>{{ t("no_kind") }}</p>{% else %}
<div class="pictures">{% for each in shown %}<figure>{% set uri = picture_uri(each.picture.key) %}
{% if uri %}<img src="{{ uri }}" alt="{{ t('alt_' ~ kind, each.hazard, each.file, each.scene) }}">
{%- else %}<div class="gone">{{ t("picture_gone") }}</div>{% endif %}
<figcaption><b>{{ hazard(each.hazard) }}</b> · {{ t("score") }}
{{ num(number(each.score, "why_undetected"), "score") }}<br>{{ data(each.scene) }}<br>{{ data(each.file) }}
</figcaption></figure>{% endfor %}</div>{% endif %}{% endfor %}{% endif %}</section>
"""

END: Final = """
</main><footer>{{ t("footer") }}</footer></div>
<script type="application/json" id="figures">{{ figures_json }}</script>
{% for script in scripts %}{{ script }}
{% endfor %}</body></html>
"""
