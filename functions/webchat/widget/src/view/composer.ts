/** Where the visitor writes. */
import type { Model, Snapshot } from "../model";
import type { Words } from "../words";
import { h, icon, say, set } from "./dom";

const EMOJIS = "🙂 😀 😂 😊 😍 😉 😎 🤔 😅 😢 😭 😡 😴 🤗 🙄 😬 👍 👎 👏 🙏 💪 👌 ✌️ 👋 ❤️ 🎉 🔥 ✅ ❌ ⭐ 💬 📦".split(" ");
/** From here on the visitor is told how much room is left. */
const TELL_AT = 200;
const lengthOf = (text: string) => [...text].length;

export class Composer {
  readonly element: HTMLElement;
  private readonly area: HTMLTextAreaElement;
  private readonly go: HTMLButtonElement;
  private readonly clip: HTMLButtonElement;
  private readonly smile: HTMLButtonElement;
  private readonly count = h("span", { class: "count" });
  private readonly problem = h("p", { class: "problem", role: "alert" });
  private readonly emojis: HTMLElement;
  private readonly picker: HTMLInputElement;
  private words: Words | undefined;
  private limit = 4096;
  private limits = { file_bytes: 0, file_types: [] as string[] };

  constructor(private readonly model: Model) {
    this.area = h("textarea", { rows: 1, oninput: () => this.typed(), onkeydown: (event) => this.key(event), onpaste: (event) => this.pasted(event) });
    this.area.value = model.draft();
    this.go = h("button", { class: "tool go" }, icon("send"));
    this.picker = h("input", { type: "file", multiple: true, hidden: true, tabindex: -1, onchange: () => this.picked() });
    this.clip = h("button", { type: "button", class: "tool", onclick: () => this.picker.click() }, icon("clip"));
    this.smile = h("button", { type: "button", class: "tool", "aria-expanded": "false", onclick: () => this.showEmojis(this.emojis.hidden) }, icon("emoji"));
    this.emojis = h("div", { class: "emojis", role: "group", hidden: true, onkeydown: (event) => this.walk(event) },
      ...EMOJIS.map((one, at) => h("button", { type: "button", tabindex: at === 0 ? 0 : -1, onclick: () => this.insert(one) }, one)));
    this.element = h("form", { class: "compose", onsubmit: (event) => this.submit(event) },
      this.emojis, this.problem, this.area,
      h("div", { class: "tools" }, this.clip, this.smile, this.picker, this.count, this.go));
  }

  update({ config }: Snapshot, words: Words): void {
    this.words = words;
    const { t } = words;
    this.limit = config.limits.text;
    this.limits = config.limits;
    set(this.area, "placeholder", t("placeholder"));
    set(this.area, "aria-label", t("message"));
    [[this.go, "send"], [this.clip, "attach"], [this.smile, "emoji"]].forEach(([button, key]) => {
      set(button as Element, "aria-label", t(key as "send"));
      set(button as Element, "title", t(key as "send"));
    });
    set(this.emojis, "aria-label", t("emoji_list"));
    set(this.picker, "accept", config.limits.file_types.join(",") || undefined);
    this.smile.hidden = !config.emoji;
    this.measure();
  }

  focus(): void {
    this.area.focus({ preventScroll: true });
  }

  /** Closes what is open above the text. Answers whether anything was. */
  escape(): boolean {
    if (this.emojis.hidden) return false;
    this.showEmojis(false);
    this.smile.focus();
    return true;
  }

  take(files: Iterable<File>): void {
    const { t, size } = this.words as Words;
    const refused = [...files].flatMap((file) => {
      const why = this.model.attach(file);
      return why ? [t(why, { name: file.name, size: size(this.limits.file_bytes) })] : [];
    });
    say(this.problem, refused.join(" "));
  }

  private measure(): void {
    if (!this.words) return;
    const left = this.limit - lengthOf(this.area.value);
    const over = left < 0;
    this.go.disabled = over || this.area.value.trim() === "";
    say(this.count, left < TELL_AT ? this.words.t(over ? "text_over" : "text_left", { count: Math.abs(left) }) : "");
    set(this.count, "data-over", over);
    set(this.count, "role", over ? "alert" : undefined);
    // Where the style sheet cannot let it grow by itself.
    const rows = this.area.value.split("\n").reduce((sum, line) => sum + 1 + Math.floor(line.length / 44), 0);
    this.area.rows = Math.min(5, rows);
  }

  private typed(): void {
    this.model.draft(this.area.value);
    this.model.typing();
    say(this.problem, "");
    this.measure();
  }

  private key(event: KeyboardEvent): void {
    // Enter that ends a composed letter (Japanese, dead keys) belongs to the letter.
    if (event.key !== "Enter" || event.shiftKey || event.isComposing || event.keyCode === 229) return;
    event.preventDefault();
    this.submit(event);
  }

  private submit(event: Event): void {
    event.preventDefault();
    const text = this.area.value.trim();
    if (!text || lengthOf(this.area.value) > this.limit) return;
    this.area.value = "";
    this.model.draft("");
    this.showEmojis(false);
    this.model.send(text);
    this.measure();
    this.focus();
  }

  private picked(): void {
    this.take(this.picker.files ?? []);
    this.picker.value = "";
    this.focus();
  }

  private pasted(event: ClipboardEvent): void {
    const files = event.clipboardData?.files;
    // A copied table or text may carry a picture of itself: then the text is meant.
    if (!files?.length || event.clipboardData?.getData("text/plain")) return;
    event.preventDefault();
    this.take(files);
  }

  private showEmojis(shown: boolean): void {
    this.emojis.hidden = !shown;
    set(this.smile, "aria-expanded", String(shown));
    if (shown) (this.emojis.querySelector("[tabindex='0']") as HTMLElement | null)?.focus();
  }

  private insert(emoji: string): void {
    const { selectionStart, selectionEnd, value } = this.area;
    this.area.value = value.slice(0, selectionStart) + emoji + value.slice(selectionEnd);
    this.showEmojis(false);
    this.focus();
    this.area.setSelectionRange(selectionStart + emoji.length, selectionStart + emoji.length);
    this.typed();
  }

  private walk(event: KeyboardEvent): void {
    const step = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: 8, ArrowUp: -8 }[event.key];
    if (step === undefined) return;
    event.preventDefault();
    const all = [...this.emojis.querySelectorAll("button")];
    const at = all.findIndex((one) => one === event.target);
    const next = all[(at + step + all.length) % all.length];
    all.forEach((one) => set(one, "tabindex", one === next ? 0 : -1));
    next?.focus();
  }
}
