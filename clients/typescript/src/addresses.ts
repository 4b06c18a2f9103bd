import { RegistryError } from "./errors.js";

/** What a query may hold: null and undefined are left out, a list is repeated. */
export type Query = Readonly<Record<string, unknown>>;

/**
 * Return the part of a path for a name, such as a model's id.
 *
 * @throws RegistryError Of kind `question`, for a name that `checkName` refuses.
 */
export function pathPart(name: string, what = "an id"): string {
  return encodeURIComponent(checkName(name, what));
}

/**
 * Return a name that can be asked for.
 *
 * Of a URL, `.` and `..` are steps between folders, however they are escaped: with such a part, or an empty one, the
 * request would be for something else.
 *
 * @throws RegistryError Of kind `question`.
 */
export function checkName(name: unknown, what = "an id"): string {
  if (typeof name !== "string") {
    throw new RegistryError(`${what} is a string, not ${name === null ? "null" : typeof name}`, { kind: "question" });
  }
  if (name.split("/").some((part) => part === "" || part === "." || part === "..")) {
    throw new RegistryError(`${what} has no empty part and no "." or "..": ${JSON.stringify(name)}`, { kind: "question" });
  }
  try {
    encodeURIComponent(name);
  } catch (cause) {
    throw new RegistryError(`${what} is valid Unicode: ${JSON.stringify(name)}`, { kind: "question", cause });
  }
  return name;
}

/** Return a query with its question mark; an empty text for none. */
export function searchOf(query: Query): string {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    for (const item of Array.isArray(value) ? value : [value]) {
      if (item !== undefined && item !== null) {
        search.append(name, String(item));
      }
    }
  }
  const text = search.toString();
  return text === "" ? "" : `?${text}`;
}
