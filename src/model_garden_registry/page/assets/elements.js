// Elements of a page. Every text is set as text: nothing from a registry or a server is read as HTML.

const SVG = "http://www.w3.org/2000/svg";
const SVG_NAMES = new Set(["svg", "rect", "line", "text", "title", "g"]);
// Control characters, marks that reorder or break lines, characters without width.
const UNSEEN = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]/gu;

/** Return a text with invisible characters as escapes, as the pages' Python writes them. */
export function visible(text) {
  return String(text).replace(UNSEEN, (sign) => {
    const code = sign.codePointAt(0).toString(16);
    return code.length > 2 ? `\\u${code.padStart(4, "0")}` : `\\x${code.padStart(2, "0")}`;
  });
}

/**
 * Return an element: its name may have classes (`td.number`); attributes that are null or false are left out, those
 * that are functions listen to the event of that name; contents are texts, elements, lists of them, or null.
 */
export function element(name, attributes = {}, ...contents) {
  const [tag, ...classes] = name.split(".");
  const made = SVG_NAMES.has(tag) ? document.createElementNS(SVG, tag) : document.createElement(tag);
  if (classes.length) made.setAttribute("class", classes.join(" "));
  for (const [key, value] of Object.entries(attributes)) {
    if (typeof value === "function") made.addEventListener(key, value);
    else if (value !== null && value !== undefined && value !== false) made.setAttribute(key, value === true ? "" : value);
  }
  made.append(...nodes(contents));
  return made;
}

/** Replace everything in an element. */
export function fill(parent, ...contents) {
  parent.replaceChildren(...nodes(contents));
}

/** Return a link to an address of the web; the bare text for any other address, such as one that runs a script. */
export function link(text, address) {
  return /^https?:\/\//iu.test(address ?? "")
    ? element("a", { href: address, rel: "noopener noreferrer" }, text)
    : element("span", {}, text);
}

function nodes(contents) {
  return contents
    .flat(Infinity)
    .filter((one) => one !== null && one !== undefined && one !== false)
    .map((one) => (one instanceof Node ? one : document.createTextNode(visible(one))));
}
