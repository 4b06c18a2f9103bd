// Settings in words: the same in sliders, buttons and the form of all settings.

import { METHODS, TOOLS, words } from "./wording.js";

// Those whose name in a schema says too little alone.
export const NAMES = {
  batch_size: "Batch",
  concurrent: "At once",
  engine: "Engine",
  max_model_len: "Context",
  max_seq_length: "Sequence",
  method: "Method",
  model: "Model",
  r: "LoRA rank",
  stack: "Stack",
  attn_implementation: "Attention kernel",
  cpu_offload_gb: "Offload to main memory (GB)",
  dtype: "Type of weights",
  gpu_memory_utilization: "GPU memory utilization",
  images_per_prompt: "Images in a prompt",
  images_per_sample: "Images in a sequence",
  lr_scheduler_type: "Learning rate schedule",
  max_num_batched_tokens: "Tokens in a step, at most",
  max_num_seqs: "Sequences at once, at most",
  mem_fraction_static: "Static share of GPU memory",
  modules_to_save: "LoRA: modules trained in full",
  n_gpus: "GPUs",
  num_epochs: "Epochs",
  optim: "Optimizer",
  sharding: "Split over GPUs",
  target_modules: "LoRA: target modules",
  target_parameters: "LoRA: target parameters",
};
export const GROUPS = { lora_config: "LoRA adapter", sampling: "Sampling" };
const UNITS = { batch_size: "sequences", concurrent: "sequences", max_model_len: "tokens", max_seq_length: "tokens" };

/** Return the name of a setting. */
export function settingName(name) {
  return NAMES[name] ?? name.replaceAll("_", " ").replace(/^./u, (first) => first.toUpperCase());
}

/** Return a setting with its value: `Sequence 4,096 tokens`. */
export function settingWords(name, value) {
  const tool = { method: METHODS, stack: TOOLS, engine: TOOLS }[name]?.[value];
  const unit = UNITS[name] ?? "";
  return `${settingName(name)} ${tool ?? words(value)} ${value === 1 ? unit.replace(/s$/u, "") : unit}`.trim();
}

/** Return settings with those of a question in place of their own, in whatever group they are. */
export function withChanges(settings, config) {
  return Object.fromEntries(
    Object.entries(settings).map(([name, value]) => {
      if (name in config) return [name, config[name]];
      const isGroup = value !== null && typeof value === "object" && !Array.isArray(value);
      return [name, isGroup ? withChanges(value, config) : value];
    }),
  );
}
