/** The messages under each other, with a line for each day. Only what is new is added, so that a screen reader reads only that. */
import type { Item, Model, Snapshot } from "../model";
import type { Words } from "../words";
import { bubble, type Place } from "./bubble";
import { arrange, h, icon, say, set } from "./dom";
import { face } from "./faces";

/** Messages of one author within this time stand together. */
const RUN_MS = 180_000;
/** Pixels from the end that still count as reading along. */
const NEAR = 80;

interface Drawn { element: HTMLElement; mark: string }

export class List {
  readonly element: HTMLElement;
  private readonly log = h("ol");
  private readonly scroll: HTMLElement;
  private readonly older: HTMLButtonElement;
  private readonly jump: HTMLButtonElement;
  private readonly jumpText = h("span");
  private readonly skeleton = h("div", { class: "skeleton", "aria-hidden": "true" }, h("i"), h("i"), h("i"));
  private readonly typing = h("div", { class: "typing", hidden: true });
  private drawn = new Map<string, Drawn>();
  private newest: string | undefined;
  private typist = "";

  constructor(private readonly model: Model) {
    this.older = h("button", { type: "button", class: "plain older", onclick: () => void this.showOlder() });
    this.jump = h("button", { type: "button", class: "jump", hidden: true, onclick: () => this.toEnd() }, icon("down", 16), this.jumpText);
    this.scroll = h("div", { class: "scroll", role: "log", "aria-live": "polite", "aria-relevant": "additions text", tabindex: 0, onscroll: () => this.scrolled() }, this.older, this.skeleton, this.log, this.typing);
    this.element = h("div", { class: "body" }, this.scroll, this.jump);
  }

  update(shot: Snapshot, words: Words): void {
    const { t } = words;
    set(this.scroll, "aria-label", t("conversation"));
    set(this.scroll, "aria-busy", shot.loading ? "true" : undefined);
    this.skeleton.hidden = !shot.loading || shot.items.length > 0;
    this.older.hidden = !shot.earlier;
    say(this.older, t("earlier"));
    say(this.jumpText, t("newer"));
    const near = this.near;
    const last = shot.items.at(-1);
    const newest = last?.key;
    const arrived = newest !== this.newest;
    this.draw(shot, words);
    this.showTyping(shot, words);
    if (arrived && (near || last?.from === "visitor" || this.newest === undefined)) this.toEnd();
    else if (arrived) this.jump.hidden = false;
    else if (near) this.toEnd();
    this.newest = newest;
    this.look();
  }

  /** To the newest message, and tells that it is seen. */
  toEnd(): void {
    this.scroll.scrollTop = this.scroll.scrollHeight;
    this.jump.hidden = true;
    this.look();
  }

  private get near(): boolean {
    const { scrollHeight, scrollTop, clientHeight } = this.scroll;
    return scrollHeight - scrollTop - clientHeight < NEAR;
  }

  private scrolled(): void {
    if (!this.near) return;
    this.jump.hidden = true;
    this.look();
  }

  look(): void {
    const { open, stage, loading } = this.model.snapshot();
    if (open && stage === "thread" && !loading && this.near && document.visibilityState === "visible") this.model.seen();
  }

  private async showOlder(): Promise<void> {
    const before = this.scroll.scrollHeight - this.scroll.scrollTop;
    await this.model.showEarlier().catch(() => undefined);
    this.scroll.scrollTop = this.scroll.scrollHeight - before;
  }

  private draw(shot: Snapshot, words: Words): void {
    const drawn = new Map<string, Drawn>();
    const rows: HTMLElement[] = [];
    const put = (key: string, mark: string, make: () => HTMLElement) => {
      const old = this.drawn.get(key);
      const one = old?.mark === mark ? old : { element: make(), mark };
      drawn.set(key, one);
      rows.push(one.element);
    };
    const { welcome, title, avatar_url } = shot.config;
    if (welcome && !shot.earlier && !shot.loading) {
      const said: Item = { key: "welcome", from: "bot", at: 0, type: "text", text: welcome, author: title || words.t("team") };
      put("welcome", JSON.stringify([words.locale, said, avatar_url]), () => {
        const element = bubble(said, { start: true, end: true }, this.model, words);
        element.querySelector(".meta")?.remove();
        if (avatar_url) element.querySelector(".face")?.replaceWith(face(title, avatar_url));
        return element;
      });
    }
    const now = Date.now();
    let day = "";
    shot.items.forEach((item, at) => {
      const its = words.day(item.at, now);
      const before = shot.items[at - 1];
      if (its !== day) put(`day ${new Date(item.at).toDateString()}`, its, () => h("li", { class: "day" }, its));
      const start = its !== day || !together(before, item);
      day = its;
      const after = shot.items[at + 1];
      const place: Place = { start, end: !after || words.day(after.at, now) !== its || !together(item, after) };
      // The progress is changed in its place: drawing the picture again would make it flicker.
      const { progress, ...rest } = item;
      put(item.key, `${words.locale} ${JSON.stringify([rest, place, progress === undefined])}`, () => bubble(item, place, this.model, words));
      if (progress !== undefined) drawn.get(item.key)?.element.querySelector("progress")?.setAttribute("value", String(progress));
    });
    this.drawn = drawn;
    arrange(this.log, rows);
  }

  private showTyping({ typing }: Snapshot, { t }: Words): void {
    this.typing.hidden = !typing;
    const mark = JSON.stringify(typing ?? "");
    if (mark === this.typist) return;
    this.typist = mark;
    const words = typing?.name ? t("typing", { name: typing.name }) : t("typing_somebody");
    this.typing.replaceChildren(...(typing ? [face(typing.name, undefined), h("span", { class: "dots", "aria-hidden": "true" }, h("i"), h("i"), h("i")), h("span", { class: "hush" }, words)] : []));
  }
}

function together(one: Item | undefined, other: Item): boolean {
  return one !== undefined && one.from === other.from && one.author === other.author && other.at - one.at < RUN_MS && one.state !== "failed" && (one.state === "sending") === (other.state === "sending");
}
