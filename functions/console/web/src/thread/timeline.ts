/** The items of one open conversation: pages from the server, what is pushed, and what is being sent. */
import type { ApiRefusal, ConversationHost } from "./host";
import type { Comment, Message, TimelineItem } from "./model";
import { normaliseItem } from "./normalise";

export type LoadState = "loading" | "ready" | "failed";

export interface TimelineSnapshot {
  /** Oldest first. */
  items: readonly TimelineItem[];
  state: LoadState;
  older: "more" | "loading" | "failed" | "none";
  /** Grows with each newest page, to tell a first load from a later one. */
  generation: number;
}

type MessageItem = Extract<TimelineItem, { item: "message" }>;
type CommentItem = Extract<TimelineItem, { item: "comment" }>;
export type LocalItem = MessageItem | CommentItem;

/** Items are keyed by kind as well: a comment and an event may share a number. */
function keyOf(item: TimelineItem): string {
  return `${item.item[0]}${item.id}`;
}

function versionOf(item: TimelineItem): number {
  return item.item === "message" ? (item.version ?? 0) : 0;
}

export class Timeline {
  private readonly known = new Map<string, TimelineItem>();
  private sorted: TimelineItem[] = [];
  private readonly local: LocalItem[] = [];
  private readonly held: TimelineItem[] = [];
  private inFlight = 0;
  private cursor: string | undefined;
  private loads = 0;
  private readonly listeners = new Set<() => void>();
  private snapshot: TimelineSnapshot = { items: [], state: "loading", older: "none", generation: 0 };
  refusal: ApiRefusal | undefined;

  constructor(
    readonly contact: number,
    private readonly host: Pick<ConversationHost, "api" | "me" | "refusalOf" | "updateHead">,
  ) {}

  subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };

  getSnapshot = (): TimelineSnapshot => this.snapshot;

  /** Reads the newest page; after a gap, what it adds is merged with what is there when it reaches that far. */
  async load(): Promise<void> {
    this.loads += 1;
    const load = this.loads;
    try {
      const page = await this.host.api.page(this.contact);
      if (load !== this.loads) return;
      if (page.head) this.host.updateHead(page.head);
      const items = page.items.map(normaliseItem).filter((item) => item !== undefined);
      const meets = this.sorted.length === 0 || items.some((item) => this.known.has(keyOf(item)));
      if (!meets) this.forget();
      if (!meets || this.snapshot.generation === 0) this.cursor = page.next_cursor;
      this.merge(items);
      this.publish({ state: "ready", older: this.cursor ? "more" : "none", generation: this.snapshot.generation + 1 });
    } catch (error) {
      if (load !== this.loads) return;
      this.refusal = this.host.refusalOf(error);
      if (this.snapshot.generation === 0) this.publish({ state: "failed" });
    }
  }

  async loadOlder(): Promise<void> {
    if (!this.cursor || this.snapshot.older === "loading") return;
    this.publish({ older: "loading" });
    try {
      const page = await this.host.api.page(this.contact, this.cursor);
      this.cursor = page.next_cursor;
      this.merge(page.items.map(normaliseItem).filter((item) => item !== undefined));
      this.publish({ older: this.cursor ? "more" : "none" });
    } catch {
      this.publish({ older: "failed" });
    }
  }

  /** Takes a pushed item. Own messages wait while one is being sent, since they may be that very one. */
  push(wire: unknown): void {
    const item = normaliseItem(wire);
    if (!item) return;
    const mine = (item.item === "message" && item.traffic === "outgoing" && item.sender.user_id === this.host.me) ||
      (item.item === "comment" && item.author === this.host.me);
    if (mine && this.inFlight > 0 && !this.known.has(keyOf(item))) {
      this.held.push(item);
      return;
    }
    this.merge([item]);
    this.publish({});
  }

  /** Shows something that is being sent, after everything else. */
  addLocal(item: LocalItem): void {
    this.local.push(item);
    this.publish({});
  }

  changeLocal(key: string, change: Partial<Message> | Partial<Comment>): void {
    const at = this.local.findIndex((item) => item.client_key === key);
    const item = this.local[at];
    if (!item) return;
    this.local[at] = { ...item, ...change } as LocalItem;
    this.publish({});
  }

  removeLocal(key: string): void {
    const at = this.local.findIndex((item) => item.client_key === key);
    if (at !== -1) this.local.splice(at, 1);
    this.publish({});
  }

  /** A request that makes an item of ours begins. */
  begin(): void {
    this.inFlight += 1;
  }

  /** It ended; `wire` is what it made. The drawn row keeps its key, so nothing moves. */
  end(key: string, wire?: object): void {
    this.inFlight -= 1;
    const item = wire ? normaliseItem(wire) : undefined;
    if (item) {
      const at = this.local.findIndex((one) => one.client_key === key);
      const localUrl = at === -1 ? undefined : (this.local[at] as Partial<Message>).local_url;
      if (at !== -1) this.local.splice(at, 1);
      this.merge([{ ...item, client_key: key, ...(localUrl ? { local_url: localUrl } : {}) } as TimelineItem]);
    }
    if (this.inFlight === 0) this.merge(this.held.splice(0));
    this.publish({});
  }

  /** Whether something is being sent, or was refused and waits for a decision. */
  hasLocal(): boolean {
    return this.local.length > 0;
  }

  find(id: number): MessageItem | undefined {
    const item = this.known.get(`m${id}`);
    return item?.item === "message" ? item : undefined;
  }

  /** Changes a known message at once, before the server has said so. */
  patch(id: number, change: Partial<Message>): void {
    const item = this.find(id);
    if (!item) return;
    const changed = { ...item, ...change };
    this.set(changed);
    this.sorted = this.sorted.map((one) => (one === item ? changed : one));
    this.publish({});
  }

  private forget(): void {
    this.known.clear();
    this.sorted = [];
  }

  private set(item: TimelineItem): void {
    this.known.set(keyOf(item), item);
  }

  private merge(items: readonly TimelineItem[]): void {
    let changed = false;
    for (const item of items) {
      const before = this.known.get(keyOf(item));
      if (before && versionOf(before) > versionOf(item)) continue;
      // What this page knows of its own item outlives newer versions of it.
      const kept = before?.item === "message" ? pick(before) : {};
      this.set({ ...item, ...kept, ...(item as object) } as TimelineItem);
      changed = true;
    }
    if (changed) this.sorted = [...this.known.values()].sort(inOrder);
  }

  private publish(change: Partial<TimelineSnapshot>): void {
    const items = this.local.length === 0 ? this.sorted : [...this.sorted, ...this.local];
    this.snapshot = { ...this.snapshot, ...change, items };
    for (const listener of this.listeners) listener();
  }
}

/** An id holds its second, and in the second nothing but chance. */
const secondOf = (item: TimelineItem): number => Math.floor(item.id / 2 ** 20);
const arrivalOf = (item: TimelineItem): number => (item.item === "message" ? item.received_at : item.at);

/** By the provider's second; within one as things came, as the server's pages are. */
function inOrder(a: TimelineItem, b: TimelineItem): number {
  return secondOf(a) - secondOf(b) || arrivalOf(a) - arrivalOf(b) || a.id - b.id;
}

function pick(message: Message): Partial<Message> {
  return {
    ...(message.client_key ? { client_key: message.client_key } : {}),
    ...(message.local_url ? { local_url: message.local_url } : {}),
  };
}
