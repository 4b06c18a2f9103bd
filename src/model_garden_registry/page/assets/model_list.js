// The list: search, filters, order, and marks of what runs on a GPU. What is chosen stands in the address.

import { fit, hardware, mode } from "./answers.js";
import { readAddress, writeAddress } from "./address.js";
import { CompareTray } from "./compare_tray.js";
import { element, fill } from "./elements.js";
import { machineWords, marks, nameFitColumn, showMark } from "./fit_marks.js";
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
      return { row, place, data: row.dataset, text: searched(row), link, address: link.getAttribute("href") };
    });
    this.led = "";
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
    if (!words) return;
    this.form.elements.gpu.firstElementChild.after(element("option", { value: HERE }, words));
    this.read();
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
        gpus: values.gpu && values.gpu !== HERE && values.gpus !== "1" ? values.gpus : "",
        engine: training ? "" : values.engine,
        stack: training ? values.stack : "",
        compare: this.tray.ids().join(","),
      },
      { isStep },
    );
  }

  /** Show what the address says. */
  read() {
    const query = readAddress();
    for (const field of this.fields) {
      const value = query.get(field.name) ?? "";
      if (field.type === "checkbox") field.checked = value === "true";
      else field.value = value;
      if (field.tagName === "SELECT" && field.selectedIndex < 0) field.selectedIndex = 0;
    }
    this.tray.choose((query.get("compare") ?? "").split(",").filter(Boolean));
    this.show();
  }

  show() {
    const values = this.values();
    const { training } = taskOf(values);
    this.form.elements.engine.closest("label").hidden = training;
    this.form.elements.stack.closest("label").hidden = !training;
    this.form.elements.gpus.disabled = values.gpu === HERE;
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
    if (query.has("gpu") && values.gpus !== "1") query.set("gpus", values.gpus);
    if (training && values.stack) query.set("training.stack", values.stack);
    if (!training && values.engine) query.set("inference.engine", values.engine);
    const text = query.size ? `?${query}` : "";
    if (text === this.led) return;
    this.led = text;
    for (const { link, address } of this.rows) link.setAttribute("href", `${address}${text}`);
  }

  filter(values) {
    const words = values.q.toLowerCase().split(/\s+/u).filter(Boolean);
    const kept = this.rows.filter(
      ({ data, text }) =>
        EQUAL.every((name) => !values[name] || data[name] === values[name]) &&
        FLAGS.every((name) => !values[name] || name in data) &&
        (!values.task || values.task in data) &&
        words.every((word) => text.includes(word)),
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
    if (values.gpu && values.gpu !== HERE) Object.assign(keys, { gpu: values.gpu, gpus: Number(values.gpus) });
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
      const machine = values.gpu === HERE ? HERE : `${keys.gpus > 1 ? `${keys.gpus} × ` : ""}${keys.gpu}`;
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
      for (const { row, data } of this.rows) showMark(row, this.marks?.get(data.id) ?? { kind: "none", words: "Not judged" });
    }
    this.tray.mark(this.marks, this.column);
    this.filter(this.values());
  }

  /** Say how many models are shown, and how many of them run. */
  tell() {
    const kept = this.kept ?? this.rows;
    const total = this.rows.length;
    const count = kept.length === total ? `${number(total)} models` : `${number(kept.length)} of ${number(total)} models`;
    if (this.problem) return fill(this.count, count, element("span.problem", {}, `Not judged: ${this.problem}`));
    if (this.isWaiting) return fill(this.count, count, element("span.waiting", {}, "Judging every model…"));
    if (!this.marks) return fill(this.count, kept.length ? count : "No model matches: clear a filter");
    const tally = { runs: 0, changes: 0, none: 0, little: 0 };
    for (const { data } of kept) tally[this.marks.get(data.id)?.kind ?? "none"] += 1;
    return fill(
      this.count,
      count,
      element("span.mark.runs", {}, `${number(tally.runs)} run`),
      element("span.mark.changes", {}, `${number(tally.changes)} with changes`),
      element("span.mark.little", {}, `${number(tally.little)} do not`),
    );
  }
}

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

function searched(row) {
  const { id, words } = row.dataset;
  return `${row.querySelector(".name").textContent} ${id} ${words} ${row.querySelector(".about").textContent}`.toLowerCase();
}

customElements.define("model-list", ModelList);
