// How a case moved over the recordings of its baseline.

/** Recordings in order, with the points where the case changed. */
function historyChart(row) {
  const points = row.history;
  if (points.length < 2) return null;
  const changes = points.map((point, index) => ({ ...point, index })).filter((point) => point.change);
  const paint = (width) => {
    const height = 260, left = 74, right = width - 14, top = 26, bottom = height - 34;
    const domain = extent(points.flatMap((point) => [point.low ?? point.time, point.high ?? point.time]));
    const x = linear([-0.5, points.length - 0.5], [left, right]), y = linear(domain, [bottom, top]);
    const every = Math.max(1, Math.ceil(points.length / Math.max(2, Math.floor(width / 110))));
    return canvas(width, height, `Times of ${points.length} recordings, with ${changes.length} change points`,
      timeAxis(y, domain, left, right),
      points.map((point, index) => index % every ? null : draw("text", { x: x(index), y: height - 10, "text-anchor": "middle" }, point.when.slice(0, 10))),
      changes.map((point) => draw("g", { class: point.change[0] > 0 ? "bad" : "good" },
        draw("line", { class: "guide", x1: x(point.index - 0.5), x2: x(point.index - 0.5), y1: top - 8, y2: bottom, style: "stroke: var(--tone)" }),
        draw("text", { x: x(point.index - 0.5) + 5, y: top - 8, style: "fill: var(--tone)" }, `${signed(point.change[0])} %`))),
      points.map((point, index) => draw("g", { class: "now",
        onmousemove: (event) => tip(`${point.when}${point.commit ? `, ${point.commit}` : ""}: ${time(point.time)}${point.reason ? `, ${point.reason}` : ""}`, event),
        onmouseleave: () => tip() },
        draw("line", { class: "whisker", x1: x(index), x2: x(index), y1: y(point.low ?? point.time), y2: y(point.high ?? point.time) }),
        draw("circle", { cx: x(index), cy: y(point.time), r: 4.5 }))));
  };
  const listed = points.map((point) => [point.when, point.commit || "not committed", time(point.time), point.rounds,
    point.change ? `${signed(point.change[0])} % [${signed(point.change[1])}, ${signed(point.change[2])}]` : "", point.reason || ""]);
  const box = card("History", "Recordings of this case's baseline, with 95 % intervals between their rounds; dashed: where it changed.",
    chart(paint), numbers("Recordings as a table", ["recorded", "commit", "time", "rounds", "changed by", "reason"], listed));
  box.classList.add("full");
  return box;
}
