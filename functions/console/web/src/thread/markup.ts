/**
 * WhatsApp's text marks as a tree. The tree is rendered by React elements only, so no text of a customer
 * ever becomes HTML; links are limited to schemes that cannot run anything.
 */
export type Inline =
  | { type: "text"; text: string }
  | { type: "bold" | "italic" | "strike"; children: Inline[] }
  | { type: "code"; text: string }
  | { type: "link"; href: string; text: string }
  | { type: "mention"; userId: string };

export type Block =
  | { type: "line"; children: Inline[] }
  | { type: "quote"; children: Inline[] }
  | { type: "pre"; text: string };

const MARKS: Record<string, "bold" | "italic" | "strike"> = { "*": "bold", _: "italic", "~": "strike" };
const WORD = /[\p{L}\p{N}]/u;
const SPACE = /\s/;
const URL_AT = /(?:https?:\/\/|www\.)[^\s<>"'`]+/iy;
const MAIL_AT = /[a-z0-9][a-z0-9._%+-]{0,63}@[a-z0-9](?:[a-z0-9.-]{0,250}[a-z0-9])?\.[a-z]{2,24}/iy;
const PHONE_AT = /\+\d(?:[ ().-]{0,2}\d){7,14}/y;
const MENTION_AT = /\{\{@user\.([A-Za-z0-9_-]{1,64})\}\}/y;
const SAFE = new Set(["http:", "https:", "mailto:", "tel:"]);

/** The address when its scheme is one that only opens a page, a mail or a call; otherwise nothing. */
export function safeHref(address: string): string | undefined {
  try {
    const url = new URL(address);
    return SAFE.has(url.protocol) ? url.href : undefined;
  } catch {
    return undefined;
  }
}

/** Punctuation that ends the sentence rather than the address; a closing bracket stays when it was opened inside. */
function trimAddress(raw: string): string {
  let text = raw;
  for (;;) {
    const last = text.at(-1) ?? "";
    const unbalanced = last === ")" && text.split("(").length < text.split(")").length;
    if (!unbalanced && !/[.,;:!?\]}*_~»”’…]/.test(last)) return text;
    text = text.slice(0, -1);
  }
}

function matchAt(pattern: RegExp, text: string, at: number): RegExpExecArray | null {
  pattern.lastIndex = at;
  return pattern.exec(text);
}

function linkAt(text: string, at: number): { node: Inline; length: number } | undefined {
  const head = text[at] ?? "";
  const before = text[at - 1] ?? "";
  if (WORD.test(before)) return undefined;
  if (/[hw]/i.test(head)) {
    const found = matchAt(URL_AT, text, at);
    if (found) {
      const shown = trimAddress(found[0]);
      const href = safeHref(/^www\./i.test(shown) ? `https://${shown}` : shown);
      if (href && shown.length > 4) return { node: { type: "link", href, text: shown }, length: shown.length };
    }
  }
  if (head === "+") {
    const found = matchAt(PHONE_AT, text, at);
    if (found && !WORD.test(text[at + found[0].length] ?? "")) {
      const href = `tel:${found[0].replace(/[^\d+]/g, "")}`;
      return { node: { type: "link", href, text: found[0] }, length: found[0].length };
    }
  }
  if (/[a-z0-9]/i.test(head)) {
    const found = matchAt(MAIL_AT, text, at);
    const href = found && safeHref(`mailto:${found[0]}`);
    if (found && href) return { node: { type: "link", href, text: found[0] }, length: found[0].length };
  }
  return undefined;
}

function opens(text: string, mark: string, open: number): boolean {
  const after = text[open + 1] ?? "";
  return after !== "" && !SPACE.test(after) && after !== mark && !WORD.test(text[open - 1] ?? "");
}

/** Where a mark opened at `open` is closed on the same line, or -1. */
function closing(text: string, mark: string, open: number): number {
  for (let at = text.indexOf(mark, open + 2); at !== -1; at = text.indexOf(mark, at + 1)) {
    const inside = text[at - 1] ?? "";
    const outside = text[at + 1] ?? "";
    if (!SPACE.test(inside) && !WORD.test(outside)) return at;
  }
  return -1;
}

class LineParser {
  private readonly nodes: Inline[] = [];
  private plain = "";
  /** Marks known to have no end in the rest of this line: keeps hostile text linear. */
  private readonly dead = new Set<string>();

  constructor(private readonly text: string) {}

  parse(): Inline[] {
    let at = 0;
    while (at < this.text.length) at += this.step(at);
    this.flush();
    return this.nodes;
  }

  private flush(): void {
    if (this.plain) this.nodes.push({ type: "text", text: this.plain });
    this.plain = "";
  }

  private push(node: Inline, length: number): number {
    this.flush();
    this.nodes.push(node);
    return length;
  }

  private step(at: number): number {
    const char = this.text[at] ?? "";
    const style = MARKS[char];
    if (char === "`") {
      const end = this.text.indexOf("`", at + 1);
      if (end > at + 1) return this.push({ type: "code", text: this.text.slice(at + 1, end) }, end - at + 1);
    } else if (char === "{") {
      const mention = matchAt(MENTION_AT, this.text, at);
      if (mention?.[1]) return this.push({ type: "mention", userId: mention[1] }, mention[0].length);
    } else if (style && !this.dead.has(char) && opens(this.text, char, at)) {
      const end = closing(this.text, char, at);
      if (end !== -1) {
        const children = new LineParser(this.text.slice(at + 1, end)).parse();
        return this.push({ type: style, children }, end - at + 1);
      }
      this.dead.add(char);
    } else if (!style) {
      const link = linkAt(this.text, at);
      if (link) return this.push(link.node, link.length);
    }
    this.plain += char;
    return 1;
  }
}

/** One line of text as inline nodes. */
export function parseLine(text: string): Inline[] {
  return new LineParser(text).parse();
}

function parseLines(text: string): Block[] {
  return text.split("\n").map((line) =>
    line.startsWith("> ") ? { type: "quote", children: parseLine(line.slice(2)) } : { type: "line", children: parseLine(line) },
  );
}

/** A whole message as blocks: lines, quoted lines and fixed-width passages. */
export function parseRichText(text: string): Block[] {
  const blocks: Block[] = [];
  const parts = text.replace(/\r\n?/g, "\n").split("```");
  parts.forEach((part, index) => {
    const fenced = index % 2 === 1 && index < parts.length - 1;
    if (fenced) {
      const inner = part.replace(/^\n|\n$/g, "");
      if (inner) blocks.push({ type: "pre", text: inner });
      return;
    }
    const unclosed = index % 2 === 1;
    const body = unclosed ? `\`\`\`${part}` : trimAroundFence(part, index > 0, index < parts.length - 1);
    if (body !== "") blocks.push(...parseLines(body));
  });
  return blocks;
}

/** A line break beside a fixed-width passage is already there by its being a block. */
function trimAroundFence(part: string, after: boolean, before: boolean): string {
  let text = part;
  if (after) text = text.replace(/^\n/, "");
  if (before) text = text.replace(/\n$/, "");
  return text;
}

function flat(nodes: Inline[], nameOf: (userId: string) => string): string {
  return nodes
    .map((node) => {
      if ("children" in node) return flat(node.children, nameOf);
      return node.type === "mention" ? `@${nameOf(node.userId)}` : node.text;
    })
    .join("");
}

/** The text without its marks on one line, for previews, titles and announcements. */
export function plainText(text: string, nameOf: (userId: string) => string = (id) => id): string {
  return parseRichText(text)
    .map((block) => (block.type === "pre" ? block.text : flat(block.children, nameOf)))
    .join(" ")
    .replace(/\s+/g, " ")
    .trim();
}
