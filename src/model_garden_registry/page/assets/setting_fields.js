// Fields for the settings that decide most about memory: a slider with an exact number, or a choice.

import { element } from "./elements.js";
import { NAMES } from "./setting_words.js";
import { METHODS, number, TOOLS } from "./wording.js";

const COUNTS = [1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64, 96, 128, 192, 256];
const RANKS = [1, 2, 4, 8, 16, 32, 64, 128, 256, 512];
const SHORTEST = 256;

const tools = (names) => names.map((name) => [name, TOOLS[name]]);

/** Return the fields of a task; context is the longest that the model takes. */
export function fieldsOf(task, context) {
  const lengths = lengthsUpTo(context || 131072);
  if (task === "training") {
    return [
      new Choice("stack", NAMES.stack, tools(["unsloth", "trl", "axolotl", "llama-factory", "ms-swift"])),
      new Choice("method", NAMES.method, Object.entries(METHODS)),
      new Slider("batch_size", NAMES.batch_size, COUNTS, "sequences"),
      new Slider("max_seq_length", NAMES.max_seq_length, lengths, "tokens"),
      new Slider("r", NAMES.r, RANKS, "", (settings) => settings.lora_config?.r),
    ];
  }
  return [
    new Choice("engine", NAMES.engine, tools(["vllm", "sglang", "transformers"])),
    new Slider("max_model_len", NAMES.max_model_len, lengths, "tokens"),
    new Slider("concurrent", NAMES.concurrent, COUNTS, "sequences"),
  ];
}

function lengthsUpTo(most) {
  const found = [];
  for (let length = SHORTEST; length < most; length *= 2) found.push(length, length * 1.5);
  return [...found.filter((length) => length < most), most];
}

class Field {
  constructor(name, of) {
    this.name = name;
    this.of = of ?? ((settings) => settings[name]);
  }

  /** Tell the field's value to whoever listens on the element, and whether it is a step to go back to. */
  tell(value, { isStep = false } = {}) {
    this.element.dispatchEvent(new CustomEvent("setting", { bubbles: true, detail: { name: this.name, value, isStep } }));
  }

  /** Show the value that settings have. */
  show(settings, isChanged) {
    const value = this.of(settings);
    this.element.classList.toggle("changed", isChanged);
    this.disable(value === null || value === undefined);
    if (value !== null && value !== undefined) this.set(value);
  }
}

class Choice extends Field {
  constructor(name, label, options) {
    super(name);
    this.select = element("select", { change: () => this.tell(this.select.value, { isStep: true }) }, options.map(([value, words]) => element("option", { value }, words)));
    this.element = element("label.field", {}, element("span", {}, label), this.select);
  }

  set(value) {
    this.select.value = value;
  }

  disable(isOff) {
    this.select.disabled = isOff;
  }
}

class Slider extends Field {
  constructor(name, label, stops, unit, of) {
    super(name, of);
    this.stops = stops;
    this.unit = unit;
    const most = stops.at(-1);
    this.exact = element("input", { type: "number", min: 1, step: 1, inputmode: "numeric", change: () => this.typed() });
    this.range = element("input", { type: "range", min: 0, max: stops.length - 1, step: 1, "aria-label": `${label}, up to ${number(most)}`, input: () => this.moved() });
    const words = element("span", {}, label, unit && element("small", {}, ` (${unit})`));
    this.element = element("div.slider", {}, element("label", {}, words, this.exact), this.range);
  }

  moved() {
    const value = this.stops[Number(this.range.value)];
    this.exact.value = value;
    this.say(value);
    this.tell(value);
  }

  /** Tell the number as it is: what is wrong with it, the answer says. An empty field is the default. */
  typed() {
    if (this.exact.validity.badInput) this.exact.reportValidity();
    else this.tell(this.exact.value === "" ? null : Number(this.exact.value));
  }

  set(value) {
    if (document.activeElement !== this.exact) this.exact.value = value;
    const above = this.stops.findIndex((stop) => stop >= value);
    this.range.value = above < 0 ? this.stops.length - 1 : above;
    this.say(value);
  }

  say(value) {
    this.range.setAttribute("aria-valuetext", `${number(value)} ${this.unit}`.trim());
  }

  disable(isOff) {
    this.exact.disabled = this.range.disabled = isOff;
  }
}
