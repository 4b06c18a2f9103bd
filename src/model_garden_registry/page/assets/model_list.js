// The list: search, filters, order, and marks of what runs on a GPU. What is chosen stands in the address.

import { fit, hardware, mode } from "./answers.js";
import { keepList, readAddress, writeAddress } from "./address.js";
import { chooseCount, chooseGpu, chosenMachine } from "./chooser.js";
import { CompareTray } from "./compare_tray.js";
import { element, fill } from "./elements.js";
import { badge, machineWords, marks, nameFitColumn, showMark, unjudged } from "./fit_marks.js";
import { matches, pieces, searchWords } from "./search.js";
import { number } from "./wording.js";

// The machine of the server, among the GPUs.
const HERE = "this machine";
const EQUAL = ["category", "provider", "size", "license", "status", "quantization"];
const FLAGS = ["tools", "reasoning", "vision"];
const TYPING_MS = 150;
// Narrower screens show the filters when asked.
const WIDE = "(min-width: 52rem)";

class ModelList extends HTMLElement {
  connectedCallback() {
    this.form = this.querySelector("form");
    this.body = this.querySelector("tbody");
    this.count = this.querySelector(".count");
    this.rows = [...this.body.rows].map((row, place) => {
      const link = row.querySelector(".name");
      return { row, place, data: row.dataset, found: searched(row), link, address: link.getAttribute("href") };
    });
    this.led = "";
    this.hasAskedHere = mode !== "served";
    this.fields = [...this.form.elements].filter((field) => field.name);
    this.tray = new CompareTray(this.rows, () => this.write(true));
    this.before(this.tray.dialog);
    this.append(this.tray.bar);
    this.form.hidden = false;
    this.form.querySelector(".more").open = matchMedia(WIDE).matches;
    this.form.addEventListener("submit", (event) => event.preventDefault());
    this.form.addEventListener("reset", () => setTimeout(() => this.changed(true)));
    this.form.addEventListener("input", (event) => {
      if (event.target.name === "q") this.typed();
    });
    this.form.addEventListener("change", (event) => {
      if (event.target.name !== "q") this.changed(true);
    });
    window.addEventListener("popstate", () => this.read());
    this.read();
    if (mode === "served") this.offerMachine();
  }

  /** Offer the GPUs of the server's machine, if it has some. */
  async offerMachine() {
    const found = await hardware().catch(() => null);
    const words = found && machineWords(found);
    this.hasAskedHere = true;
    if (words) this.form.elements.gpu.firstElementChild.after(element("option", { value: HERE }, words));
    if (words || readAddress().get("gpu") === HERE) this.read();
  }

  typed() {
    clearTimeout(this.typing);
    this.typing = setTimeout(() => this.changed(false), TYPING_MS);
  }

  changed(isStep) {
    this.show();
    this.write(isStep);
  }

  values() {
    const { elements } = this.form;
    return Object.fromEntries(
      this.fields.map(({ name }) => [name, elements[name].type === "checkbox" ? elements[name].checked && "true" : elements[name].value]),
    );
  }

  write(isStep) {
    const values = this.values();
    const { training } = taskOf(values);
    writeAddress(
      {
        ...values,
        ...Object.fromEntries(FLAGS.map((name) => [name, values[name] || ""])),
        gpus: this.countOf(values),
        engine: training ? "" : values.engine,
        stack: training ? values.stack : "",
        compare: this.tray.ids().join(","),
      },
      { isStep },
    );
    keepList();
  }

  /** Return how many GPUs are chosen, for an address: empty for one, and where the name says it. */
  countOf({ gpu, gpus }) {
    return !gpu || this.form.elements.gpus.disabled || gpus === "1" ? "" : gpus;
  }

  /** Show what the address says. */
  read() {
    const query = readAddress();
    for (const field of this.fields) {
      const value = query.get(field.name) ?? "";
      if (field.type === "checkbox") field.checked = value === "true";
      else if (field.name === "gpu") chooseGpu(this.form, value === HERE && !this.hasAskedHere ? "" : value);
      else if (field.name === "gpus") chooseCount(this.form, value);
      else field.value = value;
      if (field.tagName === "SELECT" && field.selectedIndex < 0) field.selectedIndex = 0;
    }
    this.tray.choose((query.get("compare") ?? "").split(",").filter(Boolean));
    keepList();
    this.show();
  }

  show() {
    const values = this.values();
    const { training } = taskOf(values);
    this.form.elements.engine.closest("label").hidden = training;
    this.form.elements.stack.closest("label").hidden = !training;
    chosenMachine(this.form);
    if (values.gpu === HERE) this.form.elements.gpus.disabled = true;
    fill(this.form.elements.task.options[0], values.gpu ? "any: serving" : "any");
    const active = [...EQUAL, ...FLAGS].filter((name) => values[name]).length;
    fill(this.form.querySelector(".active"), active ? ` (${active})` : "");
    this.judge(values);
    this.filter(values);
    this.lead(values);
  }

  /** Lead to the page of each model with what is chosen here; the server's machine is chosen there. */
  lead(values) {
    const { training } = taskOf(values);
    const query = new URLSearchParams();
    if (values.gpu && values.gpu !== HERE) query.set("gpu", values.gpu);
    if (query.has("gpu") && this.countOf(values)) query.set("gpus", this.countOf(values));
    if (values.task) query.set("task", values.task);
    if (training && values.stack) query.set("training.stack", values.stack);
    if (!training && values.engine) query.set("inference.engine", values.engine);
    const text = query.size ? `?${query}` : "";
    if (text === this.led) return;
    this.led = text;
    for (const { link, address } of this.rows) link.setAttribute("href", `${address}${text}`);
  }

  filter(values) {
    const words = searchWords(values.q);
    const whole = values.q.trim().toLowerCase();
    const kept = this.rows.filter(
      ({ data, found }) =>
        EQUAL.every((name) => !values[name] || data[name] === values[name]) &&
        FLAGS.every((name) => !values[name] || name in data) &&
        (!values.task || values.task in data) &&
        (matches(words, found.words) || found.formerIds.includes(whole)),
    );
    const shown = new Set(kept);
    for (const one of this.rows) one.row.hidden = !shown.has(one);
    this.order(values);
    this.kept = kept;
    this.tell();
  }

  /** Put the rows in order: by the order that is chosen; best first is by what runs, where a GPU is chosen. */
  order(values) {
    const by = ORDERS[values.sort] ?? ((one) => this.marks?.get(one.data.id)?.place ?? (this.marks ? Infinity : 0));
    const sorted = this.rows.toSorted((one, other) => compared(by(one), by(other)) || one.place - other.place);
    const key = sorted.map(({ place }) => place).join();
    if (key === this.ordered) return;
    this.ordered = key;
    this.body.append(...sorted.map(({ row }) => row));
  }

  /** Mark the rows by what runs on the chosen GPUs; a late answer to an earlier choice is dropped. */
  async judge(values) {
    const { task } = taskOf(values);
    const keys = { task };
    if (values.gpu && values.gpu !== HERE) Object.assign(keys, chosenMachine(this.form));
    if (task === "training" && values.stack) keys.stack = values.stack;
    if (task === "inference" && values.engine) keys.engine = values.engine;
    const asked = values.gpu ? JSON.stringify(keys) : "";
    if (asked === this.asked) return;
    this.asked = asked;
    this.asking?.abort();
    this.marks = null;
    this.problem = "";
    this.classList.toggle("judged", Boolean(asked));
    if (asked) {
      const asking = (this.asking = new AbortController());
      this.isWaiting = true;
      this.tell();
      const machine = values.gpu === HERE ? HERE : `${this.countOf(values) ? `${keys.gpus} × ` : ""}${keys.gpu}`;
      this.column = `${task === "training" ? "Training" : "Serving"} on ${machine}`;
      nameFitColumn(this.querySelector("table"), this.column);
      for (const { row } of this.rows) showMark(row, null);
      try {
        const found = await fit(keys, { signal: asking.signal });
        if (asking.signal.aborted) return;
        this.marks = marks(found);
      } catch (error) {
        if (asking.signal.aborted) return;
        this.problem = error.message;
      }
      this.isWaiting = false;
      for (const { row, data } of this.rows) showMark(row, this.marks?.get(data.id) ?? unjudged(task, data));
    }
    this.tray.mark(this.marks, this.column);
    this.filter(this.values());
  }

  /** Say how many models are shown, and how many of them run. */
  tell() {
    const kept = this.kept ?? this.rows;
    const total = this.rows.length;
    const some = kept.length === total ? `${number(total)} models` : `${number(kept.length)} of ${number(total)} models`;
    const count = kept.length ? some : "No model matches: clear a filter or the search";
    if (this.problem) return fill(this.count, count, element("span.problem", {}, `Not judged: ${this.problem}`));
    if (this.isWaiting) return fill(this.count, count, element("span.waiting", {}, "Judging every model…"));
    if (!this.marks || !kept.length) return fill(this.count, count);
    const tally = { runs: 0, tight: 0, changes: 0, little: 0, none: 0 };
    for (const { data } of kept) tally[this.marks.get(data.id)?.kind ?? "none"] += 1;
    return fill(
      this.count,
      count,
      TALLIES.filter(([kind]) => tally[kind] || !RARE.has(kind)).map(([kind, words]) => badge({ kind, words: `${number(tally[kind])} ${words}` })),
    );
  }
}

// What the counts say of each kind of mark, and the kinds that are told only where there are some.
const TALLIES = [
  ["runs", "run"],
  ["tight", "tight"],
  ["changes", "with changes"],
  ["little", "do not"],
  ["none", "not judged"],
];
const RARE = new Set(["tight", "none"]);
const ORDERS = {
  released: ({ data }) => [...(data.released ?? "")].map((sign) => -sign.charCodeAt(0)).concat(0),
  smallest: ({ data }) => Number(data.parameters) || Infinity,
  largest: ({ data }) => -Number(data.parameters),
  name: ({ row }) => row.querySelector(".name").textContent.toLowerCase(),
};

function compared(one, other) {
  if (Array.isArray(one)) {
    const place = one.findIndex((sign, index) => sign !== other[index]);
    return place < 0 ? 0 : one[place] - (other[place] ?? 0);
  }
  if (typeof one === "string") return one.localeCompare(other, "en", { numeric: true });
  return one === other ? 0 : one - other;
}

/** Return the task that is judged: serving, unless training is chosen. */
function taskOf({ task }) {
  return { task: task || "inference", training: task === "training" };
}

/** Return the words that a search is about; a former id finds its model only as a whole. */
function searched(row) {
  const { id, words, formerIds = "" } = row.dataset;
  return { words: pieces(`${id} ${row.querySelector(".name").textContent} ${words}`), formerIds: pieces(formerIds) };
}

customElements.define("model-list", ModelList);
