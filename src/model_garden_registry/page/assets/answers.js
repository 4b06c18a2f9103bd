// Answers to questions about models: from the server that served the page, or from files and a worker of a static site.

const meta = (name) => document.querySelector(`meta[name="${name}"]`)?.content ?? "";

export const mode = meta("mgr-mode");
export const root = meta("mgr-root");
// Whether questions with other settings than the defaults have an answer.
export const computes = meta("mgr-computes") === "yes";

const MOST_GPUS = 1024;
// What was asked about all models is kept, so that going back and forth asks nothing again.
const MOST_KEPT = 12;
const kept = new Map();

let answering = null;

/** Return who answers; loaded with the first question. */
async function answers() {
  answering ??= import(mode === "static" ? "./static_answers.js" : "./served_answers.js");
  return answering;
}

/** Return `mgr.estimate/1` of a task; keys: model_id, config, gpu, gpus, stack, engine; own: that of the defaults; tell: is told what takes long. */
export async function estimate(task, keys, options = {}) {
  checkCount(keys);
  return (await answers()).estimate(task, keys, options);
}

/** Return `mgr.fit/1`; keys: task, gpu, gpus, stack, engine; without gpu for the machine of the server. */
export async function fit(keys, options = {}) {
  checkCount(keys);
  if (!keys.gpu) return (await answers()).fit(keys, options);
  const question = JSON.stringify(keys);
  const found = kept.get(question) ?? (await (await answers()).fit(keys, options));
  kept.delete(question);
  kept.set(question, found);
  if (kept.size > MOST_KEPT) kept.delete(kept.keys().next().value);
  return found;
}

/** Refuse a number of GPUs that an address has and that nobody could have. */
function checkCount({ gpus = 1 }) {
  if (Number.isInteger(gpus) && gpus >= 1 && gpus <= MOST_GPUS) return;
  throw new Error(`how many GPUs there are is a whole number from 1 to ${MOST_GPUS}, not ${gpus}`);
}

/** Return `mgr.export/1` of a model for a tool; keys: config, gpu, gpus, task. */
export async function exported(id, target, keys, options = {}) {
  return (await answers()).exported(id, target, keys, options);
}

/** Return the settings of a task for a form: a JSON schema with bounds, defaults and choices. */
export async function settings(task, id, options = {}) {
  return (await answers()).settings(task, id, options);
}

/** Return the GPUs of the server's machine, as `mgr.hardware/1`; null on a static site. */
export async function hardware(options = {}) {
  return (await answers()).hardware?.(options) ?? null;
}

/** Return the relative address of a model's page. */
export function modelLink(id) {
  return `${root}models/${id.split("/").map(encodeURIComponent).join("/")}${mode === "static" ? ".html" : ""}`;
}
