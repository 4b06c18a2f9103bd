// A task of a model: what it takes with these settings on this GPU, what would fit, and how to get there.

import { computes, estimate, modelLink } from "./answers.js";
import "./copy_button.js";
import { element, fill } from "./elements.js";
import { ExportForm } from "./export_form.js";
import { memoryFigure } from "./memory_bars.js";
import { fieldsOf } from "./setting_fields.js";
import { SettingsForm } from "./settings_form.js";
import { settingName, settingWords, withChanges } from "./setting_words.js";
import { gpuOf, isTight, verdict } from "./verdicts.js";
import { gigabytes, number, percent, runWords, shellWord } from "./wording.js";

const SLIDING_MS = 120;
const ONLY_DEFAULTS = "This site has answers for default settings alone: it was built without Python for the browser. The command below answers for any.";
const BY_SAFE = "Counted by safe; the verdict goes by expected.";
const NO_ANSWER = "No picture and no file: there is no answer for these settings.";

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
    this.status = element("p.verdict", { role: "status", tabindex: "-1" });
    this.reset = element("button.plain", { type: "button", hidden: true, click: () => this.decide({}) }, "Back to the defaults");
    this.controls = element("div.sliders", { role: "group", "aria-label": `Settings to ${this.task === "training" ? "train" : "serve"}` }, this.fields.map((field) => field.element), this.reset);
    this.controls.addEventListener("setting", ({ detail }) => this.set(detail.name, detail.value, detail.isStep));
    this.command = element("code", { id: `${this.task}-command` });
    this.form = new SettingsForm(this.task, this.model, (name, value, isStep) => this.set(name, value, isStep));
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
    this.isUntold = false;
    this.ask(0);
  }

  /** Set one setting; null is the default. */
  set(name, value, isStep) {
    const config = { ...this.config, [name]: value };
    if (value === null) delete config[name];
    this.choose(config, isStep);
  }

  /** Take what a button says. Its place may be gone with the answer: the focus is at the verdict from then on. */
  decide(config) {
    this.choose(config, true);
    this.status.focus();
  }

  /** Take settings; a choice is told at once, as a step to go back to, numbers that slide when they rest. */
  choose(config, isStep) {
    if (isStep && this.isUntold) this.told(false);
    this.config = config;
    this.isUntold = !isStep;
    if (isStep) this.told(true);
    this.ask(isStep ? 0 : SLIDING_MS);
  }

  told(isStep) {
    this.isUntold = false;
    this.dispatchEvent(new CustomEvent("chosen", { bubbles: true, detail: { isStep } }));
  }

  keys() {
    const keys = { ...this.machine };
    if (Object.keys(this.config).length) keys.config = this.config;
    return keys;
  }

  /** Ask in a moment; a later question drops this one, and an answer that comes too late is dropped as well. */
  ask(delay) {
    clearTimeout(this.waiting);
    this.asking?.abort();
    this.reset.hidden = !Object.keys(this.config).length;
    this.answer.setAttribute("aria-busy", "true");
    fill(this.command, command(this.task, this.model, this.machine, this.config));
    this.exports.clear();
    if (delay) this.waiting = setTimeout(() => this.settled(), delay);
    else this.settled();
  }

  settled() {
    if (this.isUntold) this.told(false);
    if (!this.reset.hidden || this.machine.gpu) return this.answered();
    this.found = this.own;
    return this.show();
  }

  async answered() {
    const asking = (this.asking = new AbortController());
    const keys = { model_id: this.model, ...this.keys() };
    try {
      const found = await estimate(this.task, keys, { signal: asking.signal, own: this.own, tell: (words) => this.tell(words) });
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

  /** Say why there is no answer; nothing of an earlier one stays, and the fields have what was asked. */
  fail(message) {
    fill(this.status, element("span.mark.little", {}, "No answer"), " ", message);
    fill(this.answer, element("p.about", {}, NO_ANSWER));
    this.write(withChanges(this.own.settings, this.config));
  }

  show() {
    const { found } = this;
    const gpu = gpuOf(found, this.machine);
    fill(this.status, verdict(found, gpu));
    fill(this.answer, element("p.run", {}, runWords(found)), memoryFigure(found, gpu), cache(found), this.changes(gpu), this.largest(), this.findings(), assumptions(found));
    this.write(found.settings);
  }

  /** Write settings into the fields, and ask for their file. */
  write(settings) {
    this.answer.removeAttribute("aria-busy");
    for (const field of this.fields) field.show(settings, field.name in this.config);
    this.form.show(settings, this.config);
    this.exports.ask(this.keys());
  }

  /** Return the changes that would make it run, each a button. */
  changes(gpu) {
    const remedies = this.found.report?.remedies ?? [];
    if (!remedies.length) return null;
    const items = remedies.map(({ changes, safe_gb: safe, verdict: promised }) => {
      const then = ` ${gigabytes(safe)} safe${promised === "warning" ? ", with a warning" : ""}`;
      const { model, ...settings } = changes;
      const act = !computes
        ? element("code", {}, remedyWords(changes))
        : model
        ? element("a.button", { href: modelLink(model) }, remedyWords(changes))
        : element("button", { type: "button", click: () => this.decide({ ...this.config, ...settings }) }, remedyWords(settings));
      return element("li", {}, act, element("span.about", {}, then));
    });
    const title = this.found.report.verdict === "warning" && isTight(this.found, gpu) ? "What would fit with a margin" : "What would run";
    return element("div.remedies", {}, element("h3", {}, title), element("ul", {}, items));
  }

  /** Return the largest values that fit, each alone, each a button. */
  largest() {
    const { room: most, fewest_gpus: fewest } = this.found;
    if (!most) return null;
    const items = Object.entries(most).map(([name, value]) =>
      element("li", {}, value === null ? `${settingName(name)}: not even the smallest` : this.largestButton(name, value)),
    );
    const count = fewest > 1 ? element("p.about", {}, `It takes at least ${number(fewest)} of this GPU.`) : null;
    if (!items.length) return count;
    return element("div.largest", {}, element("h3", {}, "Largest that fit, each alone"), element("p.about", {}, BY_SAFE), element("ul", {}, items), count);
  }

  largestButton(name, value) {
    return element("button", { type: "button", click: () => this.decide({ ...this.config, [name]: value }) }, settingWords(name, value));
  }

  /** Return what was found; without a GPU, whether a length is beyond what the model takes. */
  findings() {
    const { report, settings } = this.found;
    const lines = (report?.findings ?? []).filter(({ code }) => code !== "not-modelled");
    const name = this.task === "training" ? "max_seq_length" : "max_model_len";
    const most = Number(this.dataset.context);
    if (!report && most && settings[name] > most)
      lines.push({ severity: "warning", message: `${name} ${number(settings[name])} is beyond the model's ${number(most)} positions` });
    if (!lines.length) return null;
    const items = lines.map(({ severity, message }) => element("li", {}, element(`span.badge.${severity}`, {}, severity), ` ${message}`));
    return element("ul.findings", {}, items);
  }
}

/** Return changes that would make a model run, in words. */
function remedyWords(changes) {
  return Object.entries(changes)
    .map(([name, value]) => (name === "model" ? `use ${value}` : settingWords(name, value)))
    .join(", ");
}

/** Return what the cache of a serving engine takes, if it says. */
function cache({ cache: found }) {
  if (!found?.tokens) return null;
  const times = found.concurrency ? `: ${found.concurrency.toFixed(1)} sequences of this length` : "";
  return element("p.about", {}, `Cache for ${number(found.tokens)} tokens${times}.`);
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
