// Numbers, parts and verdicts in words: the same as the pages' Python says.

export const TOOLS = {
  unsloth: "Unsloth",
  trl: "TRL",
  axolotl: "Axolotl",
  "llama-factory": "LLaMA-Factory",
  "ms-swift": "ms-swift",
  vllm: "vLLM",
  sglang: "SGLang",
  transformers: "Transformers",
};
export const METHODS = { lora: "LoRA", qlora: "QLoRA", full: "full fine-tuning" };
export const PARTS = { kv_cache: "KV cache", state_cache: "state cache", together: "all parts together" };

const NUMBER = new Intl.NumberFormat("en");

export function number(value) {
  return typeof value === "number" ? NUMBER.format(value) : String(value);
}

/** Return decimal GB with grouped digits: one decimal, two below 10. */
export function gigabytes(value) {
  const [whole, parts] = value.toFixed(value >= 10 ? 1 : 2).split(".");
  return `${parts ? `${number(Number(whole))}.${parts}` : whole} GB`;
}

export function percent(share) {
  return `${number(Math.round(share * 100))} %`;
}

/** Return the value of a setting in words. */
export function words(value) {
  if (value === null || value === undefined) return "not set";
  if (typeof value === "boolean") return value ? "yes" : "no";
  if (Array.isArray(value)) return value.map(words).join(", ") || "none";
  if (typeof value === "object") return Object.entries(value).map(([key, one]) => `${key} ${words(one)}`).join(", ");
  return number(value);
}

/** Return what an estimate is about. */
export function runWords(found) {
  if (found.task === "training") {
    const tool = `${TOOLS[found.stack] ?? found.stack} ${found.stack_version ?? ""}`.trim();
    const { batch_size: batch, max_seq_length: length } = found.settings;
    return `${METHODS[found.method] ?? found.method} with ${tool}, batch ${number(batch)} of ${number(length)} tokens`;
  }
  const tool = `${TOOLS[found.engine] ?? found.engine} ${found.engine_version ?? ""}`.trim();
  const { sequences, context_tokens: context } = found.assumed;
  return `${tool}, ${sequences === 1 ? "1 sequence" : `${number(sequences)} sequences`} of ${number(context)} tokens`;
}

/** Return changed settings in words: `batch_size 1, method qlora`. */
export function changesWords(changes) {
  return Object.entries(changes)
    .map(([name, value]) => (name === "model" ? `use ${value}` : `${name} ${words(value)}`))
    .join(", ");
}

/** Return a word of a command as a POSIX shell reads it. */
export function shellWord(text) {
  return /^[\w@%+=:,./-]+$/u.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}
