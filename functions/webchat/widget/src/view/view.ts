/** The widget in the page: a launcher and a panel inside a shadow root. */
import type { Model, Snapshot } from "../model";
import { wordsFor, type Words } from "../words";
import { themeRules } from "./colour";
import { Composer } from "./composer";
import { h, icon, say, set } from "./dom";
import { face } from "./faces";
import { AskEmail, Prechat } from "./forms";
import { List } from "./list";
import css from "./styles.css?inline";

export interface ViewOptions {
  /** For browsers that cannot adopt a style sheet, on pages whose policy wants a nonce. */
  nonce?: string | undefined;
  preview?: boolean;
}

const FULL_SCREEN = "(max-width: 480px)";

export class View {
  readonly host: HTMLElement;
  private readonly root: HTMLElement;
  private readonly theme: (rules: string) => void;
  private readonly launcher: HTMLButtonElement;
  private readonly badge = h("span", { class: "badge", "aria-hidden": "true", hidden: true });
  private readonly news = h("p", { class: "hush", role: "status" });
  private readonly panel: HTMLElement;
  private readonly head = h("header", { class: "head" });
  private readonly title = h("h2", { id: "title" });
  private readonly closer: HTMLButtonElement;
  private readonly away = h("p", { class: "away", role: "status", hidden: true });
  private readonly notice = h("p", { class: "notice", role: "status" });
  private readonly replies = h("div", { class: "replies", role: "group", hidden: true });
  private readonly drop = h("div", { class: "drop", hidden: true });
  private readonly list: List;
  private readonly composer: Composer;
  private readonly prechat: Prechat;
  private readonly ask: AskEmail;
  private shown = false;
  private stage = "";
  private unread = 0;
  private words: Words;
  private replyMark = "";
  private headMark = "";
  private readonly stop: () => void;
  private readonly looked = () => this.list.look();

  constructor(private readonly model: Model, parent: Element, private readonly options: ViewOptions = {}) {
    this.words = wordsFor(model.snapshot().locale);
    this.list = new List(model);
    this.composer = new Composer(model);
    this.prechat = new Prechat(model, () => this.focus());
    this.ask = new AskEmail(model);
    this.launcher = h("button", { type: "button", class: "launcher", "aria-haspopup": "dialog", onclick: () => this.toggle() });
    this.closer = h("button", { type: "button", class: "tool", onclick: () => this.model.close() }, icon("close"));
    this.panel = h("section", {
      class: "panel", role: "dialog", "aria-labelledby": "title", tabindex: -1, hidden: true,
      ondragover: (event) => this.dragged(event), ondragleave: () => (this.drop.hidden = true), ondrop: (event) => this.dropped(event),
    }, this.head, this.away, this.prechat.element, this.list.element, this.replies, this.ask.element, this.notice, this.composer.element, this.drop);
    this.root = h("div", { class: "root", "data-preview": options.preview === true, onkeydown: (event) => this.key(event) }, this.panel, this.launcher, this.news);
    this.host = document.createElement("colibri-chat");
    const shadow = this.host.attachShadow({ mode: "open" });
    this.theme = styles(shadow, options.nonce);
    shadow.append(this.root);
    // Single-letter shortcuts of the page must not answer to what is written here.
    ["keydown", "keyup", "keypress"].forEach((name) => this.host.addEventListener(name, (event) => event.stopPropagation()));
    parent.append(this.host);
    document.addEventListener("visibilitychange", this.looked);
    const stop = model.subscribe(() => this.update());
    this.stop = () => {
      stop();
      document.removeEventListener("visibilitychange", this.looked);
    };
    this.update();
  }

  remove(): void {
    this.stop();
    this.host.remove();
  }

  private update(): void {
    const shot = this.model.snapshot();
    if (shot.locale !== this.words.locale) this.words = wordsFor(shot.locale);
    const { words } = this;
    set(this.root, "lang", words.locale);
    set(this.root, "data-side", shot.config.position);
    set(this.root, "data-open", shot.open);
    this.theme(themeRules(shot.config.colour));
    this.updateLauncher(shot, words);
    this.updateHead(shot, words);
    this.panel.hidden = !shot.open;
    const asking = shot.stage === "prechat";
    this.prechat.element.hidden = !asking;
    [this.list.element, this.composer.element, this.ask.element].forEach((one) => (one.hidden = asking));
    this.prechat.update(shot, words);
    this.composer.update(shot, words);
    this.ask.update(shot, words);
    say(this.notice, shot.notice ? words.t(shot.notice) : "");
    say(this.drop, words.t("drop"));
    this.updateReplies(shot, words);
    this.list.update(shot, words);
    this.moveFocus(shot);
  }

  private updateLauncher(shot: Snapshot, { t }: Words): void {
    const { unread, open } = shot;
    const mark = `${open} ${shot.config.icon}`;
    if (this.launcher.dataset["mark"] !== mark) {
      this.launcher.dataset["mark"] = mark;
      this.launcher.replaceChildren(icon(open ? "down" : shot.config.icon, 26), this.badge);
    }
    this.launcher.hidden = !shot.launcher;
    this.badge.hidden = unread === 0 || open;
    say(this.badge, unread > 99 ? "99+" : String(unread));
    const count = t(unread === 1 ? "unread_one" : "unread_many", { count: unread });
    set(this.launcher, "aria-label", open ? t("launcher_close") : unread > 0 ? `${t("launcher_open")}, ${count}` : t("launcher_open"));
    set(this.launcher, "aria-expanded", String(open));
    if (unread > this.unread && !open) say(this.news, count);
    else if (unread === 0) say(this.news, "");
    this.unread = unread;
  }

  private updateHead({ config, away }: Snapshot, { t }: Words): void {
    const title = config.title || t("title");
    const mark = JSON.stringify([title, config.avatar_url]);
    say(this.title, title);
    set(this.closer, "aria-label", t("close"));
    set(this.closer, "title", t("close"));
    if (mark !== this.headMark) this.head.replaceChildren(...(config.avatar_url ? [face(title, config.avatar_url)] : []), this.title, this.closer);
    this.headMark = mark;
    this.away.hidden = !away || config.offline.note === "";
    say(this.away, away ? config.offline.note : "");
  }

  private updateReplies(shot: Snapshot, { t }: Words): void {
    const offered = shot.stage === "thread" ? shot.replies : undefined;
    const mark = JSON.stringify(offered ?? "");
    set(this.replies, "aria-label", t("replies"));
    if (mark === this.replyMark) return;
    this.replyMark = mark;
    this.replies.hidden = !offered;
    this.replies.replaceChildren(...(offered ?? []).map((one) => h("button", {
      type: "button", onclick: () => {
        this.model.reply(one);
        this.composer.focus();
      },
    }, one.title, one.description && h("small", {}, one.description))));
  }

  private moveFocus(shot: Snapshot): void {
    const opened = shot.open && !this.shown;
    const closed = !shot.open && this.shown;
    const staged = shot.open && this.stage !== "" && this.stage !== shot.stage;
    const first = this.stage === "";
    this.shown = shot.open;
    this.stage = shot.stage;
    set(this.panel, "aria-modal", shot.open && this.fullScreen ? "true" : undefined);
    if (opened) this.list.toEnd();
    // A panel that a page opens while it loads leaves the focus where it is.
    if ((opened && !first) || staged) this.focus();
    else if (closed && this.inside) this.launcher.focus({ preventScroll: true });
  }

  private focus(): void {
    if (this.options.preview) return;
    // On a touch screen the keyboard would cover what is to be read first.
    if (matchMedia("(pointer: coarse)").matches) this.panel.focus({ preventScroll: true });
    else if (this.model.snapshot().stage === "prechat") this.prechat.focus();
    else this.composer.focus();
  }

  private get fullScreen(): boolean {
    return matchMedia(FULL_SCREEN).matches;
  }

  private get inside(): boolean {
    return document.activeElement === this.host || document.activeElement === document.body;
  }

  private toggle(): void {
    if (this.model.snapshot().open) this.model.close();
    else this.model.open();
  }

  private key(event: KeyboardEvent): void {
    if (!this.shown) return;
    if (event.key === "Escape" && !event.isComposing) {
      event.preventDefault();
      if (!this.composer.escape()) this.model.close();
    } else if (event.key === "Tab" && this.fullScreen) this.trap(event);
  }

  /** A panel over the whole screen keeps the focus: nothing behind it can be seen. */
  private trap(event: KeyboardEvent): void {
    const stops = [...this.panel.querySelectorAll<HTMLElement>("button, input, textarea, a[href], [tabindex='0']")]
      .filter((one) => !one.hasAttribute("disabled") && one.tabIndex >= 0 && one.closest("[hidden]") === null);
    const [first, last] = [stops[0], stops.at(-1)];
    const at = (this.host.shadowRoot as ShadowRoot).activeElement;
    const wrap = event.shiftKey ? (at === first || at === this.panel ? last : undefined) : at === last ? first : undefined;
    if (!wrap) return;
    event.preventDefault();
    wrap.focus();
  }

  private dragged(event: DragEvent): void {
    if (this.stage !== "thread" || !event.dataTransfer?.types.includes("Files")) return;
    event.preventDefault();
    this.drop.hidden = false;
  }

  private dropped(event: DragEvent): void {
    this.drop.hidden = true;
    if (this.stage !== "thread" || !event.dataTransfer?.files.length) return;
    event.preventDefault();
    this.composer.take(event.dataTransfer.files);
    this.composer.focus();
  }
}

/** Brings the style sheets in without touching the page's policy; answers how to set the colours. */
function styles(shadow: ShadowRoot, nonce: string | undefined): (rules: string) => void {
  let current = "";
  const once = (apply: (rules: string) => void) => (rules: string) => {
    if (rules === current) return;
    current = rules;
    apply(rules);
  };
  try {
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(css);
    const theme = new CSSStyleSheet();
    shadow.adoptedStyleSheets = [sheet, theme];
    return once((rules) => theme.replaceSync(rules));
  } catch {
    const theme = h("style", { nonce });
    shadow.append(h("style", { nonce }, css), theme);
    return once((rules) => (theme.textContent = rules));
  }
}
