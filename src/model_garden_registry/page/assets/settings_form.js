// All settings of a task as a form, prefilled from the defaults: made from a JSON schema with bounds and choices.

import { settings as schemaOf } from "./answers.js";
import { element, fill } from "./elements.js";
import { words } from "./wording.js";

// What an empty field says.
const UNSET = "not set";

export class SettingsForm {
  /** changed: called with name and value of a setting; null is its default. */
  constructor(task, model, changed) {
    this.task = task;
    this.model = model;
    this.changed = changed;
    this.fields = new Map();
    this.grid = element("div.grid");
    this.element = element("details.defaults", { toggle: () => this.make() }, element("summary", {}, "All settings"), this.grid);
  }

  /** Show settings; those that are changed are marked. */
  show(settings, config) {
    this.shown = [settings, config];
    for (const [path, field] of this.fields) {
      const value = path.split(".").reduce((group, name) => group?.[name], settings);
      field.parentElement.classList.toggle("changed", leafOf(path) in config);
      if (document.activeElement !== field) write(field, value);
    }
  }

  async make() {
    if (!this.element.open || this.isMade) return;
    this.isMade = true;
    try {
      const found = await schemaOf(this.task, this.model);
      fill(this.grid, [...leaves(found.schema ?? found)].map(([path, schema]) => this.field(path, schema)));
      this.show(...this.shown);
    } catch (error) {
      this.isMade = false;
      fill(this.grid, element("p.problem", {}, error.message));
    }
  }

  field(path, schema) {
    const control = controlOf(schema);
    control.addEventListener("change", () => this.changed(leafOf(path), read(control, schema)));
    this.fields.set(path, control);
    return element("label.field", { title: schema.description }, element("span", {}, schema.title ?? path), control);
  }
}

/** Return the name by which a setting is set: names are unique in a task, whatever group they are in. */
function leafOf(path) {
  return path.split(".").at(-1);
}

/** Yield each setting of a schema that is no group, by its dotted path. */
function* leaves(schema, prefix = "", root = schema) {
  for (const [name, stated] of Object.entries(schema.properties ?? {})) {
    const one = followed(stated, root);
    if (one.properties) yield* leaves(one, `${prefix}${name}.`, root);
    else yield [`${prefix}${name}`, one];
  }
}

function followed(schema, root) {
  const name = schema.$ref?.split("/").at(-1);
  const found = name ? { ...(root.$defs ?? root.definitions ?? {})[name], ...schema } : schema;
  const choices = found.anyOf?.filter(({ type }) => type !== "null");
  return choices?.length === 1 ? { ...found, ...followed(choices[0], root) } : found;
}

function typesOf(schema) {
  return [schema.type ?? [], ...(schema.anyOf ?? []).map(({ type }) => type ?? [])].flat();
}

function controlOf(schema) {
  const types = typesOf(schema);
  if (schema.enum || types.includes("boolean")) {
    const values = (schema.enum ?? [true, false]).filter((value) => value !== null);
    return element("select", {}, element("option", { value: "" }, "default"), values.map((value) => element("option", { value: String(value) }, words(value))));
  }
  if (types.includes("integer") || types.includes("number")) {
    const least = schema.minimum ?? schema.exclusiveMinimum;
    return element("input", { type: "number", min: least, max: schema.maximum, step: types.includes("number") ? "any" : 1, placeholder: UNSET });
  }
  return element("input", { type: "text", autocomplete: "off", spellcheck: "false", placeholder: UNSET });
}

function write(control, value) {
  control.value = value === null || value === undefined ? "" : Array.isArray(value) ? value.join(", ") : String(value);
}

function read(control, schema) {
  const types = typesOf(schema);
  const text = control.value.trim();
  if (text === "") return null;
  if (types.includes("boolean")) return text === "true";
  if (types.includes("integer") || types.includes("number")) return Number(text);
  if (types.includes("array")) return text.split(",").map((one) => one.trim()).filter(Boolean);
  return text;
}
