// Marks of what runs on a GPU: runs, runs tightly or with changes, or not, each with its reason.

import { element, fill } from "./elements.js";
import { changesWords, gigabytes, number, percent } from "./wording.js";

const WORDS = { runs: "Runs", tight: "Tight", changes: "With changes", little: "Too little", none: "Not judged" };

// Classes of marks that look like another kind.
const LOOKS = { tight: "changes.tight" };

/** Return a mark for each model of `mgr.fit/1`, by id; its place is its rank, best first. */
export function marks(found) {
  return new Map(found.models.map((model, place) => [model.id, { ...mark(model), place, model }]));
}

function mark(model) {
  switch (model.bucket) {
    case "runs":
      return isTight(model) ? { kind: "tight", words: WORDS.tight, why: load(model) } : { kind: "runs", words: WORDS.runs, why: load(model) };
    case "runs-with-changes": {
      const [best] = model.remedies;
      const how = best ? `${changesWords(best.changes)}: ${gigabytes(best.safe_gb)} safe` : "";
      return { kind: "changes", words: WORDS.changes, why: how || model.reason };
    }
    case "does-not-run":
      return { kind: "little", words: model.share > 1 ? WORDS.little : "Does not run", why: model.reason };
    default:
      return { kind: "none", words: WORDS.none, why: model.reason };
  }
}

/** Return whether a model that runs has less than its safe memory, or another warning. */
function isTight({ verdict, share }) {
  return verdict === "warning" || share > 1;
}

/** Return the mark of a model that the answer does not have: deprecated ones are not judged, nor those for another task. */
export function unjudged(task, data) {
  const known = task in data ? "" : `no ${task} is known for it`;
  return { kind: "none", words: WORDS.none, why: data.status === "deprecated" ? "it is deprecated" : known };
}

/** Return the memory that a model takes, and for which load. */
function load(model) {
  if (model.safe_gb === undefined || model.safe_gb === null) return "";
  const many = model.gpus?.used > 1 ? ` on each of ${model.gpus.used}` : "";
  const size = `${gigabytes(model.safe_gb)} of ${gigabytes(model.gpu_gb)}${many} (${percent(model.share)})`;
  if (model.assumed) return `${size}, ${number(model.assumed.context_tokens)} tokens`;
  return model.batch_size ? `${size}, batch ${model.batch_size} of ${number(model.max_seq_length)} tokens` : size;
}

/** Add the column of marks to the table, once, and name it. */
export function nameFitColumn(table, name) {
  const named = table.querySelector("th.fit");
  if (named) return fill(named, name);
  const [head] = table.tHead.rows;
  head.cells[0].after(element("th.fit", { scope: "col", role: "columnheader" }, name));
  for (const row of table.tBodies[0].rows) row.cells[0].after(element("td.fit", { role: "cell" }));
}

/** Show the mark of a row; null while it is awaited. */
export function showMark(row, found) {
  const cell = row.querySelector("td.fit");
  if (found === null) return fill(cell, element("span.mark.awaited", {}, "…"));
  return fill(cell, badge(found), found.why && element("span.about", {}, found.why));
}

export function badge({ kind, words }) {
  return element(`span.mark.${LOOKS[kind] ?? kind}`, {}, words);
}

/** Return a machine's GPUs in words; empty if it has none that can be judged. */
export function machineWords({ gpus }) {
  if (!gpus?.length) return "";
  const counts = new Map();
  for (const { name } of gpus) counts.set(name, (counts.get(name) ?? 0) + 1);
  const each = [...counts].map(([name, count]) => (count > 1 ? `${count} × ${name}` : name));
  return `This server's machine: ${each.join(", ")}`;
}
