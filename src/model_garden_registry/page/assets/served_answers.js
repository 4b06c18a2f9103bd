// Answers of the server's HTTP API.

import { root } from "./answers.js";
import { refusal } from "./refusals.js";

const API = new URL(`${root}api/v1/registry/`, location.href);

export function estimate(task, keys, { signal } = {}) {
  return ask(`estimate/${task}`, keys, { signal });
}

export function fit(keys, options) {
  return ask("fit", keys, options);
}

export function exported(id, target, keys, options) {
  const query = new URLSearchParams();
  for (const [key, value] of Object.entries(keys)) query.set(key, key === "config" ? JSON.stringify(value) : value);
  return read(`models/${id.split("/").map(encodeURIComponent).join("/")}/export/${target}?${query}`, options);
}

export function settings(task, id, options) {
  return read(`settings/${task}?${new URLSearchParams({ model_id: id })}`, options);
}

export function hardware(options) {
  return read("hardware", options);
}

function ask(path, keys, options) {
  const headers = { "content-type": "application/json" };
  return answered(path, { ...options, method: "POST", headers, body: JSON.stringify(keys) });
}

function read(path, options) {
  return answered(path, options);
}

async function answered(path, options) {
  const reply = await fetch(new URL(path, API), options);
  const found = await reply.json().catch(() => ({ detail: `the server answered ${reply.status}` }));
  if (!reply.ok) throw new Error(refusal(found, reply.status));
  return found.success === true && "data" in found ? found.data : found;
}
