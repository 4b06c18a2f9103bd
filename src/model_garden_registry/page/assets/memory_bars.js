// Memory as bars of its parts, against the memory of a GPU: as the pages' Python draws it without one.

import { element } from "./elements.js";
import { gigabytes, number, PARTS } from "./wording.js";

const TOP = 6;
const TOP_WITH_GPU = 24;
const BAR = 30;
const BELOW = 28;
const MOST_TICKS = 6;
const AIR = 1.04;

/**
 * Return the picture of an estimate, and its parts as a table.
 *
 * found: `mgr.estimate/1`; gpu: name and total_gb of the GPU, if one is chosen.
 */
export function memoryFigure(found, gpu) {
  return element("figure.memory", {}, bar(found, gpu), element("figcaption", {}, partsTable(found, gpu)));
}

function bar(found, gpu) {
  const { expected_gb: expected, safe_gb: safe } = found;
  const top = gpu ? TOP_WITH_GPU : TOP;
  const scale = 100 / Math.max(safe * AIR, (gpu?.total_gb ?? 0) * AIR, 0.01);
  const against = gpu ? `, of ${gigabytes(gpu.total_gb)} of the ${gpu.name}` : "";
  const told = `${gigabytes(expected)} expected, ${gigabytes(safe)} safe on each GPU${against}`;
  const height = top + BAR + BELOW;
  return element(
    "svg.bar",
    { role: "img", "aria-label": told, width: "100%", height },
    gpu && element("rect.track", { x: 0, y: top, width: share(gpu.total_gb * scale), height: BAR }),
    ticks(scale, top),
    segments(found, scale, top),
    gpu && limit(gpu, gpu.total_gb * scale, top),
  );
}

function segments(found, scale, top) {
  let end = 0;
  const rectangle = (look, name, size) => {
    const title = element("title", {}, `${name}: ${gigabytes(size)}`);
    const made = element(`rect.${look}`, { x: share(end * scale), width: share(size * scale), y: top, height: BAR }, title);
    end += size;
    return made;
  };
  return [
    ...parts(found).map(([name, size]) => rectangle(`part-${name}`, PARTS[name] ?? name, size)),
    rectangle("margin", "margin up to safe", Math.max(found.safe_gb - found.expected_gb, 0)),
  ];
}

function ticks(scale, top) {
  const longest = 100 / scale;
  const step = stepFor(longest);
  const made = [];
  for (let count = 1; count * step <= longest; count += 1) {
    const x = share(count * step * scale);
    made.push(element("line.tick", { x1: x, x2: x, y1: top - 4, y2: top + BAR + 8 }));
    const end = count * step * scale > 96 ? "end" : "middle";
    made.push(element("text.tick", { x, y: top + BAR + BELOW - 8, "text-anchor": end }, number(Number((count * step).toFixed(2)))));
  }
  return made;
}

function stepFor(longest) {
  for (let power = -2; power < 8; power += 1)
    for (const factor of [1, 2, 5]) if (longest / (factor * 10 ** power) <= MOST_TICKS) return factor * 10 ** power;
  return 10 ** 8;
}

/** Return the line of a GPU's memory, with its name on the side that has more space. */
function limit(gpu, at, top) {
  const x = share(at);
  const isRight = at > 50;
  const place = { x, y: top - 9, dx: isRight ? -6 : 6, "text-anchor": isRight ? "end" : "start" };
  return [
    element("line.limit", { x1: x, x2: x, y1: top - 20, y2: top + BAR + 6 }),
    element("text.limit", place, `${gpu.name}: ${gigabytes(gpu.total_gb)}`),
  ];
}

function partsTable(found, gpu) {
  const rows = parts(found).map(([name, size]) => row(PARTS[name] ?? name, size, `part-${name}`));
  return element(
    "table.parts",
    {},
    element("caption.unseen", {}, "Memory on each GPU by part"),
    element(
      "tbody",
      {},
      rows,
      element("tr.total", {}, element("th", { scope: "row" }, "expected"), size(found.expected_gb)),
      element("tr", {}, element("th", { scope: "row" }, swatch("margin"), "safe"), size(found.safe_gb)),
      gpu && element("tr", {}, element("th", { scope: "row" }, swatch("track"), gpu.name), size(gpu.total_gb)),
    ),
  );
}

function row(name, value, look) {
  return element("tr", {}, element("th", { scope: "row" }, swatch(look), name), size(value));
}

function size(value) {
  return element("td.number", {}, gigabytes(value));
}

function swatch(look) {
  return element(`span.swatch.${look}`, { "aria-hidden": "true" });
}

function parts(found) {
  return Object.entries(found.parts_gb).filter(([, value]) => value > 0);
}

function share(value) {
  return `${value.toFixed(2)}%`;
}
