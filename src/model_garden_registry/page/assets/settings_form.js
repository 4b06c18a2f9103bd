// All settings of a task as a form, prefilled from the defaults: made from a JSON schema with bounds and choices.

import { settings as schemaOf } from "./answers.js";
import { element, fill } from "./elements.js";
import { GROUPS, NAMES } from "./setting_words.js";
import { words } from "./wording.js";

// What an empty field says.
const UNSET = "not set";

export class SettingsForm {
  /** changed: called with name and value of a setting, null is its default, and whether it is a step to go back to. */
  constructor(task, model, changed) {
    this.task = task;
    this.model = model;
    this.changed = changed;
    this.fields = new Map();
    this.body = element("div");
    this.element = element("details.defaults", { toggle: () => this.make() }, element("summary", {}, "All settings"), this.body);
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
      fill(this.body, this.groups([...leaves(found.schema ?? found)]));
      this.show(...this.shown);
    } catch (error) {
      this.isMade = false;
      fill(this.body, element("p.problem", {}, error.message));
    }
  }

  /** Return the fields: those of no group first, then each group with its name. */
  groups(settings) {
    const found = new Map([["", []]]);
    for (const [path, schema] of settings) {
      const group = path.includes(".") ? path.slice(0, path.lastIndexOf(".")) : "";
      if (!found.has(group)) found.set(group, []);
      found.get(group).push(this.field(path, schema));
    }
    return [...found].map(([group, fields]) => {
      const grid = element("div.grid", {}, fields);
      return group ? element("fieldset", {}, element("legend", {}, GROUPS[group] ?? group), grid) : grid;
    });
  }

  field(path, schema) {
    const about = schema.description ? element("p.about", { id: `${this.task}-${path}` }, schema.description) : null;
    const control = controlOf(schema);
    if (about) control.setAttribute("aria-describedby", about.id);
    control.addEventListener("change", () => {
      if (control.validity.badInput) control.reportValidity();
      else this.changed(leafOf(path), read(control, schema), control.tagName === "SELECT");
    });
    this.fields.set(path, control);
    const label = element("label.field", {}, element("span", {}, NAMES[leafOf(path)] ?? schema.title ?? path), control);
    return element("div", {}, label, about);
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
