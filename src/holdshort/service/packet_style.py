"""The look of packets: calm paper, ink, one accent, tiers told by word, shape and colour; light, dark and print."""

STYLE = """
:root{color-scheme:light dark;
--paper:light-dark(#fbfaf7,#16181b);--card:light-dark(#fff,#1e2125);--ink:light-dark(#1d2126,#e9e7e2);--soft:light-dark(#5a626c,#a4abb4);
--line:light-dark(#dfdcd4,#33383e);--fill:light-dark(#f2f0ea,#262a2f);--accent:light-dark(#14508c,#86b9ec);
--low:light-dark(#3d6b4f,#8cc7a1);--medium:light-dark(#7a5a00,#e3bd5b);--high:light-dark(#a33d0f,#f09a6c);--hold:light-dark(#8c1d2f,#f2899a);
--differs:light-dark(#fdeedd,#40301d);--missing:light-dark(#f6e7ea,#3a2429)}
*{box-sizing:border-box}
body{margin:0;font:15px/1.5 Inter,system-ui,"Segoe UI",sans-serif;color:var(--ink);background:var(--paper);overflow-wrap:anywhere}
a{color:var(--accent)}h1{font-size:22px;line-height:1.25;margin:0;max-height:8em;overflow:auto}h2{font-size:15px;margin:0 0 8px}h3{font-size:14px;margin:14px 0 6px}
p{margin:0 0 8px}small,.soft{color:var(--soft);font-size:13px}small{display:block}
.bar{display:flex;flex-wrap:wrap;gap:6px 20px;align-items:center;padding:10px 24px;border-bottom:1px solid var(--line);background:var(--card)}
.bar .end{margin-left:auto}
.head{display:flex;flex-wrap:wrap;gap:8px 24px;align-items:flex-start;padding:16px 24px 0;max-width:1500px;margin:auto}
.head>div:first-child{flex:1 1 320px}.head .end{text-align:right;max-width:480px}.head p{margin:4px 0 0}
.page{display:grid;grid-template-columns:minmax(0,1fr) 380px;gap:0 20px;padding:18px 24px 0;max-width:1500px;margin:auto;align-items:start}
.one{padding:18px 24px;max-width:1200px;margin:auto}
footer{padding:4px 24px 24px;max-width:1500px;margin:auto}
.card{background:var(--card);border:1px solid var(--line);border-radius:6px;padding:16px 18px;margin:0 0 16px}
.tier{font-weight:650;font-size:13px;padding:1px 8px 1px 6px;border-radius:3px;border:1px solid currentColor;white-space:nowrap}
.tier::before{margin-right:5px}.tier.low{color:var(--low)}.tier.low::before{content:"\\25CB"}.tier.medium{color:var(--medium)}
.tier.medium::before{content:"\\25CF"}.tier.high{color:var(--high)}.tier.high::before{content:"\\25B2"}.tier.hold{color:var(--hold)}
.tier.hold::before{content:"\\25A0"}
blockquote{margin:0 0 8px;font-size:16px;line-height:1.45;padding-left:12px;border-left:3px solid var(--accent)}
article{padding:0 0 14px;margin:0 0 14px;border-bottom:1px solid var(--line)}article:last-child{border:0;margin:0;padding:0}
table{border-collapse:collapse;width:100%;font-size:14px;margin:8px 0}th{text-align:left;font-weight:550;color:var(--soft);font-size:13px}
th,td{padding:6px 10px 6px 0;border-bottom:1px solid var(--line);vertical-align:top}td.differs,td.missing{padding-left:8px}
tbody tr:last-child td{border-bottom:0}
.differs{background:var(--differs)}.missing{background:var(--missing)}
.values{table-layout:fixed}.values th:first-child{width:26%}.values th:nth-child(3){width:28%}.values th:nth-child(4){width:20%}
.list{table-layout:fixed;margin:0}.list th:first-child{width:104px}.list th:nth-child(2){width:34%}.list th:nth-child(4){width:20%}.list td{padding-right:16px}.one h1{margin:0 0 6px}
.values td:first-child{padding-right:14px}.effects td:first-child{width:32%}.gaps td:first-child{width:32%}.gaps td:nth-child(2){width:16%}
td.missing+td,td.differs+td{padding-left:12px}details{color:var(--soft);font-size:13px;margin-top:8px}summary{cursor:pointer}
.state{font-size:13px;font-weight:600}.state.held{color:var(--hold)}.state.waits{color:var(--high)}.state.go{color:var(--low)}
.gap{color:var(--hold)}p.gap{margin:0 0 6px}
ul{margin:4px 0;padding-left:18px}ul.plain{list-style:none;padding:0}ul.plain li{padding:7px 0;border-bottom:1px solid var(--line)}
ul.plain li:last-child{border:0}
dl{display:grid;grid-template-columns:repeat(auto-fill,minmax(210px,1fr));gap:10px 20px;margin:0}aside dl{grid-template-columns:1fr}
dt{color:var(--soft);font-size:13px}dd{margin:0}dd.differs{padding:0 6px;border-radius:3px}dd small{display:inline;margin-left:4px}dd small:first-child{margin-left:0}
.item{padding:8px 0 0;margin:8px 0 0;border-top:1px solid var(--line)}h2+.item,h3+.item{border:0;margin:0;padding:0}
.quote{white-space:pre-wrap;background:var(--fill);border-radius:4px;padding:6px 10px;margin:4px 0;font-size:14px}
a[href^="#"]{white-space:nowrap}
.ai{border-style:dashed;border-color:var(--soft)}.ai dl{grid-template-columns:1fr}
.num{font-variant-numeric:tabular-nums}code{font:13px ui-monospace,monospace}
.unseen{font:11px ui-monospace,monospace;border:1px dashed var(--hold);color:var(--hold);border-radius:3px;padding:0 2px;margin:0 1px}
:focus-visible{outline:3px solid var(--accent);outline-offset:2px}
@media(max-width:900px){.page{grid-template-columns:minmax(0,1fr)}}
@media(max-width:560px){.bar,.head,.page,.one,footer{padding-left:12px;padding-right:12px}.card{padding:12px}.head .end{text-align:left}
dl{grid-template-columns:1fr}thead{display:none}table,tbody,tr,td{display:block;width:auto!important}
td,tbody tr:last-child td{border:0;padding:2px 0}td.differs,td.missing{padding:2px 6px}td.missing+td,td.differs+td{padding-left:0}td:empty{display:none}tr{padding:6px 0;border-bottom:1px solid var(--line)}tbody tr:last-child{border:0}
td[data-label]::before{content:attr(data-label) " ";color:var(--soft);font-size:13px;margin-right:4px}}
@media print{:root{color-scheme:light}body{background:#fff;font-size:12px}.bar .end{display:none}.page{display:block;padding:8px 0}
.card{break-inside:auto;padding:10px 12px}article,.item,tr,dl>div{break-inside:avoid}a[href^=http]::after{content:""}}
"""
