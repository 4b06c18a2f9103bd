// The file for another tool, with the settings of the panel.

import { exported } from "./answers.js";
import { element, fill } from "./elements.js";

// Endings of files, by the form that an answer states.
const ENDINGS = { argv: "sh", json: "json", script: "py", yaml: "yaml" };

export class ExportForm {
  /** targets: name and title of each tool that takes the task. */
  constructor(task, model, targets) {
    this.task = task;
    this.model = model;
    const id = `${task}-file`;
    this.select = element("select", { change: () => this.write() }, targets.map(([value, title]) => element("option", { value }, title)));
    this.text = element("code", { id });
    this.notes = element("div", { role: "status" });
    this.save = element("button.plain", { type: "button", click: () => this.saved() }, "Download");
    this.file = element("div.file", { hidden: true }, element("pre", { tabindex: "0" }, this.text), element("p.buttons", {}, element("copy-button", { for: id, "data-label": "Copy the file" }), this.save));
    this.element = element(
      "details.export",
      { toggle: () => this.write() },
      element("summary", {}, "Take the file for a tool"),
      element("label.field", {}, element("span", {}, "Tool"), this.select),
      this.file,
      this.notes,
    );
  }

  /** Take other settings; the file is written when it is looked at. */
  ask(keys) {
    this.keys = keys;
    this.write();
  }

  /** Show no file until there is an answer to what is asked now. */
  clear() {
    this.asking?.abort();
    this.found = null;
    this.file.hidden = true;
    fill(this.notes);
  }

  async write() {
    this.clear();
    if (!this.element.open || !this.keys) return;
    fill(this.notes, element("span.mark.awaited", {}, "…"), " ", "Writing the file");
    const asking = (this.asking = new AbortController());
    try {
      const found = await exported(this.model, this.select.value, { ...this.keys, task: this.task }, { signal: asking.signal });
      if (asking.signal.aborted) return;
      this.found = found;
      fill(this.text, found.text);
      fill(this.notes, list(found.notes ?? []));
      this.file.hidden = false;
    } catch (error) {
      if (asking.signal.aborted) return;
      fill(this.notes, list([[element("span.badge.fail", {}, "no file"), ` ${error.message}`]]));
    }
  }

  saved() {
    const address = URL.createObjectURL(new Blob([this.text.textContent], { type: "text/plain" }));
    const { target, form } = this.found;
    element("a", { href: address, download: `${this.model.split("/").at(-1)}-${target}.${ENDINGS[form] ?? "txt"}` }).click();
    URL.revokeObjectURL(address);
  }
}

function list(lines) {
  return lines.length ? element("ul.findings", {}, lines.map((line) => element("li", {}, line))) : null;
}
