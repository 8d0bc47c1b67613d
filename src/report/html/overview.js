// The cases in a table, with filters. Rows are made as they come into view.

/** So many rows are made at a time. */
const PAGE = 100;

/** What is shown, kept while other views are open. */
const filter = { text: "", parts: [], suite: "", kernel: "", words: new Set(), sort: "", down: false, shown: PAGE };

function matches(row) {
  if (filter.suite && row.suite !== filter.suite) return false;
  if (filter.kernel && row.kernel !== filter.kernel) return false;
  return filter.parts.every((part) => row.search.includes(part));
}

const SORTS = {
  time: (row) => (row.time ? row.time[0] : null),
  change: (row) => (row.change ? row.change[0] : null),
  rate: (row) => (row.rates.length ? row.rates[0][0] : null),
  roofline: (row) => row.roof,
  verdict: (row) => ["bad", "doubt", "notice", "good"].indexOf(row.tone),
  case: (row) => row.id,
};

/** The rows that the filters leave, in the order that was asked for. */
function selected(report) {
  const rows = report.cases.filter((row) => matches(row) && (!filter.words.size || filter.words.has(row.word)));
  const key = SORTS[filter.sort];
  if (!key) return rows;
  const order = (a, b) => (a < b ? -1 : a > b ? 1 : 0) * (filter.down ? -1 : 1);
  // What has no value stands last, whichever way.
  return rows.map((row) => [key(row), row]).sort(([a], [b]) =>
    a === null || b === null ? (a === null) - (b === null) : order(a, b)).map(([, row]) => row);
}

/** How far the column of changes reaches on either side. */
function reach(report) {
  const changes = report.cases.filter((row) => row.change).map((row) => Math.abs(row.change[0])).sort((a, b) => a - b);
  const limit = Math.max(0.001, ...report.cases.slice(0, 200).map((row) => row.limit));
  return Math.max(limit * 3, Math.min(0.5, (changes[Math.floor(changes.length * 0.9)] || 0) * 1.2));
}

/** A change with its interval, between no change and what is tolerated. */
function forest(row, far) {
  const width = 104, x = linear([-far, far], [4, width - 4]);
  const inside = (value) => Math.max(2, Math.min(width - 2, x(value)));
  const [estimate, low, high] = row.change;
  const from = inside(low ?? -Infinity), to = inside(high ?? Infinity);
  const at = inside(estimate);
  // What lies beyond the scale is an arrow at its end.
  const mark = Math.abs(estimate) <= far
    ? draw("rect", { x: at - 3, y: 5.5, width: 6, height: 7, rx: 2, style: "fill: var(--tone)" })
    : draw("path", { d: estimate > 0 ? `M${at + 1} 9l-7 -5v10z` : `M${at - 1} 9l7 -5v10z`, style: "fill: var(--tone)" });
  return draw("svg", { class: `chart forest ${row.tone}`, width, height: 18, viewBox: `0 0 ${width} 18`, preserveAspectRatio: "none", "aria-hidden": "true" },
    draw("line", { class: "axis", x1: x(0), x2: x(0), y1: 0, y2: 18, style: "stroke: var(--muted)" }),
    draw("line", { class: "limit", x1: inside(row.limit), x2: inside(row.limit), y1: 0, y2: 18 }),
    draw("line", { x1: from, x2: to, y1: 9, y2: 9, style: "stroke: var(--tone); stroke-width: 2; opacity: 0.55" }),
    mark);
}

function tableRow(row, far) {
  const change = row.change ? [make("div", { class: "moved" }, forest(row, far), make("span", {}, `${signed(row.change[0])} %`),
    make("span", { class: "muted" }, `[${signed(row.change[1])}, ${signed(row.change[2])}]`))] : [];
  const cell = (style, ...children) => make("td", { class: style, role: "cell" }, ...children);
  return make("tr", { role: "row" },
    cell("", word(row)),
    make("td", { class: "case", role: "rowheader" }, make("a", { href: link(row), class: "id" }, identity(row.id, row.kernel.length))),
    cell("number", row.time ? time(row.time[0]) : "", make("span", { class: "muted" }, row.within ? ` ${row.within}` : "")),
    cell("change", ...change),
    cell("number rate", row.rates.length ? row.rates[0][1] : ""),
    cell("number roof", row.roof === null ? (row.bound === "launch" ? make("span", { class: "muted" }, "launch") : "") : percent(row.roof)));
}

/** The view itself. */
function overview(report) {
  const body = make("tbody", { class: "rows", role: "rowgroup" });
  const count = make("p", { class: "count", role: "status", id: "count" });
  const more = make("button", { type: "button" });
  const moreRow = make("div", { class: "more" }, more);
  const chips = make("fieldset", { class: "chips" }, make("legend", {}, report.judged));
  const far = reach(report);
  let rows = [];

  const grow = (to) => {
    body.append(...rows.slice(body.childElementCount, to).map((row) => tableRow(row, far)));
    filter.shown = body.childElementCount;
    moreRow.hidden = filter.shown >= rows.length;
    more.textContent = `Show more: ${rows.length - filter.shown} are left`;
  };
  const paintChips = () => {
    const words = new Map();
    for (const row of report.cases) {
      if (!words.has(row.word)) words.set(row.word, { row, number: 0 });
      if (matches(row)) words.get(row.word).number += 1;
    }
    const rank = ["bad", "doubt", "notice", "good"];
    const sorted = [...words.values()].sort((a, b) => rank.indexOf(a.row.tone) - rank.indexOf(b.row.tone));
    const focused = document.activeElement?.dataset?.word;
    chips.replaceChildren(chips.firstChild, ...sorted.map(({ row, number }) => make("button", {
      type: "button", class: `chip ${row.tone}`, "data-word": row.word, "aria-pressed": String(filter.words.has(row.word)),
      onclick: () => { if (!filter.words.delete(row.word)) filter.words.add(row.word); update(); },
    }, word(row), ` ${number}`)));
    if (focused) [...chips.children].find((chip) => chip.dataset.word === focused)?.focus();
  };
  const update = (shown = PAGE) => {
    rows = selected(report);
    report.order = rows;
    body.replaceChildren();
    grow(shown);
    paintChips();
    count.textContent = rows.length === report.cases.length ? `${rows.length} cases` : `${rows.length} of ${report.cases.length} cases`;
    for (const head of table.querySelectorAll("th[data-sort]")) {
      const sorted = head.dataset.sort === filter.sort;
      if (sorted) head.setAttribute("aria-sort", filter.down ? "descending" : "ascending");
      else head.removeAttribute("aria-sort");
    }
  };

  const sortBy = (key) => {
    if (filter.sort !== key) Object.assign(filter, { sort: key, down: ["time", "change", "rate"].includes(key) });
    else if (filter.down === ["time", "change", "rate"].includes(key)) filter.down = !filter.down;
    else filter.sort = "";
    update();
  };
  const heads = [["verdict", report.judged, ""], ["case", "case", ""], ["time", "time", "number"], ["change", "change", ""],
    ["rate", "rate", "number"], ["roofline", "roofline", "number"]];
  const table = make("table", { class: "cases", role: "table", "aria-describedby": "count" },
    make("thead", { role: "rowgroup" }, make("tr", { role: "row" }, heads.map(([key, title, style]) =>
      make("th", { scope: "col", role: "columnheader", class: style, "data-sort": key },
        make("button", { type: "button", onclick: () => sortBy(key) }, title))))),
    body);

  const choice = (label, id, key, values) => make("label", { for: id }, label,
    make("select", { id, onchange: (event) => { filter[key] = event.target.value; update(); } },
      make("option", { value: "" }, "all"), values.map((value) => make("option", { value, selected: filter[key] === value }, value))));
  const distinct = (key) => [...new Set(report.cases.map((row) => row[key]))];
  const search = make("input", { id: "text", type: "search", value: filter.text, placeholder: example(report), autocomplete: "off",
    oninput: (event) => {
      filter.text = event.target.value;
      filter.parts = filter.text.toLowerCase().split(/\s+/);
      update();
    } });

  more.addEventListener("click", () => {
    const first = body.childElementCount;
    grow(first + PAGE);
    body.children[first]?.querySelector("a")?.focus();
  });
  new IntersectionObserver((seen) => {
    if (seen.some((one) => one.isIntersecting) && !moreRow.hidden) grow(filter.shown + PAGE);
  }, { rootMargin: "600px" }).observe(moreRow);

  update(Math.max(PAGE, filter.shown));
  return [
    make("h2", {}, "Cases"),
    make("form", { class: "filters", role: "search", "aria-label": "Filter the cases", onsubmit: (event) => event.preventDefault() },
      make("label", { for: "text" }, "words of an identity or a name", search),
      choice("suite", "suite", "suite", distinct("suite")), choice("kernel", "kernel", "kernel", distinct("kernel"))),
    chips, count, make("div", { class: "scroll" }, table, moreRow), remarks(report),
  ];
}

/** Words that one could look for: a kernel, and one of its parameters. */
function example(report) {
  const row = report.cases[0];
  if (!row) return "";
  const first = row.id.slice(row.kernel.length).split(/[[\],@]+/).find((part) => part);
  return [row.kernel.split("/").pop(), first].filter((part) => part).join(" ");
}

/** What is said of several cases at once. */
function remarks(report) {
  const list = (title, lines) => lines.length ? make("section", { class: "card full" }, make("h3", {}, title),
    make("ul", { class: "remarks" }, lines.map(([text, cases]) => make("li", {}, cases.length ? `${cases.length}: ` : null, prose(text),
      cases.length ? make("details", {}, make("summary", {}, "which"), cases.slice(0, 200).map((id) => make("div", { class: "id" }, id)),
        cases.length > 200 ? make("div", { class: "muted" }, `and ${cases.length - 200} more`) : null) : null)))) : null;
  return make("div", { class: "cards", style: "margin-top: 24px" },
    list("Notes on the run", report.notes.map((note) => [note, []])), list("Worth a look", report.noted), list("Left out", report.left_out));
}
