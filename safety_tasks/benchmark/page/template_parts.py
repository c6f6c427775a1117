"""The benchmark page's templates of parts of the holdout, events and the noise floor.

Rules: as for the page's frame; a long table is folded, never cut.
"""

from typing import Final

FOLDED_FROM: Final = 16

PARTS: Final = """
{%- macro slice_table(kind, parts) -%}
{{ scroll(t("slice_" ~ kind), "tall" if parts|length >= folded_from else "") }}<table class="stack slices">
{{ head([("part", ""), ("pictures", "number"), ("scenes", "number")]) }}
{% for name in classes %}<th scope="col" class="number">{{ hazard(name) }}<small>{{ t("ap50_recall") }}</small></th>
{%- endfor %}<th scope="col" class="number">{{ t("alarms_rate") }}</th></tr></thead><tbody>
{% for part in parts %}<tr><th scope="row" class="name">{{ data(w.part(kind, part.value)) }}</th>
<td class="number">{{ label("pictures") }}{{ n(part.pictures) }}</td>
<td class="number">{{ label("scenes") }}{{ n(part.scenes) }}</td>
{% for name in classes %}<td class="number"><span class="label">{{ data(name) }}, {{ t("ap50_recall") }}: </span>
{{- num(slice_ap50(part, name), "score") }} · {{ num(slice_recall(part, name), "score") }}
{% if name in part.support %}<small>{{ t("boxes", n(part.support[name].boxes)) }}</small>{% endif %}</td>
{% endfor %}<td class="number">{{ label("alarms_rate") }}{{ num(slice_alarms(part), "rate") }}
{% if part.false_alarms %}<small>{{ t("of_background", n(part.false_alarms.background_pictures)) }}</small>
{%- endif %}</td></tr>
{% endfor %}</tbody></table></div>
{%- endmacro -%}
<section id="slices"><h2>{{ t("slices") }}</h2>
{% if not c.slices %}<p>{{ t("slices_unmeasured") }}</p>{% else %}<p class="dim">{{ t("slices_note") }}</p>
{% for kind, parts in slices %}{% if not parts %}<h3>{{ t("slice_" ~ kind) }}</h3><p>{{ t("no_slice") }}</p>
{% elif parts|length >= folded_from %}<details><summary><h3>{{ t("slice_" ~ kind) }} ({{ n(parts|length) }})</h3>
</summary>{{ slice_table(kind, parts) }}</details>
{% else %}<h3>{{ t("slice_" ~ kind) }}</h3>{{ slice_table(kind, parts) }}{% endif %}{% endfor %}{% endif %}</section>
<section id="events"><h2>{{ t("events") }}</h2>
{% if not c.events %}<p>{{ t("events_unmeasured") }}</p>{% else %}<p class="dim">{{ t("events_note") }}</p>
<table class="stack">{{ head([("hazard", ""), ("caught", ""), ("missed_events", "long")]) }}</tr></thead><tbody>
{% for name, score in c.events.items() %}<tr><th scope="row" class="name">{{ hazard(name) }}</th>
<td>{{ label("caught") }}{% if score.events %}{{ t("caught_of", n(score.caught), n(score.events)) }}
<small>{{ t("within_pictures", score.within_pictures) }}</small>{% else %}{{ t("events_none") }}{% endif %}</td>
<td class="long">{{ label("missed_events") }}{% if score.missed|length > 8 %}<details>
<summary>{{ t("missed_count", n(score.missed|length)) }}</summary>{{ missed(score.missed) }}</details>
{% elif score.missed %}{{ missed(score.missed) }}{% elif score.events %}{{ t("none_missed") }}{% endif %}</td></tr>
{% endfor %}</tbody></table>{% endif %}
{% if c.incidents %}<p>{{ t("incidents", n(c.incidents.found), n(c.incidents.total)) }}
{% if c.incidents.trained_on %}{{ t("incidents_trained", n(c.incidents.trained_on)) }}{% endif %}</p>
{% if c.incidents.missed %}{{ missed(c.incidents.missed) }}{% endif %}{% endif %}</section>
<section id="noise"><h2>{{ t("noise") }}</h2>
{% if c.noise is none %}<p>{{ t("noise_unmeasured") }}</p>{% else %}<p class="dim">{{ t("noise_note") }}</p>
{{ scroll(t("noise")) }}<table class="stack">{{ head([("change", "")]) }}
{% for name in classes %}<th scope="col" class="number">{{ hazard(name) }}<small>{{ t("ap50") }}</small></th>
{% endfor %}<th scope="col" class="number">{{ t("mean_ap50_95") }}</th></tr></thead><tbody>
{% for change, moved in c.noise.changes.items() %}<tr>
<th scope="row" class="name">{{ data(w.named("change", change)) }}</th>
{% for name in classes %}<td class="number"><span class="label">{{ data(name) }} {{ t("ap50") }}: </span>
{{- num(number(moved.ap50.get(name), "why_unscored"), "change") }}</td>{% endfor %}
<td class="number">{{ label("mean_ap50_95") }}{{ num(number(moved.map50_95, "why_unscored"), "change") }}</td></tr>
{% endfor %}<tr class="total"><th scope="row">{{ t("floor") }}</th>
{% for name in classes %}<td class="number"><span class="label">{{ data(name) }} {{ t("ap50") }}: </span>
{{- num(number(c.noise.ap50.get(name), "why_unscored"), "score") }}</td>{% endfor %}
<td class="number">{{ label("mean_ap50_95") }}{{ num(number(c.noise.map50_95, "why_unscored"), "score") }}</td></tr>
</tbody></table></div>{% endif %}</section>
"""
