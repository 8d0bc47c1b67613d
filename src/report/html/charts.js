// Charts. Each is drawn to the width that there is, and again when that changes.

/** Keeps a chart as wide as its place. `paint(width)` gives an SVG. */
function chart(paint) {
  const place = make("div", {});
  let drawn = 0;
  const fit = () => {
    const width = Math.floor(place.clientWidth);
    if (width === drawn || width === 0) return;
    drawn = width;
    place.replaceChildren(paint(width));
  };
  // An observer is called with a frame, and a page that nobody looks at has none.
  setTimeout(fit);
  // Not at once: a chart changes its place's height, which is observed too.
  new ResizeObserver(() => requestAnimationFrame(fit)).observe(place);
  return place;
}

/** A straight scale from data to pixels. */
function linear([low, high], [from, to]) {
  return (value) => from + ((value - low) / (high - low || 1)) * (to - from);
}

/** Round numbers between two ends, some `count` of them. */
function ticks(low, high, count) {
  const raw = (high - low) / count;
  if (!(raw > 0)) return [low];
  const power = 10 ** Math.floor(Math.log10(raw));
  const step = power * ([1, 2, 5, 10].find((one) => one * power >= raw) || 10);
  const first = Math.ceil(low / step);
  return Array.from({ length: Math.max(0, Math.floor(high / step) - first + 1) }, (_, at) => (first + at) * step);
}

/** Both ends of some numbers, with air around them. */
function extent(values, air = 0.08) {
  const known = values.filter(Number.isFinite);
  const low = Math.min(...known), high = Math.max(...known);
  const pad = (high - low || Math.abs(high) * 0.02 || 1) * air;
  return [low - pad, high + pad];
}

/** Times on a left axis, with enough digits to tell the ticks apart. */
function timeAxis(y, [low, high], left, right, count = 5) {
  const unit = high < 1e3 ? [1, "ns"] : high < 1e6 ? [1e3, "us"] : high < 1e9 ? [1e6, "ms"] : [1e9, "s"];
  const marks = ticks(low / unit[0], high / unit[0], count);
  const step = marks.length > 1 ? marks[1] - marks[0] : 1;
  const decimals = Math.max(0, Math.min(6, -Math.floor(Math.log10(step) + 1e-9)));
  return marks.map((mark) => draw("g", {},
    draw("line", { class: "axis", x1: left, x2: right, y1: y(mark * unit[0]), y2: y(mark * unit[0]) }),
    draw("text", { x: left - 8, y: y(mark * unit[0]) + 4, "text-anchor": "end" }, `${mark.toFixed(decimals)} ${unit[1]}`)));
}

function canvas(width, height, label, ...children) {
  return draw("svg", { class: "chart", width, height, viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": label },
    ...children);
}

/** Rounds of the baseline and of this run, each a dot with the spread of its samples. */
function roundsChart(row) {
  const then = row.baseline.map(([recording, at, spread], index) =>
    ({ at, low: at * (1 - spread), high: at * (1 + spread), name: `baseline, recording ${recording}, round ${index + 1}`, recording }));
  const now = row.rounds.map((round, index) => ({
    at: round.time, low: round.time * (1 - round.spread), high: round.time * (1 + round.spread),
    name: `this run, round ${index + 1}`, cold: !round.warm,
  }));
  const tolerated = row.before === null ? null : row.before * (1 + row.limit);
  const label = `Times of ${then.length} baseline rounds and ${now.length} rounds of this run`;
  const paint = (width) => {
    const height = 250, left = 74, right = width - 10, top = 20, bottom = height - 34;
    const all = [...then, ...now].flatMap((dot) => [dot.low, dot.high]);
    if (tolerated !== null) all.push(tolerated);
    const domain = extent(all);
    const y = linear(domain, [bottom, top]);
    const gap = then.length && now.length ? 1.5 : 0;
    const x = linear([-0.7, then.length + now.length + gap - 0.3], [left, right]);
    const dots = (list, from, style) => list.map((dot, index) => draw("g", { class: style,
      onmousemove: (event) => tip(`${dot.name}: ${time(dot.at)}${dot.cold ? ", warm-up ended by its cap" : ""}`, event), onmouseleave: () => tip() },
      draw("line", { class: "whisker", x1: x(from + index), x2: x(from + index), y1: y(dot.low), y2: y(dot.high) }),
      draw("circle", { cx: x(from + index), cy: y(dot.at), r: 4.5 })));
    const from = then.length + gap;
    const parts = [timeAxis(y, domain, left, right)];
    if (row.time && now.length) {
      parts.push(draw("rect", { class: "band", x: x(from - 0.5), width: x(from + now.length - 0.5) - x(from - 0.5),
        y: y(Math.min(row.time[2], domain[1])), height: Math.max(1, y(Math.max(row.time[1], domain[0])) - y(Math.min(row.time[2], domain[1]))) }));
    }
    if (row.before !== null) {
      parts.push(draw("line", { class: "guide", x1: left, x2: right, y1: y(row.before), y2: y(row.before) }));
      parts.push(draw("line", { class: "limit", x1: left, x2: right, y1: y(tolerated), y2: y(tolerated) }));
      parts.push(draw("text", { class: "limit-text", x: left + 4, y: y(tolerated) - 5 }, `tolerated: ${signed(row.limit)} %`));
    }
    parts.push(dots(then, 0, "then"), dots(now, from, "now"));
    const caption = (text, low, high) => draw("text", { x: (x(low) + x(high)) / 2, y: height - 10, "text-anchor": "middle" }, text);
    if (then.length) parts.push(caption(`baseline (${then.length})`, 0, then.length - 1));
    if (now.length) parts.push(caption(`this run (${now.length})`, from, from + now.length - 1));
    return canvas(width, height, label, parts);
  };
  const listed = [...then, ...now].map((dot) => [dot.name, time(dot.at), `±${time(dot.high - dot.at)}`]);
  return card("Rounds", "A dot is one fresh process, its bar the spread of the samples in it. The band is the 95 % interval between this run's rounds.",
    chart(paint), numbers("Rounds as a table", ["round", "time", "spread of samples"], listed));
}

/** How the samples of each round are distributed, from their quantiles. */
function samplesChart(row, parts, before) {
  // In hundred thousandths of the round's time, from that.
  const rounds = row.rounds.map((round, at) => ({ name: `round ${at + 1}`, quantiles: round.quantiles.map((part) => round.time * (1 + part / 1e5)) }))
    .filter((round) => round.quantiles.length === parts.length);
  if (!rounds.length) return null;
  const values = rounds.flatMap((round) => round.quantiles);
  // One straggler must not press all others into a line: the axis ends twice
  // as far out as where the slowest hundredth of any round begins.
  const inner = rounds.flatMap((round) => round.quantiles.slice(0, -1));
  const least = Math.min(...values);
  const room = (Math.max(...inner) - least) * 2;
  const most = room > 0 ? Math.min(Math.max(...values), least + room) : Math.max(...values);
  const domain = extent([least, most], 0.04);
  const near = row.before !== null && row.before >= domain[0] && row.before <= domain[1];
  const paint = (width) => {
    const height = 250, left = 50, right = width - 30, top = 14, bottom = height - 34;
    const x = linear(domain, [left, right]), y = linear([0, 1], [bottom, top]);
    const unit = domain[1] < 1e3 ? [1, "ns"] : domain[1] < 1e6 ? [1e3, "us"] : domain[1] < 1e9 ? [1e6, "ms"] : [1e9, "s"];
    const marks = ticks(domain[0] / unit[0], domain[1] / unit[0], Math.max(2, width / 130));
    const inside = (value) => Math.max(left, Math.min(right, x(value)));
    const svg = [
      [0, 0.25, 0.5, 0.75, 1].map((part) => draw("g", {},
        draw("line", { class: "axis", x1: left, x2: right, y1: y(part), y2: y(part) }),
        draw("text", { x: left - 8, y: y(part) + 4, "text-anchor": "end" }, `${part * 100} %`))),
      marks.map((mark) => draw("text", { x: x(mark * unit[0]), y: height - 10, "text-anchor": "middle" }, `${Number(mark.toPrecision(6))} ${unit[1]}`)),
      near ? draw("line", { class: "guide", x1: x(row.before), x2: x(row.before), y1: top, y2: bottom }) : null,
      rounds.map((round) => draw("polyline", { class: "line",
        points: round.quantiles.map((value, at) => `${inside(value).toFixed(1)},${y(parts[at]).toFixed(1)}`).join(" "),
        onmousemove: (event) => tip(`${round.name}: half of its samples took ${time(round.quantiles[parts.indexOf(0.5)])} or less`, event),
        onmouseleave: () => tip() })),
    ];
    return canvas(width, height, `Cumulative distribution of the samples of ${rounds.length} rounds`, svg);
  };
  const heads = ["part of the samples", ...rounds.map((round) => round.name)];
  const listed = parts.map((part, at) => [`${part * 100} %`, ...rounds.map((round) => time(round.quantiles[at]))]);
  return card("Samples", `The part of a round's samples that took a time or less, a line for each round${near ? `; dashed: ${before}` : ""}.`,
    chart(paint), numbers("Distribution as a table", heads, listed));
}

/** The same kernel and shape in its other variants, in order of time. */
function variantsChart(row, rows) {
  const same = rows.filter((other) => other.kernel === row.kernel && other.shape === row.shape && other.time);
  if (same.length < 2) return null;
  same.sort((a, b) => a.time[0] - b.time[0]);
  const longest = Math.max(...same.map((one) => one.time[2] ?? one.time[0]));
  const bar = (one) => draw("svg", { width: "100%", height: 14, viewBox: "0 0 100 14", preserveAspectRatio: "none", "aria-hidden": "true" },
    draw("rect", { class: one === same[0] ? "part best" : "part", y: 3, height: 8, width: (one.time[0] / longest) * 100, opacity: one === row ? 1 : 0.55 }));
  const table = make("table", { class: "variants" },
    make("thead", {}, make("tr", {}, ["variant", "", "time", "to the fastest", "verdict"].map((head, at) =>
      make("th", { scope: "col", class: at === 2 || at === 3 ? "number" : null }, head)))),
    make("tbody", {}, same.map((one) => make("tr", { "aria-current": one === row ? "true" : null },
      make("td", { class: "id" }, one === row ? make("strong", {}, one.variant || "the plain one") : make("a", { href: link(one) }, one.variant || "the plain one")),
      make("td", { style: "width: 34%" }, bar(one)),
      make("td", { class: "number" }, time(one.time[0])),
      make("td", { class: "number" }, one === same[0] ? "fastest" : `${signed(one.time[0] / same[0].time[0] - 1)} %`),
      make("td", {}, word(one))))));
  const box = card("Variants", `The same kernel and shape in its ${same.length} variants, in order of time.`,
    make("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": "Variants" }, table));
  box.classList.add("full");
  return box;
}

/** A chart with its title and a sentence that says what it shows. */
function card(title, text, ...children) {
  return make("section", { class: "card", "aria-label": title }, make("h3", {}, title), text ? make("p", {}, text) : null, ...children);
}
