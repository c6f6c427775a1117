"""The style of the benchmark page: nothing from elsewhere, light and dark, from 320 px up, and on paper.

Rule: text keeps a contrast of 4.5:1 and more in both schemes; a colour never stands without its word or its dash;
hazards have the hue that their boxes have on pictures.
"""

from typing import Final

STYLE: Final = """
:root{color-scheme:light dark;--bg:#f6f7f9;--card:#fff;--ink:#1b1f24;--dim:#57606a;--line:#d0d7de;--track:#e7ebef;
--good:#116329;--good-bg:#dafbe1;--bad:#a40e26;--bad-bg:#ffebe9;--watch:#7d4e00;--watch-bg:#fff8c5;
--note:#6639ba;--note-bg:#fbefff;--link:#0550ae;--c0:#128a8a;--c1:#d9480f;--c2:#a334b8;--plain:#4c6a8c}
@media screen and (prefers-color-scheme:dark){:root{--bg:#0d1117;--card:#161b22;--ink:#e6edf3;--dim:#9da7b3;
--line:#30363d;--track:#262c34;--good:#56d364;--good-bg:#12261e;--bad:#ff938a;--bad-bg:#2d1618;--watch:#e3b341;
--watch-bg:#272115;--note:#d2a8ff;--note-bg:#1f1a2b;--link:#79c0ff;--c0:#3cbebe;--c1:#ff8a4c;--c2:#d873e8;
--plain:#7d9cc0}}
*{box-sizing:border-box}html{scroll-behavior:smooth;-webkit-text-size-adjust:100%}
body{margin:0;background:var(--bg);color:var(--ink);font:15px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,
"Noto Sans","Noto Sans KR","Noto Sans CJK KR","Apple SD Gothic Neo","Malgun Gothic",sans-serif;
overflow-wrap:anywhere;word-break:keep-all}
.page{max-width:1160px;margin:0 auto;padding:20px 20px 48px}
h1{font-size:24px;margin:0}h2{font-size:18px;margin:0 0 6px}h3{font-size:15px;margin:18px 0 6px}p{margin:4px 0 10px}
.intro,.dim,figcaption{color:var(--dim)}code{font:13px/1.4 ui-monospace,SFMono-Regular,Menlo,Consolas,monospace}
a{color:var(--link)}a:focus-visible,summary:focus-visible,[tabindex]:focus-visible{outline:2px solid var(--link);
outline-offset:2px}
nav{display:flex;flex-wrap:wrap;gap:2px 14px;margin:14px 0;font-size:14px}
section{background:var(--card);border:1px solid var(--line);border-radius:8px;padding:16px 18px;margin:0 0 14px}
.warn{color:var(--note);background:var(--note-bg);border-radius:6px;padding:6px 10px}
dl{display:grid;grid-template-columns:max-content minmax(0,1fr);gap:4px 16px;margin:0}dt{color:var(--dim)}dd{margin:0}
.tiles{display:grid;grid-template-columns:repeat(auto-fit,minmax(150px,1fr));gap:10px;margin:14px 0 0}
.tiles>div{background:var(--bg);border-radius:6px;padding:8px 12px}.tiles b{display:block;font-size:22px;
line-height:1.3;font-variant-numeric:tabular-nums}.tiles span{color:var(--dim);font-size:13px}
.badge{display:inline-block;border-radius:999px;padding:0 9px;font-weight:600;font-size:12.5px;
border:1px solid currentColor;white-space:nowrap}
.good{color:var(--good);background:var(--good-bg)}.bad{color:var(--bad);background:var(--bad-bg)}
.watch{color:var(--watch);background:var(--watch-bg)}
abbr.none{text-decoration:none;cursor:help;color:var(--dim)}
abbr.none:focus{outline:0}
abbr.none:focus::after{content:attr(title);display:block;white-space:normal;min-width:110px;max-width:220px;
font-size:12px;line-height:1.35;color:var(--note)}
.scroll{overflow-x:auto}.tall{max-height:560px;overflow:auto}
.tall thead th{position:sticky;top:0;background:var(--card);box-shadow:0 1px 0 var(--line);z-index:1}
table{border-collapse:collapse;width:100%;font-size:14px}
th,td{text-align:left;vertical-align:top;padding:6px 14px 6px 0;border-top:1px solid var(--line);
overflow-wrap:break-word}
th:last-child,td:last-child{padding-right:0}
thead th{color:var(--dim);font-weight:500;border-top:0;vertical-align:bottom}th[scope=row]{font-weight:600}
.number{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}.long{min-width:200px}
thead .number{white-space:normal}thead .hazard{max-width:130px}
.number small{white-space:nowrap}.number abbr.none:focus::after{margin-left:auto}
.scores th[scope=row]{min-width:150px}.scores th small{font-weight:400}
.slices th:first-child{width:30%;min-width:200px}
.name{overflow-wrap:anywhere;min-width:110px}
small{color:var(--dim);font-size:12.5px;display:block}.total>*{border-top:2px solid var(--line)}
.meter{display:block;position:relative;height:10px;border-radius:5px;background:var(--track);margin:5px 0 2px;
min-width:90px}.fill{position:absolute;left:0;top:0;bottom:0;border-radius:5px}
.c0{background:var(--c0)}.c1{background:var(--c1)}.c2{background:var(--c2)}
.plain{background:var(--plain)}.key{display:inline-block;width:11px;height:11px;border-radius:3px;margin-right:5px;
vertical-align:-1px}
.hazard{display:inline-block;position:relative;padding-left:16px;text-align:left;max-width:100%}
.hazard>.key{position:absolute;left:0;top:.32em}
.stroke{display:inline-block;width:24px;height:0;border-top:3px solid;margin-right:6px;vertical-align:4px;
background:none}
.stroke.c0{border-color:var(--c0)}.stroke.c1{border-color:var(--c1)}.stroke.c2{border-color:var(--c2)}
.stroke.bad{border-color:var(--bad)}.stroke.ink{border-color:var(--ink)}
.stroke.dash{border-top-style:dashed}.stroke.dot{border-top-style:dotted}
.diamond{display:inline-block;width:9px;height:9px;transform:rotate(45deg);border:1.5px solid var(--ink);
margin:0 8px 0 3px}
.dot-good{color:var(--good)}.dot-bad{color:var(--bad)}
.ring{display:inline-block;width:14px;height:14px;border-radius:50%;border:2px solid var(--ink);
margin-right:6px;vertical-align:-2px}
.legend{display:flex;flex-wrap:wrap;gap:2px 16px;font-size:13px;margin:2px 0 6px;padding:0;list-style:none}
.legend li{min-width:0;max-width:100%}
.charts{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,320px),1fr));gap:14px 24px}
figure{margin:0 0 10px;min-width:0}figcaption{font-size:13px;line-height:1.4;margin-top:4px}
.figure-title{font-size:15px;font-weight:600;color:var(--ink);margin:8px 0 2px}
.plot{width:100%;height:300px}.plot.large{height:380px}
.matrix td{position:relative;background:color-mix(in srgb,var(--plain) calc(var(--share,0)*55%),transparent)}
.matrix td,.matrix th{padding:6px 12px}.matrix td small{color:inherit}.matrix{width:auto}
details{margin:6px 0}summary{cursor:pointer;color:var(--link);padding:2px 0}summary h3{display:inline;margin:0}
.layers{columns:3 240px;margin:4px 0;padding-left:20px;font-size:13px}
.missed{margin:2px 0;padding-left:18px}
.pictures{display:grid;grid-template-columns:repeat(4,minmax(0,1fr));gap:14px 12px}
.pictures figure{margin:0}.pictures img,.gone{width:100%;aspect-ratio:4/3;object-fit:contain;display:block;
border-radius:6px;background:var(--track)}
.gone{display:flex;align-items:center;justify-content:center;text-align:center;padding:10px;background:#6e6e6e;
color:#fff}
.pictures figcaption{font-size:12.5px;overflow-wrap:anywhere}figcaption b{color:var(--ink)}
footer{color:var(--dim);font-size:13px}.label{display:none}
@media (max-width:620px){.page{padding:14px 12px 32px}section{padding:12px}
.pictures{grid-template-columns:repeat(2,minmax(0,1fr));gap:10px 8px}
dl{grid-template-columns:minmax(0,1fr);gap:0}dd{margin-bottom:6px}.plot.large{height:300px}
.tiles{grid-template-columns:repeat(2,minmax(0,1fr))}.tiles b{font-size:19px}
.tall{max-height:none}.matrix td,.matrix th{padding:5px 8px}.matrix thead .hazard{max-width:80px}
.slices th:first-child{width:auto;min-width:0}}
@media (max-width:1080px){.scores th,.scores td{padding-right:9px;font-size:13px}.scores small{font-size:11.5px}
.scores th[scope=row]{min-width:120px}}
@media (max-width:900px){.stack,.stack tbody,.stack th,.stack td{display:block}
.stack thead{position:absolute;clip-path:inset(50%);width:1px;height:1px;overflow:hidden}
.stack tr{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(100%,280px),1fr));gap:0 16px;
border-top:1px solid var(--line);padding:6px 0}
.stack th,.stack td{border:0;padding:1px 0;min-width:0;font-size:14px}
.stack th[scope=row],.stack .long,.stack .wide{grid-column:1/-1}
.stack .number{text-align:left;white-space:normal}.stack .number abbr.none:focus::after{margin-left:0}
.stack td:empty{display:none}.stack .total{border-top:2px solid var(--line)}
.stack td small{display:inline;margin-left:6px;white-space:normal}.stack .label{display:inline;color:var(--dim)}}
@media print{body{background:#fff}nav{display:none}section{border:0;padding:0}
figure,tr,h2,h3{break-inside:avoid}h2,h3{break-after:avoid}
*{print-color-adjust:exact;-webkit-print-color-adjust:exact}.scroll,.tall{overflow:visible;max-height:none}
details::details-content{content-visibility:visible;display:block}}
@media (prefers-reduced-motion:reduce){html{scroll-behavior:auto}}
"""
