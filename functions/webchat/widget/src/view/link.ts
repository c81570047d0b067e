/** Text with its web addresses made into links. Only http and https; everything else stays text. */
import { h } from "./dom";

const ADDRESS = /\bhttps?:\/\/[^\s<>"'`\u2018-\u201f«»]+/gi;

/** An address that may be linked, or undefined. */
export function safeUrl(text: string): string | undefined {
  try {
    const url = new URL(text);
    return (url.protocol === "https:" || url.protocol === "http:") && url.hostname && !url.username && !url.password ? url.href : undefined;
  } catch {
    return undefined;
  }
}

/** Without the punctuation that belongs to the sentence. A closing bracket stays if it was opened inside. */
function trimmed(address: string): string {
  let text = address;
  for (;;) {
    const last = text.at(-1) ?? "";
    const open = { ")": "(", "]": "[", "}": "{" }[last];
    const unmatched = open !== undefined && text.split(last).length > text.split(open).length;
    if (!unmatched && !/[.,;:!?…*_~]/.test(last)) return text;
    text = text.slice(0, -1);
  }
}

export function link(href: string, text: string, note: string): HTMLAnchorElement {
  return h("a", { href, target: "_blank", rel: "noopener nofollow noreferrer", title: note }, text);
}

export function linked(text: string, note: string): (Node | string)[] {
  const found: (Node | string)[] = [];
  let at = 0;
  for (const match of text.matchAll(ADDRESS)) {
    const address = trimmed(match[0]);
    const href = safeUrl(address);
    if (!href) continue;
    found.push(text.slice(at, match.index), link(href, address, note));
    at = match.index + address.length;
  }
  found.push(text.slice(at));
  return found.filter((one) => one !== "");
}
