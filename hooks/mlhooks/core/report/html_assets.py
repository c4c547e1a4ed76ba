"""Style and script of the HTML report. Both stand in the page itself; nothing is loaded from anywhere."""

STYLE = """
:root{color-scheme:light dark;--page:#f6f7f9;--card:#fff;--ink:#1b1f24;--soft:#57606a;--line:#d8dee4;--error:#b3261e;
--warning:#8a5a00;--note:#1f5fae;--error-back:#fdecea;--warning-back:#fff4da;--note-back:#e7f0fb;--field:#fff}
@media (prefers-color-scheme:dark){:root{--page:#0f1318;--card:#181d24;--ink:#e6e9ed;--soft:#9aa5b1;--line:#2f3843;
--error:#ff9b92;--warning:#f2c35b;--note:#8fc0ff;--error-back:#42191a;--warning-back:#3a2d10;--note-back:#172c47;
--field:#11161c}}
*{box-sizing:border-box}
body{margin:0;background:var(--page);color:var(--ink);font:15px/1.5 system-ui,sans-serif}
main,header{max-width:60rem;margin:0 auto;padding:1rem}
h1{font-size:1.4rem;margin:.5rem 0}h2{font-size:1rem;margin:1.5rem 0 .5rem;overflow-wrap:anywhere}
h3{font-size:.95rem;margin:.9rem 0 .2rem}
.counts{display:flex;flex-wrap:wrap;gap:.5rem;padding:0;margin:.5rem 0;list-style:none}
.counts li,.level{border-radius:1rem;padding:.1rem .7rem;font-weight:600}
.level{font-size:.8rem}
.error{color:var(--error);background:var(--error-back)}.warning{color:var(--warning);background:var(--warning-back)}
.note{color:var(--note);background:var(--note-back)}
form{display:flex;flex-wrap:wrap;gap:.6rem 1rem;align-items:end;margin:1rem 0;padding:.8rem;background:var(--card);
border:1px solid var(--line);border-radius:.6rem}
form label{display:flex;flex-direction:column;font-size:.8rem;color:var(--soft);flex:1 1 11rem;min-width:0}
form fieldset{border:0;margin:0;padding:0;display:flex;flex-wrap:wrap;gap:.2rem .9rem;flex:1 1 100%}
form fieldset label{flex:0 0 auto;flex-direction:row;align-items:center;gap:.35rem;font-size:.95rem;color:var(--ink)}
form input[type=checkbox]{width:1.1rem;height:1.1rem}
select,input[type=search]{font:inherit;color:var(--ink);background:var(--field);border:1px solid var(--line);
border-radius:.4rem;padding:.4rem;width:100%;min-height:2.4rem}
:focus-visible{outline:3px solid var(--note);outline-offset:1px}
output{flex:1 1 100%;color:var(--soft);font-size:.9rem}
article{background:var(--card);border:1px solid var(--line);border-radius:.6rem;padding:.7rem .9rem;margin:.6rem 0}
article header{max-width:none;padding:0;display:flex;flex-wrap:wrap;gap:.3rem .7rem;align-items:center}
article p{margin:.45rem 0;overflow-wrap:anywhere}
.place,.hook{color:var(--soft);font-size:.85rem}
.rule{font-family:ui-monospace,monospace;font-size:.85rem}
a{color:var(--note)}
.wide{overflow-x:auto;max-width:100%;margin-top:.5rem}
table{border-collapse:collapse;font-size:.85rem}
caption{text-align:left;color:var(--soft);padding:.2rem 0}
th,td{border:1px solid var(--line);padding:.25rem .6rem;text-align:left;vertical-align:top;white-space:nowrap}
td{color:var(--soft)}td.mark{color:var(--error)}
dl{display:grid;grid-template-columns:max-content 1fr;gap:.1rem .8rem;margin:.5rem 0 0;font-size:.85rem}
dt{color:var(--soft)}dd{margin:0;overflow-wrap:anywhere}
pre{white-space:pre-wrap;overflow-wrap:anywhere;background:var(--page);padding:.6rem;border-radius:.4rem;font-size:.85rem}
details{margin:1rem 0}summary{cursor:pointer;font-weight:600}
[hidden]{display:none!important}
@media (max-width:34rem){main,header{padding:.7rem}dl{grid-template-columns:1fr}dd{margin-bottom:.3rem}}
@media print{form{display:none}article{break-inside:avoid}}
"""

SCRIPT = """
(() => {
  const form = document.querySelector("form");
  const cards = [...document.querySelectorAll("article")];
  const sections = [...document.querySelectorAll("section[data-file]")];
  const shown = form.querySelector("output");
  const filter = () => {
    const levels = [...form.querySelectorAll("[name=level]:checked")].map((box) => box.value);
    const value = (name) => form.elements[name] ? form.elements[name].value : "";
    const words = value("text").toLowerCase().split(/\\s+/).filter(Boolean);
    let count = 0;
    for (const card of cards) {
      const data = card.dataset;
      const text = card.textContent.toLowerCase();
      card.hidden = !(levels.includes(data.level)
        && (!value("rule") || data.rule === value("rule"))
        && (!value("hook") || data.hook === value("hook"))
        && (!value("file") || card.parentElement.dataset.file === value("file"))
        && words.every((word) => text.includes(word)));
      count += !card.hidden;
    }
    for (const section of sections) section.hidden = !section.querySelector("article:not([hidden])");
    shown.value = `${count} of ${cards.length} findings shown`;
  };
  form.hidden = false;
  form.addEventListener("input", filter);
  form.addEventListener("reset", () => setTimeout(filter));
  form.addEventListener("submit", (event) => event.preventDefault());
  filter();
})();
"""
