// The search of the list: the rule of `mgr list WORDS` on the command line, in catalogue/filtering.py.

// No digit, nor a decimal point, is right before.
const NUMBER_BEGINS = String.raw`(?<!\p{Nd})(?<!\p{Nd}\.)`;

/**
 * Return the words of a query, each split at `*`; `?` is one character. A word that begins with a digit begins a
 * number: `8b` is in "qwen3-8b", not in "0.8b" or "18b".
 */
export function searchWords(query) {
  return pieces(query).map((word) =>
    word.split("*").flatMap((part, index) => (part ? [new RegExp(`${index === 0 && /^\p{Nd}/u.test(part) ? NUMBER_BEGINS : ""}${pattern(part)}`, "gu")] : [])),
  );
}

/** Return the words of a model's texts, in which those of a query are sought. */
export function pieces(text) {
  return text.toLowerCase().split(/\s+/u).filter(Boolean);
}

/** Return whether every word of a query occurs in a word of a model. */
export function matches(words, found) {
  return words.every((parts) => found.some((piece) => follow(parts, piece)));
}

/** Return whether the parts occur in order; the first match of each is the best. */
function follow(parts, piece) {
  let end = 0;
  return parts.every((part) => {
    part.lastIndex = end;
    const isFound = part.test(piece);
    end = part.lastIndex;
    return isFound;
  });
}

function pattern(part) {
  return part.replace(/[\\^$.|+()[\]{}/]/gu, String.raw`\$&`).replaceAll("?", String.raw`\S`);
}
