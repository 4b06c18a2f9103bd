// Verdicts on a model on a GPU in words: in the buckets of `mgr fit`, so that list and page say the same.

import { element } from "./elements.js";
import { gigabytes, percent } from "./wording.js";

const GB = 1e9;
const TIGHT = new Set(["vram-borderline", "vram-below-recommended"]);
const VERDICTS = {
  ok: ["runs", "Runs"],
  warning: ["runs", "Runs, with a warning"],
  fail: ["little", "Does not run"],
  unknown: ["none", "Cannot be judged"],
  "not-checked": ["none", "Not judged"],
};

/** Return name and memory of the chosen GPU; null where none is. */
export function gpuOf(found, { gpu }) {
  const first = found.report?.hardware?.gpus?.[0];
  if (!gpu || !first?.total_bytes) return null;
  const count = found.report.hardware.gpus.length;
  return { name: count > 1 ? `each of ${count} × ${first.name}` : first.name, total_gb: first.total_bytes / GB };
}

/** Return a mark and the memory; gpu: as `gpuOf` returns it. */
export function verdict(found, gpu) {
  const size = `${gigabytes(found.expected_gb)} expected, ${gigabytes(found.safe_gb)} safe`;
  if (!found.report) return [element("span.mark.none", {}, "Needs"), ` ${size}`];
  const [look, name, more = ""] = judged(found, gpu);
  const of = gpu ? ` of ${gigabytes(gpu.total_gb)} (${percent(found.safe_gb / gpu.total_gb)})` : "";
  const split = found.split?.gpus > 1 ? `, split over ${found.split.gpus} GPUs` : "";
  return [element(`span.mark.${look}`, {}, name), `${more} ${size}${of}${split}`];
}

/** Return look and words of the mark, and words after it; a model runs with changes where these keep the model, as `mgr fit` counts it. */
function judged(found, gpu) {
  const { verdict: own, remedies } = found.report;
  if (own === "warning" && isTight(found, gpu)) return ["changes", "Tight"];
  if (own !== "fail" || !remedies.length) return VERDICTS[own] ?? VERDICTS.unknown;
  const keepsModel = remedies.some(({ changes }) => !("model" in changes));
  return keepsModel ? ["changes", "Runs with changes"] : ["little", "Does not run", "; another model would:"];
}

/** Tell whether the likely peak fits, but not with the margin that a GPU should have. */
export function isTight(found, gpu) {
  const isShort = found.report?.findings.some(({ code }) => TIGHT.has(code));
  return Boolean(isShort || (gpu && found.safe_gb > gpu.total_gb));
}
