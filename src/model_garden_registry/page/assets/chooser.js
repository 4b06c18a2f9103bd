// The choice of GPUs, as the address states it: also names and numbers that are not among the options.

import { element } from "./elements.js";

// A name that says how many there are.
const COUNTED = /:\d+$/u;
const WHOLE = /^\d+$/u;

/** Choose a GPU by its name, also one that is not among the options: another spelling, or a size. */
export function chooseGpu({ elements: { gpu } }, name) {
  gpu.value = name;
  if (gpu.selectedIndex >= 0) return;
  gpu.firstElementChild.after(element("option", { value: name }, name));
  gpu.value = name;
}

/** Choose how many there are; what is no such number is shown as it is, and refused when it is asked about. */
export function chooseCount({ elements: { gpus } }, text) {
  const value = WHOLE.test(text) ? String(Number(text)) : text || "1";
  gpus.value = value;
  if (gpus.selectedIndex >= 0) return;
  const next = [...gpus.options].find((option) => Number(option.value) > Number(value));
  gpus.insertBefore(element("option", { value }, value), next ?? null);
  gpus.value = value;
}

/** Return the chosen GPU and how many there are of it; nothing where none is chosen. */
export function chosenMachine({ elements: { gpu, gpus } }) {
  const isCounted = COUNTED.test(gpu.value);
  gpus.disabled = isCounted;
  if (!gpu.value) return {};
  if (isCounted) return { gpu: gpu.value };
  return { gpu: gpu.value, gpus: WHOLE.test(gpus.value) ? Number(gpus.value) : gpus.value };
}
