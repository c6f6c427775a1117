"""The style of the dataset report: no script, nothing from elsewhere, light and dark, from 320 px up, and on paper.

Rule: text keeps a contrast of 4.5:1 and more in both schemes; a colour never stands without its word; hazards have the
hue that their boxes have on pictures.
"""

from typing import Final

STYLE: Final = """
:root{color-scheme:light dark;--bg:#f6f7f9;--card:#fff;--ink:#1b1f24;--dim:#57606a;--line:#d0d7de;--track:#e7ebef;
--good:#116329;--good-bg:#dafbe1;--bad:#a40e26;--bad-bg:#ffebe9;--watch:#7d4e00;--watch-bg:#fff8c5;
--note:#6639ba;--note-bg:#fbefff;--link:#0550ae;--c0:#128a8a;--c1:#d9480f;--c2:#a334b8;--plain:#4c6a8c;--was:#9aa5b1}
@media screen and (prefers-color-scheme:dark){
:root{--bg:#0d1117;--card:#161b22;--ink:#e6edf3;--dim:#9da7b3;--line:#30363d;
--track:#262c34;--good:#56d364;--good-bg:#12261e;--bad:#ff938a;--bad-bg:#2d1618;--watch:#e3b341;--watch-bg:#272115;
--note:#d2a8ff;--note-bg:#1f1a2b;--link:#79c0ff;--c0:#3cbebe;--c1:#ff8a4c;--c2:#d873e8;--plain:#7d9cc0;--was:#66707c}}
*{box-sizing:border-box}
html{scroll-behavior:smooth}
body{margin:0;background:var(--bg);color:var(--ink);font:15px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,
"Noto Sans","Noto Sans KR","Noto Sans CJK KR","Apple SD Gothic Neo","Malgun Gothic",sans-serif;
overflow-wrap:anywhere;word-break:keep-all}
.choice{position:absolute;opacity:0;width:1px;height:1px}
.ko{display:none}#ko:checked~.page .ko{display:inline}#ko:checked~.page .en{display:none}
.page{max-width:1100px;margin:0 auto;padding:20px 20px 48px}
header{display:flex;flex-wrap:wrap;gap:4px 24px;align-items:baseline;justify-content:space-between}
.languages label{cursor:pointer;color:var(--link);padding:4px 8px;border-radius:6px}
#en:checked~.page label[for=en],#ko:checked~.page label[for=ko]{color:var(--ink);font-weight:600;
background:var(--track)}
#en:focus-visible~.page label[for=en],#ko:focus-visible~.page label[for=ko]{outline:2px solid var(--link)}
.intro{flex-basis:100%}.dim,.intro,figcaption,.note-line{color:var(--dim)}
h1{font-size:24px;margin:0}h2{font-size:18px;margin:0 0 6px}h3{font-size:15px;margin:16px 0 6px}p{margin:4px 0 10px}
code{font:13px/1.4 ui-monospace,SFMono-Regular,Menlo,Consolas,monospace}
a{color:var(--link)}a:focus-visible,[tabindex]:focus-visible{outline:2px solid var(--link);outline-offset:2px}
nav{display:flex;flex-wrap:wrap;gap:2px 14px;margin:14px 0;font-size:14px}
section{background:var(--card);border:1px solid var(--line);border-radius:8px;padding:16px 18px;margin:0 0 14px}
.warn{color:var(--note);background:var(--note-bg);border-radius:6px;padding:4px 10px}
dl{display:grid;grid-template-columns:max-content 1fr;gap:4px 16px;margin:0}dt{color:var(--dim)}dd{margin:0}
.tiles{display:grid;grid-template-columns:repeat(auto-fit,minmax(120px,1fr));gap:10px;margin:14px 0 0}
.tiles div{background:var(--bg);border-radius:6px;padding:8px 12px}.tiles b{display:block;font-size:22px;
line-height:1.3;
font-variant-numeric:tabular-nums}.tiles span{color:var(--dim);font-size:13px}
.badge{display:inline-block;border-radius:999px;padding:0 9px;font-weight:600;font-size:13px;
border:1px solid currentColor;
white-space:nowrap}
.good{color:var(--good);background:var(--good-bg)}.bad{color:var(--bad);background:var(--bad-bg)}
.watch{color:var(--watch);background:var(--watch-bg)}
.scroll{overflow-x:auto}
table{border-collapse:collapse;width:100%;font-size:14px}
th,td{text-align:left;vertical-align:top;padding:6px 14px 6px 0;border-top:1px solid var(--line);
overflow-wrap:break-word}
thead th{color:var(--dim);font-weight:500;border-top:0;white-space:nowrap}th[scope=row]{font-weight:600}
.number{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}.wide{min-width:150px}
.long{min-width:200px}
.name{overflow-wrap:anywhere;min-width:120px}small{color:var(--dim);font-size:12.5px;display:block}
.meter{display:block;position:relative;height:10px;border-radius:5px;background:var(--track);margin:5px 0 2px;
min-width:90px}
.fill{position:absolute;left:0;top:0;bottom:0;border-radius:5px}.mark{position:absolute;top:-3px;bottom:-3px;width:0;
border-left:2px dotted var(--ink)}
.c0{fill:var(--c0);background:var(--c0)}.c1{fill:var(--c1);background:var(--c1)}.c2{fill:var(--c2);background:var(--c2)}
.plain,.now{fill:var(--plain);background:var(--plain)}.was{fill:var(--was);background:var(--was)}
.fill.good{background:var(--good)}.fill.watch{background:var(--watch)}.fill.bad{background:var(--bad)}
.label-box{background:#00dcff}.model-box{background:#ff7828}.key{display:inline-block;width:11px;height:11px;
border-radius:3px;margin-right:5px;vertical-align:-1px}
.charts{display:grid;grid-template-columns:repeat(auto-fit,minmax(250px,1fr));gap:18px 24px}
.charts h3{margin-top:4px}.chart{display:block;width:100%;height:110px;border-bottom:1px solid var(--dim)}
.chart.small,.small .chart{height:42px;min-width:140px}
.ticks{display:flex;color:var(--dim);font-size:12px;font-variant-numeric:tabular-nums}.ticks span{flex:1 1 0;
min-width:0;
white-space:nowrap}
.pictures,.groups{display:grid;grid-template-columns:repeat(4,minmax(0,1fr));gap:12px}.group p{margin:0 0 4px}
.g1{grid-column:span 1}.g2{grid-column:span 2}.g3{grid-column:span 3}.g4{grid-column:span 4}
.g1 .pictures{grid-template-columns:1fr}.g2 .pictures{grid-template-columns:repeat(2,minmax(0,1fr))}
.g3 .pictures{grid-template-columns:repeat(3,minmax(0,1fr))}
figure{margin:0;min-width:0}figure img,.gone{width:100%;aspect-ratio:4/3;object-fit:contain;display:block;
border-radius:6px;
background:var(--track)}
.gone{display:flex;align-items:center;justify-content:center;text-align:center;padding:10px;background:#6e6e6e;
color:#fff}
figcaption{font-size:12.5px;line-height:1.4;margin-top:4px;overflow-wrap:anywhere}figcaption b{color:var(--ink)}
footer{color:var(--dim);font-size:13px}
@media (max-width:560px){.page{padding:14px 12px 32px}section{padding:12px}
.pictures,.groups,.g3 .pictures{grid-template-columns:repeat(2,minmax(0,1fr));gap:8px}.g3,.g4{grid-column:span 2}
dl{grid-template-columns:1fr;gap:0}dd{margin-bottom:6px}
.stack,.stack tbody,.stack tr,.stack th,.stack td{display:block}.stack thead{position:absolute;clip-path:inset(50%);
width:1px;height:1px;overflow:hidden}.stack tr{border-top:1px solid var(--line);padding:6px 0}
.stack th,.stack td{border:0;padding:1px 0;min-width:0}.stack .number{text-align:left}
.stack .label{display:inline;color:var(--dim)}}
.label{display:none}
@media print{:root{color-scheme:light}body{background:#fff}.languages,nav{display:none}
section{border:0;padding:0;break-inside:auto}
figure,tr,h2,h3,.group,.charts div{break-inside:avoid}h2,h3{break-after:avoid}
*{print-color-adjust:exact;-webkit-print-color-adjust:exact}
.scroll{overflow:visible}}
@media (prefers-reduced-motion:reduce){html{scroll-behavior:auto}}
"""
