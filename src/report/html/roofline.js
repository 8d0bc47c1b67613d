// The roofline: every case that has a model of its work, under what the device
// was measured to be able to do (Williams, Waterman and Patterson, 2009).

/** Where a case lies: FLOP a byte, and FLOP a second; none without a model. */
function position(row) {
  if (!row.time || !(row.flops > 0) || !(row.bytes > 0)) return null;
  return { row, x: row.flops / row.bytes, y: row.flops / (row.time[0] * 1e-9) };
}

/** The marks of one tone in one path: ten thousand circles would be slow. */
function marks(points, tone) {
  const shapes = {
    good: ([x, y]) => `M${x - 4},${y}a4,4 0 1,0 8,0a4,4 0 1,0 -8,0`,
    bad: ([x, y]) => `M${x - 4.5},${y - 4.5}l9,9M${x - 4.5},${y + 4.5}l9,-9`,
    doubt: ([x, y]) => `M${x - 5},${y + 4}h10l-5,-9z`,
    notice: ([x, y]) => `M${x - 5},${y}l5,-5l5,5l-5,5z`,
  };
  const path = points.map((point) => shapes[tone](point.at.map((one) => Math.round(one * 10) / 10))).join("");
  return draw("path", { class: `${tone} ${tone === "bad" ? "cross" : "mark"}`, d: path });
}

const TONES = [["good", "● passes"], ["bad", "✕ fails"], ["doubt", "▲ not known"], ["notice", "◆ worth a look"]];

/** The picture; `open` is called with the case that was chosen. */
function rooflineChart(rows, ceilings, chosen, open, height) {
  const points = rows.map(position).filter(Boolean).sort((a, b) => a.x - b.x || a.y - b.y);
  if (!points.length || !ceilings) return null;
  const memory = Math.max(...ceilings.memory.map(([, value]) => value));
  const decades = (values) => [Math.floor(Math.log10(Math.min(...values))), Math.ceil(Math.log10(Math.max(...values)) + 0.05)];
  const ridges = ceilings.arithmetic.map(([, value]) => value / memory);
  const [x0, x1] = decades([...points.map((point) => point.x), ...ridges]);
  const [y0, y1] = decades([...points.map((point) => point.y), ...ceilings.arithmetic.map(([, value]) => value)]);
  let current = chosen ? points.findIndex((point) => point.row === chosen) : -1;

  const paint = (width) => {
    const left = 96, right = width - 14, top = 14, bottom = height - 46;
    const sx = linear([x0, x1], [left, right]), sy = linear([y0, y1], [bottom, top]);
    const x = (value) => sx(Math.log10(value)), y = (value) => sy(Math.log10(value));
    const grid = [];
    for (let power = x0; power <= x1; power++) {
      grid.push(draw("line", { class: "axis", x1: sx(power), x2: sx(power), y1: top, y2: bottom }),
        draw("text", { x: sx(power), y: bottom + 18, "text-anchor": "middle" }, power < 0 ? (10 ** power).toFixed(-power) : `${prefixed(10 ** power)}`.trim()));
    }
    for (let power = y0; power <= y1; power++) {
      grid.push(draw("line", { class: "axis", x1: left, x2: right, y1: sy(power), y2: sy(power) }),
        draw("text", { x: left - 8, y: sy(power) + 4, "text-anchor": "end" }, `${prefixed(10 ** power)}FLOP/s`));
    }
    grid.push(draw("text", { x: (left + right) / 2, y: height - 8, "text-anchor": "middle" }, "FLOP a byte of memory traffic"));
    const highest = Math.max(...ceilings.arithmetic.map(([, value]) => value));
    const roofs = ceilings.memory.map(([name, value], index) => {
      const end = Math.min(10 ** x1, highest / value), begin = Math.max(10 ** x0, 10 ** y0 / value);
      const slope = Math.atan2(y(end * value) - y(begin * value), x(end) - x(begin)) * 180 / Math.PI;
      const [tx, ty] = [x(begin) + (x(end) - x(begin)) * 0.4, y(begin * value) + (y(end * value) - y(begin * value)) * 0.4];
      return draw("g", {},
        draw("line", { class: value === memory ? "roof" : "guide", x1: x(begin), y1: y(begin * value), x2: x(end), y2: y(end * value) }),
        draw("text", { class: "strong", transform: `translate(${tx} ${ty}) rotate(${slope})`, dy: value === memory ? -7 : 15 }, `${name} ${prefixed(value)}B/s`));
    });
    roofs.push(...ceilings.arithmetic.map(([name, value]) => draw("g", {},
      draw("line", { class: value === highest ? "roof" : "guide", x1: x(Math.max(10 ** x0, value / memory)), x2: right, y1: y(value), y2: y(value) }),
      draw("text", { class: "strong", x: right - 4, y: y(value) + (value === highest ? -6 : 16), "text-anchor": "end" }, `${name} ${prefixed(value)}FLOP/s`))));
    for (const point of points) point.at = [x(point.x), y(point.y)];
    const ring = draw("circle", { class: "chosen", r: 8, visibility: "hidden" });
    const svg = canvas(width, height, `Roofline with ${points.length} cases. Arrow keys go from case to case, Enter opens one.`,
      grid, roofs, TONES.map(([tone]) => marks(points.filter((point) => point.row.tone === tone), tone)), ring);
    const says = (point) => `${point.row.id}: ${time(point.row.time[0])}, ${prefixed(point.y)}FLOP/s, ${point.row.word}`;
    const show = (index) => {
      current = index;
      const point = points[index];
      ring.setAttribute("visibility", point ? "visible" : "hidden");
      if (point) { ring.setAttribute("cx", point.at[0]); ring.setAttribute("cy", point.at[1]); }
      return point;
    };
    const nearest = (event) => {
      const box = svg.getBoundingClientRect();
      const mouse = [event.clientX - box.left, event.clientY - box.top];
      let best = -1, least = 18 ** 2;
      points.forEach((point, index) => {
        const away = (point.at[0] - mouse[0]) ** 2 + (point.at[1] - mouse[1]) ** 2;
        if (away < least) [best, least] = [index, away];
      });
      return best;
    };
    show(current);
    if (open) {
      svg.setAttribute("tabindex", "0");
      svg.setAttribute("role", "application");
      svg.addEventListener("keydown", (event) => {
        const step = { ArrowRight: 1, ArrowUp: 1, ArrowLeft: -1, ArrowDown: -1 }[event.key];
        if (step) {
          const point = show((current + step + points.length) % points.length);
          const box = svg.getBoundingClientRect();
          tip(says(point), { clientX: box.left + point.at[0], clientY: box.top + point.at[1] });
          event.preventDefault();
        } else if (event.key === "Enter" && current >= 0) open(points[current].row);
      });
      svg.addEventListener("blur", () => tip());
    }
    svg.addEventListener("mousemove", (event) => {
      const index = nearest(event);
      if (index < 0) { tip(); svg.style.cursor = ""; return; }
      const point = open ? show(index) : points[index];
      svg.style.cursor = open ? "pointer" : "";
      tip(says(point), event);
    });
    svg.addEventListener("mouseleave", () => tip());
    if (open) svg.addEventListener("click", (event) => { const index = nearest(event); if (index >= 0) open(points[index].row); });
    return svg;
  };
  return { place: chart(paint), points };
}

/** The view of all cases. */
function rooflineView(report) {
  const found = rooflineChart(report.cases, report.ceilings, null, (row) => { location.hash = link(row); }, 520);
  if (!found) return [make("h2", {}, "Roofline"), make("p", { class: "muted" }, report.ceilings
    ? "No case has both a time and a model of its work (`work: {flops, bytes}` in the spec)."
    : "The device's ceilings are not known.")];
  const used = new Set(found.points.map((point) => point.row.tone));
  const shown = found.points.slice(0, 1000);
  const table = numbers(`Table of ${shown.length} of ${found.points.length} cases`, ["case", "FLOP a byte", "rate", "of the roofline", "bound by"],
    shown.map(({ row, x, y }) => [row.id, Number(x.toPrecision(3)), `${prefixed(y)}FLOP/s`, row.roof === null ? "" : percent(row.roof), row.bound || ""]));
  return [make("h2", {}, "Roofline"),
    make("p", { class: "muted" }, `${found.points.length} of ${report.cases.length} cases have a time and a model of their work. Lines are this device's ceilings, as they were measured.`),
    make("ul", { class: "legend" }, TONES.filter(([tone]) => used.has(tone)).map(([tone, text]) => make("li", { class: `word ${tone}` }, text))),
    make("div", { class: "card" }, found.place, table)];
}
