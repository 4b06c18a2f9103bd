// Answers of a static site: what is known of each GPU from files, everything else from Python in a worker.

import { computes, root } from "./answers.js";
import { refusal } from "./refusals.js";

const SITE = new URL(root, location.href);
const NO_PYTHON = "this site has answers for default settings alone; mgr on your machine answers for any";
const STARTING = "Starting Python in your browser: about 9 MB, once";
const GB = 1e9;
const GPU = "\u0001";
const NUMBER = /\u0002/gu;
const PLAIN = new Set(["task", "gpu", "gpus"]);
const RUNS = "runs";

export async function fit(keys, options = {}) {
  const file = await plainFile(keys, options);
  return file ? fitDocument(keys.task, file, await index()) : computed("fit", keys, options);
}

export async function estimate(task, { model_id: id, ...keys }, { own, ...options } = {}) {
  const file = own ? await plainFile({ task, ...keys }, options) : null;
  const place = file ? (await index())[task].indexOf(id) : -1;
  if (place < 0) return computed(`estimate/${task}`, { ...keys, model_id: id }, options);
  return estimateDocument(own, rowsOf(file[task], file, (await index())[task])[place]);
}

export function exported(id, target, keys, options) {
  return computed(`export/${target}`, { ...keys, model_id: id }, options);
}

export function settings(task, id, options) {
  return computed(`settings/${task}`, { model_id: id }, options);
}

/** Return the file of a GPU for a question with default settings, null if it needs a computation. */
async function plainFile({ gpu, gpus = 1, ...others }, options) {
  if (!gpu || Object.keys(others).some((key) => !PLAIN.has(key))) return null;
  const { gpus: known } = await index();
  const row = Object.keys(known).find((one) => compact(one) === compact(gpu));
  if (!row && !computes) throw new Error(`no GPU '${gpu}' among those that this site has answers for`);
  if (!known[row]?.includes(gpus)) return null;
  const name = row.toLowerCase().replace(/[^a-z0-9]+/gu, "-").replace(/^-|-$/gu, "");
  return read(`fits/${name}-${gpus}.json`, options);
}

/** Return a name of a GPU without what does not matter in it. */
function compact(name) {
  return name.toLowerCase().replace(/[\s-]+/gu, "");
}

let known = null;

/** Return which files of GPUs there are; read once for all questions, so that none of them can give it up. */
function index() {
  known ??= read("fits/index.json").catch((error) => {
    known = null;
    throw error;
  });
  return known;
}

async function read(path, { signal } = {}) {
  const reply = await fetch(new URL(path, SITE), { signal });
  if (!reply.ok) throw new Error(`${path}: the site answered ${reply.status}`);
  return reply.json();
}

/** Return `mgr.fit/1` as far as a list needs it, best first. */
function fitDocument(task, file, { [task]: ids }) {
  const rows = rowsOf(file[task], file, ids);
  const rank = { [RUNS]: 0, "runs-with-changes": 2, "does-not-run": 3, "not-judged": 4 };
  const place = (row) => rank[row.bucket] + (row.bucket === RUNS && row.verdict !== "ok" ? 1 : 0);
  const models = rows.sort((one, other) => place(one) - place(other));
  const counts = Object.fromEntries(Object.keys(rank).map((bucket) => [bucket, 0]));
  for (const { bucket } of models) counts[bucket] += 1;
  return { format: "mgr.fit/1", task, counts, models };
}

/** Return `mgr.estimate/1` as far as a page needs it: the parts are those without a GPU, if the sum is the same. */
function estimateDocument(own, row) {
  const isSame = row.expected_gb === own.expected_gb && row.safe_gb === own.safe_gb;
  const { gpu: name, gpus, verdict, reason, remedies } = row;
  const each = { name, total_bytes: row.gpu_gb * GB };
  const findings = reason ? [{ code: "", severity: verdict, message: reason }] : [];
  return {
    ...own,
    ...(row.safe_gb === null ? {} : { expected_gb: row.expected_gb, safe_gb: row.safe_gb }),
    parts_gb: isSame ? own.parts_gb : { together: row.expected_gb },
    cache: isSame ? own.cache : null,
    split: gpus.used ? { gpus: gpus.used } : null,
    report: { verdict, findings, remedies, hardware: { gpus: Array(gpus.there).fill(each) } },
  };
}

function rowsOf(found, { gpu, there }, ids) {
  let reasons = 0;
  let remedies = 0;
  return ids.map((id, place) => {
    const [verdict, bucket, hasReason] = one(found.state, place);
    const row = {
      id,
      bucket,
      verdict,
      reason: hasReason ? reasonOf(found, gpu, reasons++) : null,
      gpu,
      gpus: { used: one(found.used, place), there },
      gpu_gb: found.gpu_gb,
      expected_gb: part(found.expected_gb[place], 1000),
      safe_gb: part(found.safe_gb[place], 1000),
      share: part(found.share[place], 10_000),
      remedies: bucket === "runs-with-changes" ? [remedyOf(found.remedies[remedies++])] : [],
    };
    const load = one(found.load, place);
    if (load.length === 1) return { ...row, assumed: { context_tokens: load[0] } };
    return { ...row, batch_size: load[0], max_seq_length: load[1] };
  });
}

/** Return a model's value of a column; `at` has digits where there are few values, numbers where they are many. */
function one({ values, at }, place) {
  return values[typeof at === "string" ? Number.parseInt(at[place], 36) : at[place]];
}

function part(number, times) {
  return number === null ? null : number / times;
}

function remedyOf([changes, safe, verdict]) {
  return { changes, safe_gb: part(safe, 1000), verdict };
}

function reasonOf({ reasons, why }, gpu, place) {
  const [form, ...numbers] = [why[place]].flat();
  return reasons[form].replace(NUMBER, () => numbers.shift()).replaceAll(GPU, () => gpu);
}

let worker = null;
let isReady = false;
let last = Promise.resolve();
let asked = 0;
const waiting = new Map();

/** Ask Python, one question after the other; the first one starts it. A question that was given up is left out. */
function computed(route, keys, { signal, tell } = {}) {
  if (!computes) return Promise.reject(new Error(NO_PYTHON));
  if (!isReady) tell?.(STARTING);
  const answer = last.then(() => {
    signal?.throwIfAborted();
    return answered(route, keys);
  });
  last = answer.catch(() => null);
  return answer;
}

function answered(route, keys) {
  worker ??= started();
  asked += 1;
  const number = asked;
  return new Promise((resolve, reject) => {
    waiting.set(number, { resolve, reject });
    worker.postMessage({ number, route, keys: JSON.stringify(keys) });
  });
}

function started() {
  const made = new Worker(new URL("./worker.js", import.meta.url), { type: "module" });
  made.addEventListener("message", ({ data: { number, reply, problem } }) => {
    const { resolve, reject } = waiting.get(number);
    waiting.delete(number);
    isReady = true;
    if (problem !== undefined) return reject(new Error(problem));
    const [status, found] = JSON.parse(reply);
    return status === 200 ? resolve(found) : reject(new Error(refusal(found, status)));
  });
  made.addEventListener("error", ({ message }) => {
    worker = null;
    for (const { reject } of waiting.values()) reject(new Error(`Python did not start: ${message ?? "the worker ended"}`));
    waiting.clear();
  });
  return made;
}
