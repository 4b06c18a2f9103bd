// What a page shows stands in its address, so that it can be shared and the back button works.

import { root } from "./answers.js";

// Under which the address of this site's list is kept for the way back, as long as the tab is open.
const LIST = `list ${new URL(root, location.href).pathname}`;

/** Return the keys of the address. */
export function readAddress() {
  return new URLSearchParams(location.search);
}

/**
 * Write keys to the address; empty ones are left out. A choice is a step to go back to, typing and sliding is none.
 */
export function writeAddress(values, { isStep = false } = {}) {
  const query = new URLSearchParams();
  for (const [key, value] of Object.entries(values)) if (value !== "" && value !== null && value !== undefined) query.set(key, value);
  const text = query.toString().replaceAll("%2F", "/").replaceAll("%2C", ",");
  const address = `${location.pathname}${text ? `?${text}` : ""}${location.hash}`;
  if (address === `${location.pathname}${location.search}${location.hash}`) return;
  history[isStep ? "pushState" : "replaceState"](null, "", address);
}

/** Keep the address of the list, which is shown, for the way back from the page of a model. */
export function keepList() {
  try {
    sessionStorage.setItem(LIST, location.search);
  } catch {
    // A browser that keeps nothing leads back to the whole list.
  }
}

/** Return the query of the list from which this tab came, with the values that are chosen here. */
export function wayBack(chosen) {
  const query = new URLSearchParams(keptList());
  for (const [key, value] of Object.entries(chosen)) {
    query.delete(key);
    if (value) query.set(key, value);
  }
  return query.size ? `?${query}` : "";
}

function keptList() {
  try {
    return sessionStorage.getItem(LIST) ?? "";
  } catch {
    return "";
  }
}
