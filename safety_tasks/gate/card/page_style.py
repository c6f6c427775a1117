"""The style of the card's page: nothing from elsewhere, light and dark, from 320 px up, and on one sheet of A4.

Rule: text keeps a contrast of 4.5:1 and more in both schemes; a colour never stands without its word or its mark.
"""

from typing import Final

STYLE: Final = """
:root{color-scheme:light dark;--bg:#eef0f3;--card:#fff;--ink:#191d22;--dim:#57606a;--line:#d9dee4;--track:#e4e8ed;
--soft:#f6f7f9;--PASS:#116329;--PASS-bg:#dafbe1;--FAIL:#a40e26;--FAIL-bg:#ffebe9;--INCONCLUSIVE:#7d4e00;
--INCONCLUSIVE-bg:#fff4c9;--broken:#6e0f7d;--tone:var(--dim);--tone-bg:var(--soft);--on:#fff;--plain:#4c6a8c}
@media screen and (prefers-color-scheme:dark){:root{--bg:#0b0e12;--card:#151a21;--ink:#e6edf3;--dim:#9da7b3;
--line:#2d343d;--track:#2b323b;--soft:#1b212a;--PASS:#56d364;--PASS-bg:#12261e;--FAIL:#ff938a;--FAIL-bg:#2d1618;
--INCONCLUSIVE:#e3b341;--INCONCLUSIVE-bg:#272115;--plain:#7d9cc0}}
*{box-sizing:border-box}html{-webkit-text-size-adjust:100%}
body{margin:0;background:var(--bg);color:var(--ink);font:15px/1.45 system-ui,-apple-system,"Segoe UI",Roboto,
"Noto Sans","Noto Sans KR","Noto Sans CJK KR","Apple SD Gothic Neo","Malgun Gothic",sans-serif;
overflow-wrap:anywhere;word-break:keep-all}
h1,h2,p,ul,ol,dl,dd,figure{margin:0;padding:0}ul,ol{list-style:none}
.card{max-width:1080px;margin:20px auto;background:var(--card);border-radius:14px;overflow:hidden;
box-shadow:0 1px 3px rgb(0 0 0/.12),0 8px 28px rgb(0 0 0/.08)}
.card>section,.card>.top,.card>.pair{padding:14px 26px;border-top:1px solid var(--line)}
header{display:flex;flex-wrap:wrap;gap:12px 32px;align-items:center;justify-content:space-between;padding:22px 26px;
color:#fff;background:#57606a}
.card.PASS>header{background:linear-gradient(120deg,#0f5323,#1a7f37)}
.card.FAIL>header{background:linear-gradient(120deg,#82071e,#b3142d)}
.card.INCONCLUSIVE>header{background:linear-gradient(120deg,#6b4300,#8a5a00)}
.card.broken>header{background:repeating-linear-gradient(135deg,#4a0a55 0 18px,#5f0f6d 18px 36px)}
h1{font-size:46px;line-height:1.1;letter-spacing:.01em;font-weight:800}
h1 span{font-size:26px;font-weight:600;opacity:.95;margin-left:6px;white-space:nowrap}
.verdict{min-width:0;flex:1 1 340px}.verdict p{margin-top:4px;font-size:16px}
header dl{display:grid;grid-template-columns:max-content minmax(0,1fr);gap:1px 12px;font-size:13px;flex:0 1 380px}
header dt{opacity:.85}code{font:12.5px/1.5 ui-monospace,SFMono-Regular,Menlo,Consolas,monospace}
h2{font-size:13px;font-weight:700;color:var(--dim);margin-bottom:8px;letter-spacing:.02em}
h2 small{font-size:13px;font-weight:400;margin-left:6px}
.banner{padding:9px 26px;font-weight:600;border-top:1px solid var(--card)}
.banner.alarm{background:#82071e;color:#fff;font-size:16px}
.banner::before{content:"!";display:inline-flex;align-items:center;justify-content:center;width:1.5em;height:1.5em;
margin-right:.6em;border:2px solid currentColor;border-radius:50%;font-weight:800;font-size:.82em;vertical-align:.08em}
.banner.note::before{content:"i"}
.banner.warning{background:#fff1c2;color:#5c3a00}.banner.note{background:var(--soft);color:var(--dim);font-weight:500}
.top{display:grid;grid-template-columns:minmax(0,1.55fr) minmax(0,1fr);gap:16px 28px}
.why li{display:flex;gap:10px;padding:5px 0}.why li div{min-width:0}.why li p{color:var(--dim);font-size:14px}
.mark{display:inline-flex;flex:none;align-items:center;justify-content:center;width:1.45em;height:1.45em;
border-radius:50%;font-weight:700;font-size:.8em;color:var(--card);background:var(--dim);margin-right:.45em;
vertical-align:.06em}
.why .mark{font-size:14px;margin:2px 0 0}
.mark.PASS{background:var(--PASS)}.mark.FAIL{background:var(--FAIL)}.mark.INCONCLUSIVE{background:var(--INCONCLUSIVE)}
.next{background:var(--soft);border-left:5px solid var(--plain);border-radius:8px;padding:12px 16px}
.next h2{color:var(--ink);margin-bottom:3px}.next p{font-size:15.5px;font-weight:600}
.counts{display:flex;flex-wrap:wrap;gap:8px;margin-top:12px}
.counts li{flex:1 1 auto;text-align:center;border-radius:8px;background:var(--soft);padding:4px 7px;
overflow-wrap:normal}
.counts b{display:block;font-size:20px;line-height:1.25;font-variant-numeric:tabular-nums}
.counts span{font-size:11.5px;color:var(--dim);display:block;line-height:1.25}
.counts .zero b{color:var(--dim);font-weight:500}
.counts .PASS{background:var(--PASS-bg)}.counts .PASS b{color:var(--PASS)}
.counts .FAIL{background:var(--FAIL-bg)}.counts .FAIL b{color:var(--FAIL)}
.counts .INCONCLUSIVE{background:var(--INCONCLUSIVE-bg)}.counts .INCONCLUSIVE b{color:var(--INCONCLUSIVE)}
table{border-collapse:collapse;width:100%;font-variant-numeric:tabular-nums}
th,td{text-align:right;padding:6px 0 6px 16px;vertical-align:top;border-top:1px solid var(--line);font-weight:400}
thead th{border-top:0;color:var(--dim);font-size:13px;padding-top:0;padding-bottom:3px;white-space:nowrap}
th:first-child{text-align:left;padding-left:0;font-weight:600;min-width:120px}thead th:first-child{font-weight:400}
td b{font-weight:600;white-space:nowrap}td .none{font-weight:400;color:var(--dim)}
td small{display:block;color:var(--dim);font-size:12px;white-space:nowrap}
.support{font-size:12.5px;color:var(--dim);max-width:128px}
.chart{width:18%;min-width:110px}
.bullet{display:block;position:relative;height:8px;border-radius:4px;background:var(--track);margin-top:9px}
.bullet i{position:absolute;top:0;bottom:0}.bullet .span{background:var(--plain);opacity:.5;border-radius:4px}
.bullet .dot{width:12px;height:12px;top:-2px;margin-left:-6px;border-radius:50%;background:var(--plain);
border:2px solid var(--card)}
.bullet .ring{width:14px;height:14px;top:-3px;margin-left:-7px;border-radius:50%;border:2px solid var(--ink)}
.bullet .floor{width:2px;top:-5px;bottom:-5px;margin-left:-1px;background:var(--FAIL)}
.dim{color:var(--dim)}.small{font-size:12.5px;margin-top:6px}
.tiles{display:grid;grid-template-columns:repeat(6,minmax(0,1fr));gap:10px}
.tiles li{background:var(--soft);border-radius:8px;padding:8px 10px;border-top:3px solid var(--line)}
.tiles .PASS{border-color:var(--PASS)}.tiles .FAIL{border-color:var(--FAIL)}
.tiles .INCONCLUSIVE{border-color:var(--INCONCLUSIVE)}
.tiles span{font-size:12.5px;color:var(--dim);display:block}.tiles .mark.PASS{display:none}
.tiles b{display:block;font-size:19px;line-height:1.35;font-variant-numeric:tabular-nums}
.tiles small{display:block;color:var(--dim);font-size:12px}
.pair{display:grid;grid-template-columns:minmax(0,1.55fr) minmax(0,1fr);gap:16px 28px}
.files li{display:flex;gap:10px;padding:3px 0;font-size:14px}.files li div{min-width:0}
.badge{flex:none;min-width:92px;text-align:center;border-radius:999px;font-size:12px;font-weight:600;padding:1px 8px;
align-self:flex-start;background:var(--soft);color:var(--dim)}
.badge.ships{background:var(--PASS-bg);color:var(--PASS)}
.badge.left_out{background:var(--FAIL-bg);color:var(--FAIL)}
.names{display:flex;flex-wrap:wrap;gap:6px}.names li{background:var(--INCONCLUSIVE-bg);color:var(--INCONCLUSIVE);
border-radius:6px;padding:1px 8px;font-size:13px}.names li.dim{background:var(--soft);color:var(--dim)}
.pictures{display:grid;grid-template-columns:repeat(4,minmax(0,1fr));gap:12px}
.pictures img,.gone{width:100%;aspect-ratio:4/3;object-fit:cover;display:block;border-radius:8px;
background:var(--track)}
.gone{display:flex;align-items:center;justify-content:center;text-align:center;padding:10px;color:var(--dim);
border:1px dashed var(--dim);font-size:13px}
figcaption{font-size:13px;line-height:1.35;margin-top:4px}figcaption .dim{display:block;font-size:12px}
footer{padding:8px 26px 12px;color:var(--dim);font-size:12px;border-top:1px solid var(--line)}
@media screen and (max-width:760px){.card{margin:0;border-radius:0}.top,.pair{grid-template-columns:minmax(0,1fr)}
header{padding:16px}.card>section,.card>.top,.card>.pair{padding:12px 16px}.banner{padding:9px 16px}
h1{font-size:36px}h1 span{font-size:22px}header dl{flex:1 1 100%}
.tiles{grid-template-columns:repeat(2,minmax(0,1fr))}.pictures{grid-template-columns:repeat(2,minmax(0,1fr))}
thead{position:absolute;clip-path:inset(50%);width:1px;height:1px;overflow:hidden}
table,tbody,tr,td,tr>th{display:block}tbody tr{display:grid;grid-template-columns:repeat(3,minmax(0,1fr));gap:4px 12px;
border-top:1px solid var(--line);padding:8px 0}td,tbody th{border:0;padding:0;text-align:left}
tbody th,.chart,.support{grid-column:1/-1}.chart{width:auto;order:1;padding:0 0 8px}.support{max-width:none}
.late{order:2}.recall{order:2;grid-column:span 2}.support{order:3}
td[data-label]::before{content:attr(data-label);display:block;color:var(--dim);font-size:12px}
.support[data-label]::before{display:inline;content:attr(data-label) ": "}td small{white-space:normal}}
@page{size:A4 portrait;margin:8mm}
@media print{*{print-color-adjust:exact;-webkit-print-color-adjust:exact}html{zoom:.66}body{background:#fff}
.card{box-shadow:none;margin:0;max-width:none;border:1px solid var(--line)}
section,li,tr,figure{break-inside:avoid}.pictures img,.gone{max-height:170px}}
"""
