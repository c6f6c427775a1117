"""The style of the page of gate reports: no script, no picture from elsewhere, light and dark, from 320 px up.

Rule: text keeps a contrast of 4.5:1 and more in both schemes; a colour never stands without its word.
"""

from typing import Final

STYLE: Final = """
:root{color-scheme:light dark;--bg:#f6f7f9;--card:#fff;--ink:#1b1f24;--dim:#57606a;--line:#d0d7de;
--pass:#116329;--pass-bg:#dafbe1;--fail:#a40e26;--fail-bg:#ffebe9;--inconclusive:#7d4e00;--inconclusive-bg:#fff8c5;
--note:#6639ba;--note-bg:#fbefff;--link:#0550ae}
@media (prefers-color-scheme:dark){:root{--bg:#0d1117;--card:#161b22;--ink:#e6edf3;--dim:#9da7b3;--line:#30363d;
--pass:#56d364;--pass-bg:#12261e;--fail:#ff938a;--fail-bg:#2d1618;--inconclusive:#e3b341;--inconclusive-bg:#272115;
--note:#d2a8ff;--note-bg:#1f1a2b;--link:#79c0ff}}
*{box-sizing:border-box}
body{margin:0;background:var(--bg);color:var(--ink);font:15px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,
"Noto Sans","Noto Sans KR","Apple SD Gothic Neo","Malgun Gothic",sans-serif;overflow-wrap:anywhere;word-break:keep-all}
main,header{max-width:1100px;margin:0 auto;padding:0 20px}
header{padding-top:20px;display:flex;flex-wrap:wrap;gap:4px 24px;align-items:baseline;justify-content:space-between}
main{padding-bottom:48px}
h1{font-size:24px;margin:0}h2{font-size:17px;margin:28px 0 10px}h3{font-size:16px;margin:0}
h4{font-size:14px;margin:18px 0 6px}p{margin:4px 0}
a{color:var(--link)}a:focus-visible,summary:focus-visible,[tabindex]:focus-visible{outline:2px solid var(--link);
outline-offset:2px}
nav{display:flex;gap:16px}.dim,time{color:var(--dim)}.intro{color:var(--dim);flex-basis:100%}
code{font:13px/1.4 ui-monospace,SFMono-Regular,Menlo,Consolas,monospace}
.channels{display:grid;grid-template-columns:repeat(auto-fit,minmax(280px,1fr));gap:12px}
.card{background:var(--card);border:1px solid var(--line);border-radius:8px;padding:14px 16px}
.card.PASS,.card.FAIL,.card.INCONCLUSIVE,.card.problem{border-left-width:5px}
.card.PASS{border-left-color:var(--pass)}.card.INCONCLUSIVE{border-left-color:var(--inconclusive)}
.card.FAIL,.card.problem{border-left-color:var(--fail)}
.problem{background:var(--fail-bg)}.banner{border:1px solid var(--fail);border-left-width:5px;margin-top:16px}
.banner h2{margin:0 0 4px}
article{margin-bottom:12px}
.top{display:flex;flex-wrap:wrap;gap:6px 12px;align-items:center}.top time{margin-left:auto}
.badge{display:inline-block;border-radius:999px;padding:1px 10px;font-weight:600;font-size:13px;white-space:nowrap;
border:1px solid currentColor}
.badge.PASS,.serves{color:var(--pass);background:var(--pass-bg)}
.badge.FAIL,.badge.problem{color:var(--fail);background:var(--fail-bg)}
.badge.INCONCLUSIVE{color:var(--inconclusive);background:var(--inconclusive-bg)}
.note{color:var(--note);background:var(--note-bg);border-radius:6px;padding:2px 10px;margin:6px 0;font-size:14px}
.note.alarm{color:var(--fail);background:var(--fail-bg);font-weight:600}
.meta{display:flex;flex-wrap:wrap;gap:2px 18px;margin:6px 0;font-size:14px}
.meta div{display:flex;gap:6px}.meta dt{color:var(--dim)}.meta dd{margin:0}
ul{margin:4px 0;padding-left:20px}.tally{display:flex;flex-wrap:wrap;gap:8px;margin:0 0 12px}
summary{cursor:pointer;color:var(--link);margin-top:8px;width:fit-content}
.scroll{overflow-x:auto;position:relative}
table{border-collapse:collapse;width:100%;font-size:14px;overflow-wrap:break-word}
th,td{text-align:left;vertical-align:top;padding:6px 12px 6px 0;border-top:1px solid var(--line);min-width:64px}
thead th{color:var(--dim);font-weight:500;border-top:0}th[scope=row]{font-weight:600}
td.number,th.number{text-align:right;padding-right:24px;font-variant-numeric:tabular-nums}td.long{min-width:220px}
.second{display:block;color:var(--dim);font-size:13px}td.number .second{white-space:nowrap}
.samples{display:grid;grid-template-columns:repeat(auto-fill,minmax(140px,1fr));gap:10px}
.samples img{width:100%;height:auto;min-height:80px;display:block;border:1px solid var(--line);border-radius:6px;
background:var(--bg)}
@media (max-width:560px){main,header{padding-left:12px;padding-right:12px}.card{padding:12px}
.top time{margin-left:0;flex-basis:100%}
table,tbody,tr,th,td{display:block}thead{position:absolute;clip-path:inset(50%);width:1px;height:1px;overflow:hidden}
tr{border-top:1px solid var(--line);padding:6px 0}th,td{border:0;padding:1px 0}td.number{text-align:left}
td[data-label]::before{content:attr(data-label) ": ";color:var(--dim)}}
"""
