// A button that copies a text: `data-text`, or the text of the element that `for` names.

import { element, fill } from "./elements.js";

const SHOWN_MS = 2000;

class CopyButton extends HTMLElement {
  connectedCallback() {
    if (this.firstChild) return;
    const label = this.dataset.label ?? "Copy";
    this.button = element("button.copy", { type: "button", click: () => this.copy() }, label);
    this.status = element("span.unseen", { role: "status" });
    this.append(this.button, this.status);
  }

  text() {
    return this.dataset.text ?? document.getElementById(this.getAttribute("for"))?.textContent ?? "";
  }

  async copy() {
    const isCopied = await copied(this.text());
    fill(this.status, isCopied ? "Copied" : "Not copied: select the text and copy it");
    this.button.classList.toggle("done", isCopied);
    clearTimeout(this.timer);
    this.timer = setTimeout(() => {
      this.button.classList.remove("done");
      fill(this.status);
    }, SHOWN_MS);
  }
}

/** Copy a text; a page that is not of this machine and not encrypted has only the older way. */
async function copied(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    const area = element("textarea.unseen", { readonly: true });
    area.value = text;
    document.body.append(area);
    area.select();
    const isCopied = document.execCommand("copy");
    area.remove();
    return isCopied;
  }
}

customElements.define("copy-button", CopyButton);
