// A task of a model: what it takes with these settings on this GPU, what would fit, and how to get there.

import { computes, estimate, modelLink } from "./answers.js";
import "./copy_button.js";
import { element, fill } from "./elements.js";
import { ExportForm } from "./export_form.js";
import { memoryFigure } from "./memory_bars.js";
import { fieldsOf } from "./setting_fields.js";
import { SettingsForm } from "./settings_form.js";
import { changesWords, gigabytes, number, percent, runWords, shellWord, words } from "./wording.js";

const SLIDING_MS = 120;
const GB = 1e9;
const ONLY_DEFAULTS = "This site has answers for default settings alone: it was built without Python for the browser. The command below answers for any.";
const VERDICTS = {
  ok: ["runs", "Runs"],
  warning: ["runs", "Runs, with a warning"],
  fail: ["little", "Does not run"],
  unknown: ["none", "Cannot be judged"],
  "not-checked": ["none", "Not judged"],
};

class TaskPanel extends HTMLElement {
  connectedCallback() {
    this.task = this.dataset.task;
    this.model = this.dataset.id;
    this.found = JSON.parse(this.dataset.estimate);
    this.own = this.found;
    this.config = {};
    this.machine = {};
    this.answer = this.querySelector(".answer");
    this.fields = fieldsOf(this.task, Number(this.dataset.context));
    this.status = element("p.verdict", { role: "status" });
    this.reset = element("button.plain", { type: "button", hidden: true, click: () => this.choose({}) }, "Back to the defaults");
    this.controls = element("div.sliders", { role: "group", "aria-label": `Settings to ${this.task === "training" ? "train" : "serve"}` }, this.fields.map((field) => field.element), this.reset);
    this.controls.addEventListener("setting", ({ detail }) => this.set(detail.name, detail.value));
    this.command = element("code", { id: `${this.task}-command` });
    this.form = new SettingsForm(this.task, this.model, (name, value) => this.set(name, value));
    this.exports = new ExportForm(this.task, this.model, JSON.parse(this.dataset.targets));
    this.answer.before(this.status);
    if (computes) {
      this.querySelector(".defaults").replaceWith(this.form.element);
      this.answer.before(this.controls);
    }
    this.append(
      computes ? this.exports.element : element("p.notice", {}, ONLY_DEFAULTS),
      element("div.command", {}, element("h3", {}, "The same on the command line"), element("pre", { tabindex: "0" }, this.command), element("copy-button", { for: `${this.task}-command`, "data-label": "Copy the command" })),
    );
    this.show();
  }

  /** Take other settings and another GPU, without telling anyone. */
  start(machine, config) {
    this.machine = machine;
    this.config = config;
    this.ask(0);
  }

  /** Set one setting; null is the default. */
  set(name, value) {
    const config = { ...this.config, [name]: value };
    if (value === null) delete config[name];
    this.choose(config);
  }

  choose(config) {
    this.config = config;
    this.dispatchEvent(new CustomEvent("chosen", { bubbles: true }));
    this.ask(SLIDING_MS);
  }

  keys() {
    const keys = { model_id: this.model, ...this.machine };
    if (Object.keys(this.config).length) keys.config = this.config;
    return keys;
  }

  /** Ask in a moment; a later question drops this one, and an answer that comes too late is dropped as well. */
  ask(delay) {
    clearTimeout(this.waiting);
    this.asking?.abort();
    this.reset.hidden = !Object.keys(this.config).length;
    if (!this.reset.hidden || this.machine.gpu) {
      this.waiting = setTimeout(() => this.answered(), delay);
    } else {
      this.found = this.own;
      this.show();
    }
  }

  async answered() {
    const asking = (this.asking = new AbortController());
    this.answer.setAttribute("aria-busy", "true");
    try {
      const found = await estimate(this.task, this.keys(), { signal: asking.signal, own: this.own, tell: (words) => this.tell(words) });
      if (asking.signal.aborted) return;
      this.found = found;
      this.show();
    } catch (error) {
      if (!asking.signal.aborted) this.fail(error.message);
    }
  }

  /** Say what takes a while. */
  tell(words) {
    fill(this.status, element("span.mark.awaited", {}, "…"), " ", words);
  }

  fail(message) {
    this.answer.removeAttribute("aria-busy");
    this.answer.classList.add("stale");
    fill(this.status, element("span.mark.little", {}, "No answer"), " ", message);
  }

  show() {
    const { found } = this;
    const { settings } = found;
    for (const field of this.fields) field.show(settings, field.name in this.config);
    this.form.show(settings, this.config);
    const gpu = gpuOf(found, this.machine);
    this.answer.removeAttribute("aria-busy");
    this.answer.classList.remove("stale");
    fill(this.status, verdict(found, gpu));
    fill(this.answer, element("p.run", {}, runWords(found)), memoryFigure(found, gpu), cache(found), this.changes(), this.largest(), findings(found), assumptions(found));
    fill(this.command, command(this.task, this.model, this.machine, this.config));
    this.exports.ask({ ...this.machine, ...(Object.keys(this.config).length ? { config: this.config } : {}) });
  }

  /** Return the changes that would make it run, each a button. */
  changes() {
    const remedies = this.found.report?.remedies ?? [];
    if (!remedies.length) return null;
    const items = remedies.map(({ changes, safe_gb: safe, verdict: promised }) => {
      const then = ` ${gigabytes(safe)} safe${promised === "warning" ? ", with a warning" : ""}`;
      const { model, ...settings } = changes;
      const act = !computes
        ? element("code", {}, changesWords(changes))
        : model
        ? element("a.button", { href: modelLink(model) }, changesWords(changes))
        : element("button", { type: "button", click: () => this.choose({ ...this.config, ...settings }) }, changesWords(settings));
      return element("li", {}, act, element("span.about", {}, then));
    });
    return element("div.remedies", {}, element("h3", {}, "What would run"), element("ul", {}, items));
  }

  /** Return the largest values that fit, each alone, each a button. */
  largest() {
    const { room: most, fewest_gpus: fewest } = this.found;
    if (!most) return null;
    const entries = Object.entries(most).filter(([, value]) => value !== null);
    const items = entries.map(([name, value]) =>
      element("li", {}, element("button", { type: "button", click: () => this.set(name, value) }, `${name} ${words(value)}`)),
    );
    const count = fewest > 1 ? element("p.about", {}, `It takes at least ${number(fewest)} of this GPU.`) : null;
    if (!items.length) return count;
    return element("div.largest", {}, element("h3", {}, "Largest that fit, each alone"), element("ul", {}, items), count);
  }
}

/** Return name and memory of the chosen GPU. */
function gpuOf(found, { gpu }) {
  const first = found.report?.hardware?.gpus?.[0];
  if (!gpu || !first?.total_bytes) return null;
  const count = found.report.hardware.gpus.length;
  return { name: count > 1 ? `each of ${count} × ${first.name}` : first.name, total_gb: first.total_bytes / GB };
}

function verdict(found, gpu) {
  const size = `${gigabytes(found.expected_gb)} expected, ${gigabytes(found.safe_gb)} safe`;
  const { report } = found;
  if (!report) return [element("span.mark.none", {}, "Needs"), ` ${size}`];
  const isMended = report.verdict === "fail" && report.remedies.length;
  const [look, name] = isMended ? ["changes", "Runs with changes"] : (VERDICTS[report.verdict] ?? VERDICTS.unknown);
  const of = gpu ? ` of ${gigabytes(gpu.total_gb)} (${percent(found.safe_gb / gpu.total_gb)})` : "";
  const split = found.split?.gpus > 1 ? `, split over ${found.split.gpus} GPUs` : "";
  return [element(`span.mark.${look}`, {}, name), ` ${size}${of}${split}`];
}

/** Return what the cache of a serving engine takes, if it says. */
function cache({ cache: found }) {
  if (!found?.tokens) return null;
  const times = found.concurrency ? `: ${found.concurrency.toFixed(1)} sequences of this length` : "";
  return element("p.about", {}, `Cache for ${number(found.tokens)} tokens${times}.`);
}

function findings(found) {
  const lines = (found.report?.findings ?? []).filter(({ code }) => code !== "not-modelled");
  if (!lines.length) return null;
  const items = lines.map(({ severity, message }) => element("li", {}, element(`span.badge.${severity}`, {}, severity), ` ${message}`));
  return element("ul.findings", {}, items);
}

function assumptions(found) {
  const band = `The peak is expected within ±${percent(found.error_band)} of the estimate.`;
  const lines = [...found.assumptions, ...found.not_modelled.map((line) => `not modelled: ${line}`), band];
  return element("details.assumptions", {}, element("summary", {}, "What the estimate assumes"), element("ul", {}, lines.map((line) => element("li", {}, line))));
}

/** Return the command that gives the same answer. */
function command(task, model, { gpu, gpus }, config) {
  const parts = ["mgr", "estimate", task, shellWord(model)];
  if (gpu) parts.push("--gpu", shellWord(gpus > 1 ? `${gpu}:${gpus}` : gpu));
  for (const [name, value] of Object.entries(config)) {
    const text = typeof value === "object" ? JSON.stringify(value) : String(value);
    parts.push("--set", shellWord(`${name}=${text}`));
  }
  return parts.join(" ");
}

customElements.define("task-panel", TaskPanel);
