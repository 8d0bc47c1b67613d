// One case, the device, and the way between the views.

const link = (row) => `#case=${encodeURIComponent(row.id)}`;

/** One case: what became of it, why, and every number behind it. */
function caseView(report, row) {
  const order = report.order.includes(row) ? report.order : report.cases;
  const at = order.indexOf(row);
  const step = (to, text) => make("span", {}, order[to] ? make("a", { href: link(order[to]), title: order[to].id }, text) : make("span", { class: "muted" }, text));
  const figure = (name, value, small) => value ? make("div", {}, make("dt", {}, name), make("dd", {}, value, small ? make("small", {}, small) : null)) : null;
  const roof = rooflineChart(report.cases, report.ceilings, row, null, 300);
  const compared = row.change && `${signed(row.change[0])} %`;
  return [
    make("nav", { class: "crumbs", "aria-label": "Cases" }, make("a", { href: "#cases" }, "← all cases"),
      step(at - 1, "‹ previous"), step(at + 1, "next ›")),
    make("div", { class: "case-head" },
      make("h2", { class: "id" }, identity(row.id, row.kernel.length)), make("p", {}, word(row)),
      make("p", {}, prose(row.reason)), row.names.length ? make("p", { class: "muted" }, `also called ${row.names.join(", ")}`) : null,
      make("dl", { class: "figures" },
        figure("time", row.time && time(row.time[0]), row.within),
        figure(report.before, row.before !== null && time(row.before)),
        figure("change", compared, compared && `[${signed(row.change[1])}, ${signed(row.change[2])}], tolerated ${signed(row.limit)} %`),
        row.rates.map(([, text]) => figure("rate", text)),
        figure("of the roofline", row.roof !== null && percent(row.roof), row.bound && `bound by ${row.bound}`))),
    make("div", { class: "cards" },
      row.rounds.length || row.baseline.length ? roundsChart(row) : null,
      samplesChart(row, report.quantiles, report.before),
      variantsChart(row, report.cases),
      stagesTable(row),
      historyChart(row),
      card("Evidence", null, make("dl", { class: "evidence" }, row.evidence.map(([about, says]) => [make("dt", {}, about), make("dd", {}, prose(says))]))),
      roof && position(row) ? card("Roofline", "This case, ringed, among all others.", roof.place) : null),
  ];
}

/** What each stage of a pipeline takes, and how it changed where two versions were timed in turns. */
function stagesTable(row) {
  if (!row.stages.length) return null;
  const compared = row.stages.some(([, , , change]) => change);
  const number = (...text) => make("td", { class: "number" }, ...text);
  const moved = (change) => change ? number(`${signed(change[0])} % `, make("span", { class: "muted" }, `[${signed(change[1])}, ${signed(change[2])}]`)) : number("");
  const heads = ["stage", "time", "share", ...(compared ? ["change"] : [])];
  return card("Stages", "Each stage of the pipeline, timed within it.", make("table", {},
    make("thead", {}, make("tr", {}, heads.map((head, at) => make("th", { scope: "col", class: at ? "number" : null }, head)))),
    make("tbody", {}, row.stages.map(([kernel, took, share, change]) => make("tr", {}, make("td", { class: "id" }, kernel),
      number(time(took)), number(percent(share)), compared ? moved(change) : null)))));
}

/** The device, its ceilings and its limits. */
function deviceView(report) {
  const list = (rows) => make("dl", { class: "evidence" }, rows.map(([name, value]) => [make("dt", {}, name), make("dd", {}, value)]));
  return [make("h2", {}, "Device"), make("div", { class: "cards" },
    report.facts.map(([title, rows]) => rows.length ? card(title, null, list(rows)) : null))];
}

/** Shows what the address asks for, and puts the focus at its beginning. */
function show(report, first) {
  const wanted = decodeHash();
  const row = wanted.startsWith("case=") ? report.byId.get(wanted.slice(5)) : null;
  if (wanted === "main") return;
  const view = row ? "case" : ["roofline", "device"].includes(wanted) ? wanted : "cases";
  const made = row ? caseView(report, row) : view === "roofline" ? rooflineView(report) : view === "device" ? deviceView(report) : overview(report);
  tip();
  document.getElementById("view").replaceChildren(...made);
  for (const one of document.querySelectorAll(".bar nav a")) {
    const here = one.hash === `#${view === "case" ? "cases" : view}`;
    if (here) one.setAttribute("aria-current", "page");
    else one.removeAttribute("aria-current");
  }
  if (!first) {
    const head = document.querySelector("#view h2");
    head.tabIndex = -1;
    head.focus({ preventScroll: true });
    head.scrollIntoView({ block: "nearest" });
    if (row) scrollTo(0, document.getElementById("main").offsetTop);
  }
}

function decodeHash() {
  try { return decodeURIComponent(location.hash.slice(1)); } catch { return ""; }
}

/** Light, dark, or as the system says; remembered where the browser lets us. */
function themes() {
  const button = document.getElementById("theme");
  const all = ["system", "light", "dark"];
  let at = 0;
  const set = () => {
    if (at) document.documentElement.dataset.theme = all[at];
    else delete document.documentElement.dataset.theme;
    button.textContent = `Theme: ${all[at]}`;
  };
  try { at = Math.max(0, all.indexOf(localStorage.getItem("gate-theme"))); } catch { /* not remembered, then */ }
  button.addEventListener("click", () => {
    at = (at + 1) % all.length;
    set();
    try { localStorage.setItem("gate-theme", all[at]); } catch { /* not remembered, then */ }
  });
  set();
}

/** Unpacks the report: JSON, deflated, in base 64. */
async function unpack() {
  const text = atob(document.getElementById("data").textContent);
  const bytes = new Uint8Array(text.length);
  for (let at = 0; at < text.length; at++) bytes[at] = text.charCodeAt(at);
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
  return JSON.parse(await new Response(stream).text());
}

async function start() {
  themes();
  try {
    const report = await unpack();
    for (const row of report.cases) row.search = `${row.id} ${row.names.join(" ")} ${row.word}`.toLowerCase();
    report.byId = new Map(report.cases.map((row) => [row.id, row]));
    report.order = report.cases;
    addEventListener("hashchange", () => show(report, false));
    show(report, true);
    document.documentElement.dataset.ready = "true";
  } catch (error) {
    document.getElementById("view").replaceChildren(make("p", { role: "alert" },
      `This browser could not open the cases (${error}). It has to be of 2023 or later.`));
  }
}

start();
