/** The widget as it will look, without a server: for the console's settings. */
import type { Item, Model, Snapshot } from "./model";
import { readConfig } from "./protocol";
import { View } from "./view/view";
import { pickLocale, type Locale } from "./words";

export interface Preview {
  /** Shows settings as the server would send them; `stage` and `away` say which moment. */
  show: (config: unknown, moment: { stage: Snapshot["stage"]; away: boolean; samples: { asked: string; answered: string; author: string } }) => void;
  remove: () => void;
}

class Sample implements Model {
  shot: Snapshot;
  private readonly listeners = new Set<() => void>();
  private written: Item[] = [];
  private text = "";

  constructor(private readonly fallback: Locale) {
    this.shot = { config: readConfig({}), locale: fallback, open: true, launcher: true, stage: "thread", loading: false, earlier: false, items: [], unread: 0, away: false, askEmail: false };
  }

  show(...[given, { stage, away, samples }]: Parameters<Preview["show"]>): void {
    const config = readConfig(given);
    const at = Date.now() - 120_000;
    const items: Item[] = [
      { key: "asked", id: "asked", from: "visitor", at, type: "text", text: samples.asked, state: "read" },
      { key: "answered", id: "answered", from: "agent", author: samples.author, at: at + 60_000, type: "text", text: samples.answered },
    ];
    this.change({ config, locale: pickLocale(config.language === "auto" ? this.fallback : config.language), stage, away, items: [...(away ? items.slice(0, 1) : items), ...this.written] });
  }

  private change(over: Partial<Snapshot>): void {
    this.shot = { ...this.shot, ...over };
    this.listeners.forEach((one) => one());
  }

  snapshot = () => this.shot;
  subscribe = (changed: () => void) => {
    this.listeners.add(changed);
    return () => this.listeners.delete(changed);
  };
  open = () => this.change({ open: true });
  close = () => this.change({ open: false });
  send = (text: string) => {
    const item: Item = { key: `own ${this.written.length}`, from: "visitor", at: Date.now(), type: "text", text, state: "sent" };
    this.written.push(item);
    this.change({ items: [...this.shot.items, item] });
  };
  draft = (text?: string) => {
    if (text !== undefined) this.text = text;
    return this.text;
  };
  introduce = async () => {
    this.change({ stage: "thread" });
    return true;
  };
  showEarlier = async () => undefined;
  attach = () => undefined;
  reply = () => undefined;
  retry = () => undefined;
  discard = () => undefined;
  typing = () => undefined;
  seen = () => undefined;
  refresh = () => undefined;
}

export function preview(parent: Element, fallback: Locale): Preview {
  const sample = new Sample(fallback);
  const view = new View(sample, parent, { preview: true });
  return { show: (...args) => sample.show(...args), remove: () => view.remove() };
}
