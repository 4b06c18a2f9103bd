// What a page shows stands in its address, so that it can be shared and the back button works.

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
