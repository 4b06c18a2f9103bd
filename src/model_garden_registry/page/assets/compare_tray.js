// The compare tray: a few models chosen from the list, side by side in a dialog.

import { element, fill } from "./elements.js";
import { badge } from "./fit_marks.js";

const MOST = 6;
const LABELS = ["Size", "Context", "Serve from", "Train from", "Licence"];
const FACTS = [
  ["Provider", ({ provider }) => provider],
  ["Released", ({ released }) => released ?? "unknown"],
  ["Status", ({ status }) => status],
  ["Weights", ({ quantization }) => (quantization === "none" ? "not quantised" : quantization)],
  ["Takes images", (data) => yes("vision" in data)],
  ["Calls tools", (data) => yes("tools" in data)],
  ["Reasons", (data) => yes("reasoning" in data)],
];

function yes(is) {
  return is ? "yes" : "no";
}

export class CompareTray {
  /** rows: those of the list; changed: called when the choice changes. */
  constructor(rows, changed) {
    this.byId = new Map(rows.map((one) => [one.data.id, one]));
    this.changed = changed;
    this.chosen = new Set();
    this.marks = null;
    this.boxes = new Map();
    for (const { row, data } of rows) {
      const box = element("input", { type: "checkbox", change: () => this.toggled(data.id, box.checked) });
      this.boxes.set(data.id, box);
      const label = element("label.pick", {}, box, element("span", {}, "Compare"), element("span.unseen", {}, ` ${data.id}`));
      row.querySelector(".badges").append(label);
    }
    this.names = element("span.names");
    this.open = element("button", { type: "button", click: () => this.show() }, "Compare");
    const clear = element("button.plain", { type: "button", click: () => this.cleared() }, "Clear");
    this.bar = element("div.tray", { role: "region", "aria-label": "Models to compare", hidden: true }, this.names, this.open, clear);
    this.table = element("div.scroll", { tabindex: "0" });
    const close = element("button.plain", { type: "button", click: () => this.dialog.close() }, "Close");
    this.dialog = element("dialog.compare", { "aria-labelledby": "compare" }, element("header", {}, element("h2", { id: "compare" }, "Side by side"), close), this.table);
  }

  ids() {
    return [...this.chosen];
  }

  choose(ids) {
    this.chosen = new Set(ids.filter((id) => this.byId.has(id)).slice(0, MOST));
    for (const [id, box] of this.boxes) box.checked = this.chosen.has(id);
    this.refresh();
  }

  mark(marks, column) {
    this.marks = marks;
    this.column = column;
  }

  toggled(id, isChosen) {
    if (isChosen) this.chosen.add(id);
    else this.chosen.delete(id);
    this.refresh();
    this.changed();
  }

  cleared() {
    this.choose([]);
    this.changed();
  }

  refresh() {
    const isFull = this.chosen.size >= MOST;
    for (const [id, box] of this.boxes) box.disabled = isFull && !this.chosen.has(id);
    this.bar.hidden = !this.chosen.size;
    this.open.disabled = this.chosen.size < 2;
    const more = this.chosen.size < 2 ? "choose another one to compare" : isFull ? "that is the most" : "";
    fill(this.names, this.ids().map((id) => element("span.badge", {}, id)), more && element("span.about", {}, more));
  }

  show() {
    const chosen = this.ids().map((id) => this.byId.get(id));
    const lines = [
      ...FACTS.map(([name, of]) => [name, chosen.map(({ data }) => of(data))]),
      ...LABELS.map((name) => [name, chosen.map(({ row }) => row.querySelector(`[data-label="${name}"]`).textContent)]),
    ];
    const heads = chosen.map(({ row, data }) => {
      const { href } = row.querySelector(".name");
      return element("th", { scope: "col" }, element("a", { href }, row.querySelector(".name").textContent), element("code.id", {}, data.id));
    });
    fill(
      this.table,
      element(
        "table.plain",
        {},
        element("thead", {}, element("tr", {}, element("td"), heads)),
        element("tbody", {}, this.marks && this.markLine(chosen), lines.map(([name, values]) => line(name, values))),
      ),
    );
    this.dialog.showModal();
  }

  markLine(chosen) {
    const cells = chosen.map(({ data }) => {
      const found = this.marks.get(data.id) ?? { kind: "none", words: "Not judged" };
      return element("td", {}, badge(found), found.why && element("span.about", {}, found.why));
    });
    return element("tr", {}, element("th", { scope: "row" }, this.column), cells);
  }
}

/** Return a line of the comparison; marked where models differ. */
function line(name, values) {
  const differs = new Set(values).size > 1;
  return element(differs ? "tr.differs" : "tr", {}, element("th", { scope: "row" }, name), values.map((value) => element("td", {}, value)));
}
