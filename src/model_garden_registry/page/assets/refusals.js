// Refusals of questions in words.

/** Return the sentence of a refusal; a detail may be a list of invalid parts. */
export function refusal({ detail }, status) {
  if (typeof detail === "string") return detail;
  if (Array.isArray(detail)) return detail.map((one) => one.msg).join("; ");
  return `the answer was ${status}`;
}
