"use strict";
// Elements, numbers and text. Whatever a report says becomes text nodes and
// attributes, never markup, so that no name can be more than a name.

/** An element: `make("p", {class: "muted"}, "text", child, …)`. */
function make(name, attributes = {}, ...children) {
  return fill(document.createElement(name), attributes, children);
}

/** The same in SVG. */
function draw(name, attributes = {}, ...children) {
  return fill(document.createElementNS("http://www.w3.org/2000/svg", name), attributes, children);
}

function fill(element, attributes, children) {
  for (const [key, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (key.startsWith("on")) element.addEventListener(key.slice(2), value);
    else element.setAttribute(key, value === true ? "" : value);
  }
  element.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined));
  return element;
}

const digits = (value) => (Math.abs(value) < 9.995 ? 2 : Math.abs(value) < 99.95 ? 1 : 0);

/** Nanoseconds with a fitting unit: `6.31 us`. */
function time(ns) {
  const size = Math.abs(ns);
  const [value, unit] = size < 999.5 ? [ns, "ns"] : size < 999.5e3 ? [ns / 1e3, "us"]
    : size < 999.5e6 ? [ns / 1e6, "ms"] : [ns / 1e9, "s"];
  return `${value.toFixed(digits(value))} ${unit}`;
}

/** A signed percentage; what has no end is told by its sign. */
function signed(ratio) {
  if (ratio === null) return "∞";
  const percent = ratio * 100;
  const text = percent.toFixed(digits(percent));
  return (Number(text) < 0 ? "" : "+") + (Number(text) === 0 ? text.replace("-", "") : text);
}

/** A part of something, without a sign. */
const percent = (ratio) => `${(ratio * 100).toFixed(ratio * 100 < 9.95 ? 1 : 0)} %`;

/** A number with a prefix: `2.9 T`. */
function prefixed(value) {
  const prefixes = [[1e15, "P"], [1e12, "T"], [1e9, "G"], [1e6, "M"], [1e3, "k"]];
  const [scale, prefix] = prefixes.find(([scale]) => value >= scale) || [1, ""];
  const scaled = value / scale;
  return `${Number(scaled.toPrecision(3))} ${prefix}`;
}

/** An identity that may break after its punctuation, its kernel in bold. */
function identity(id, bold) {
  const pieces = (text) => text.split(/(?<=[,[\]/])/).flatMap((piece) => [piece, make("wbr")]);
  return [make("span", { class: "kernel" }, pieces(id.slice(0, bold))), make("span", { class: "rest" }, pieces(id.slice(bold)))];
}

/** A sentence, with what stands between backticks as code. */
const prose = (text) => text.split("`").map((piece, at, all) =>
  (at % 2 === 0 ? piece : at === all.length - 1 ? `\`${piece}` : make("code", {}, piece)));

/** A verdict's sign and word. */
function word(row) {
  return make("span", { class: `word ${row.tone}` },
    make("span", { class: "sign", "aria-hidden": "true" }, row.sign), row.word);
}

/** A table behind a chart: the same numbers, for those who do not see it. */
function numbers(title, heads, rows) {
  const cell = (value, at) => make("td", { class: at ? "number" : null }, String(value));
  return make("details", {},
    make("summary", {}, title),
    make("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": title },
      make("table", {},
        make("thead", {}, make("tr", {}, heads.map((head, at) =>
          make("th", { scope: "col", class: at ? "number" : null }, head)))),
        make("tbody", {}, rows.map((row) => make("tr", {}, row.map(cell)))))));
}

/** The tip beside the pointer; none without text. */
function tip(text, event) {
  const box = document.getElementById("tip");
  box.hidden = !text;
  if (!text) return;
  box.textContent = text;
  const right = event.clientX + box.offsetWidth + 24 > innerWidth;
  box.style.left = `${right ? Math.max(8, event.clientX - box.offsetWidth - 14) : event.clientX + 14}px`;
  box.style.top = `${Math.min(event.clientY + 14, innerHeight - box.offsetHeight - 8)}px`;
}
