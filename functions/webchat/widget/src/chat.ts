/** The conversation of one visitor: brings session, sending, thread and live connection together for the view. */
import { Api, backoff, Problem } from "./api";
import { Live, type LiveState } from "./live";
import type { Contact, Item, Model, Snapshot } from "./model";
import type { Config, Frame, Identity, Message, MessagePage, Reply } from "./protocol";
import { Sender } from "./sender";
import { Session } from "./session";
import type { Storage } from "./storage";
import { Thread } from "./thread";
import { refusal, type Uploader } from "./upload";
import type { Key, Locale } from "./words";

/** What the host page can hear. */
export interface ChatEvents {
  ready: undefined;
  open: undefined;
  close: undefined;
  unread: number;
  message: { id: string; from: Message["from"]; text: string; at: string };
  introduced: Contact;
}

export interface ChatOptions {
  api: Api;
  store: Storage;
  /** Forgotten with the tab: whether the panel is open, what is being written. */
  tab: Storage;
  config: Config;
  locale: Locale;
  launcher?: boolean;
  uploader?: Uploader;
  say?: <K extends keyof ChatEvents>(event: K, detail: ChatEvents[K]) => void;
}

const PAGE = 50;
const ATTEMPTS = 8;
/** After this silence a closed panel needs no connection; opening it brings the news. */
const RECENT_MS = 24 * 3_600_000;
const TYPING_SHOWN_MS = 6_000;
const TYPING_SENT_MS = 3_000;
/** So long after an unanswered message the owner's note is shown. */
export const UNANSWERED_MS = 120_000;
/** Reading usually follows at once, and says more than the arrival. */
const DELIVERED_MS = 1_500;

type Timer = ReturnType<typeof setTimeout>;

export class Chat implements Model {
  readonly thread = new Thread();
  private readonly session: Session;
  private readonly sender: Sender;
  private readonly live: Live;
  private readonly listeners = new Set<() => void>();
  private readonly timers = new Map<string, Timer>();
  private readonly refreshed = new Set<string>();
  private readonly unwatch: () => void;
  private shown = false;
  private loading = false;
  private loaded = false;
  private unreachable = false;
  private introduceFirst = false;
  private connection: LiveState = "off";
  private typist: Snapshot["typing"];
  private typedAt = 0;
  private catching: Promise<void> | undefined;
  private again = false;
  private delivered = 0;
  private read = 0;
  private told = 0;
  /** Rises when the conversation becomes another: answers to earlier questions no longer count. */
  private epoch = 0;

  constructor(private readonly options: ChatOptions) {
    const { api, store, tab, uploader } = options;
    this.session = new Session(api, store, () => options.locale);
    this.session.onLost = () => this.reset();
    this.sender = new Sender(this.session, store, `colibri.${api.base}`, {
      changed: this.changed,
      delivered: (message) => this.accepted(message),
      introduce: () => {
        this.introduceFirst = true;
      },
    }, uploader);
    this.live = new Live(() => this.session.request("POST", "sockets"), {
      frame: (frame) => this.heard(frame),
      catchUp: () => void this.catchUp().catch(() => undefined),
      state: (state) => {
        this.connection = state;
        this.changed();
      },
    }, () => this.shown && document.visibilityState === "visible");
    this.unwatch = store.watch((key) => this.elsewhere(key));
    addEventListener("online", this.online);
    addEventListener("offline", this.changed);
    this.shown = tab.get("open") === "1";
  }

  /** Continues what there is to continue. Asks the server nothing for a visitor who never wrote. */
  async begin(restore?: string): Promise<void> {
    if (restore) this.shown = true;
    if (this.session.leaveUnnamed()) this.leave();
    this.options.say?.("ready", undefined);
    this.changed();
    if (restore || this.session.token || this.session.identity) await this.load(restore);
    void this.sender.flush();
  }

  end(): void {
    this.epoch += 1;
    this.unwatch();
    removeEventListener("online", this.online);
    removeEventListener("offline", this.changed);
    this.timers.forEach(clearTimeout);
    this.live.stop();
    this.sender.end();
    this.listeners.clear();
  }

  // What the view asks for.

  subscribe(changed: () => void): () => void {
    this.listeners.add(changed);
    return () => this.listeners.delete(changed);
  }

  snapshot(): Snapshot {
    const { config, locale, launcher = true } = this.options;
    const all = this.thread.all;
    const newest = all.at(-1);
    const waiting = this.sender.items((id) => this.thread.has(id));
    const away = this.away(newest);
    return {
      config, locale, launcher, open: this.shown, away,
      stage: this.mustIntroduce ? "prechat" : "thread",
      loading: this.loading, earlier: this.thread.earlier,
      items: [...all.map((one) => this.itemOf(one)), ...waiting],
      replies: newest?.replies?.length && newest.from !== "visitor" && waiting.length === 0 ? newest.replies : undefined,
      typing: this.typist, unread: this.unread, notice: this.notice,
      askEmail: away && !this.email, email: this.email,
    };
  }

  open(): void {
    if (this.shown) return;
    this.shown = true;
    this.options.tab.set("open", "1");
    this.options.say?.("open", undefined);
    this.changed();
    if (!this.session.token && !this.session.identity) return;
    if (this.loaded) this.connect();
    else if (!this.loading) void this.load();
  }

  close(): void {
    if (!this.shown) return;
    this.shown = false;
    this.options.tab.set("open", undefined);
    this.options.say?.("close", undefined);
    this.connect();
    this.changed();
  }

  send(text: string): void {
    this.typedAt = 0;
    this.sender.post({ type: "text", text });
  }

  reply({ id, title }: Reply): void {
    this.sender.post({ type: "reply", reply: { id, title } });
  }

  attach(file: File): Key | undefined {
    const why = refusal(file, this.options.config.limits);
    if (!why) this.sender.attach(file);
    return why;
  }

  retry(key: string): void {
    this.sender.retry(key);
  }

  discard(key: string): void {
    this.sender.discard(key);
  }

  async showEarlier(): Promise<void> {
    const first = this.thread.first;
    if (first === undefined || !this.thread.earlier) return;
    const page = await this.session.request<MessagePage>("GET", `messages?before=${first}&limit=${PAGE}`);
    this.thread.takePage(page.messages);
    this.thread.earlier = page.more;
    this.changed();
  }

  typing(): void {
    if (Date.now() - this.typedAt < TYPING_SENT_MS) return;
    this.typedAt = Date.now();
    this.live.send({ type: "typing" });
  }

  seen(): void {
    const newest = this.newestOfOurs;
    if (newest > this.readHere) {
      this.options.store.set("read", String(newest));
      this.changed();
    }
    if (newest <= Math.max(this.read, this.thread.seenUpTo)) return;
    this.read = newest;
    this.session.request("POST", "receipts", { up_to_seq: newest, state: "read" }).catch(() => {
      this.read = 0;
    });
  }

  async introduce(contact: Contact): Promise<boolean> {
    try {
      if (Object.values(contact).some(Boolean)) await this.session.request("POST", "prechat", contact);
    } catch {
      return false;
    }
    const { store, say } = this.options;
    store.set("introduced", "1");
    if (contact.email) store.set("email", contact.email);
    this.introduceFirst = false;
    say?.("introduced", contact);
    this.connect();
    this.changed();
    this.sender.release();
    return true;
  }

  refresh(id: string): void {
    const message = this.thread.get(id);
    if (!message || this.refreshed.has(id)) return;
    this.refreshed.add(id);
    this.session.request<MessagePage>("GET", `messages?since=${message.seq - 1}&limit=1`).then((page) => {
      this.thread.takePage(page.messages);
      this.changed();
    }, () => undefined);
  }

  draft(text?: string): string {
    if (text !== undefined) this.options.tab.set("draft", text || undefined);
    return this.options.tab.get("draft") ?? "";
  }

  // What the host page asks for.

  /** Takes who the visitor is. `waiting` leaves the reading to `begin`. */
  identify(identity: Identity, waiting = false): void {
    const before = this.session.token;
    if (!this.session.claim(identity)) return;
    if (before && !this.session.token) this.leave();
    if (!waiting) void this.load();
  }

  /** Leaves nothing of the visitor in this browser. */
  logout(): void {
    this.session.identity = undefined;
    this.session.forget();
    this.leave();
  }

  showLauncher(shown: boolean): void {
    this.options.launcher = shown;
    this.changed();
  }

  setLocale(locale: Locale): void {
    this.options.locale = locale;
    this.changed();
  }

  // Reading.

  private async load(restore?: string): Promise<void> {
    const epoch = this.epoch;
    this.loading = true;
    this.changed();
    const begun = await this.persist(epoch, async () => {
      if (restore || this.session.identity || !this.session.token) await this.session.start(restore);
    });
    // A session that was forgotten on the way has made this another conversation.
    const now = this.epoch;
    const read = begun && await this.persist(now, async () => {
      const page = await this.session.request<MessagePage>("GET", `messages?before=${Number.MAX_SAFE_INTEGER}&limit=${PAGE}`);
      if (now !== this.epoch) return;
      this.take(page, true);
      this.thread.earlier = page.more;
      this.loaded = true;
    });
    if (now !== this.epoch) return;
    this.loading = false;
    if (read) this.connect();
    this.changed();
  }

  /** Tries until it works, is refused for good, or is no longer wanted. */
  private async persist(epoch: number, work: () => Promise<void>): Promise<boolean> {
    for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
      try {
        await work();
        this.unreachable = false;
        return true;
      } catch (error) {
        if (!(error instanceof Problem) || !error.passing || epoch !== this.epoch) return false;
        this.unreachable = attempt > 0;
        this.changed();
        await new Promise((done) => this.after("persist", Math.max(error.wait ?? 0, backoff(attempt, Math.random(), 1000)), () => done(undefined)));
      }
    }
    return false;
  }

  /** Reads everything after what is known; calls that come meanwhile are served by one more round. */
  private catchUp(): Promise<void> {
    this.again = true;
    this.catching ??= this.readOn().finally(() => {
      this.catching = undefined;
    });
    return this.catching;
  }

  private async readOn(): Promise<void> {
    while (this.again) {
      this.again = false;
      const epoch = this.epoch;
      for (let more = true; more;) {
        const page = await this.session.request<MessagePage>("GET", `messages?since=${this.thread.cursor}&limit=${PAGE}`);
        if (epoch !== this.epoch) return;
        this.take(page);
        more = page.more && page.messages.length > 0;
      }
    }
    void this.sender.flush(true);
  }

  private take(page: MessagePage, first = false): void {
    const { thread } = this;
    const news = thread.takePage(page.messages, page.messages.at(-1)?.seq ?? page.seq);
    thread.readUpTo = Math.max(thread.readUpTo, page.read_up_to ?? 0);
    thread.seenUpTo = Math.max(thread.seenUpTo, page.seen_up_to ?? 0);
    this.arrived(news, first);
    this.changed();
  }

  private heard(frame: Frame): void {
    if (frame.type === "message") {
      const { fresh, gap } = this.thread.takeOne(frame.message);
      if (gap) void this.catchUp().catch(() => undefined);
      this.arrived(fresh ? [frame.message] : []);
    } else if (frame.type === "read") {
      this.thread.readUpTo = Math.max(this.thread.readUpTo, frame.up_to);
    } else if (frame.type === "typing") {
      this.showTyping({ name: frame.author ?? this.thread.all.filter((one) => one.from === "agent").at(-1)?.author });
    }
    this.changed();
  }

  /** The server has taken what was written here. */
  private accepted(message: Message): void {
    const before = this.thread.get(message.id);
    // Over the socket it may have come already, and completer.
    const { gap } = this.thread.takeOne(before ?? message);
    if (gap && this.loaded) void this.catchUp().catch(() => undefined);
    this.loaded = true;
    this.connect();
  }

  private arrived(news: Message[], first = false): void {
    for (const one of news) {
      if (one.client_message_id) this.sender.confirmed(one.client_message_id);
      if (one.from === "visitor") continue;
      if (one.from !== "system") this.showTyping(undefined);
      if (!first) this.options.say?.("message", { id: one.id, from: one.from, text: one.text ?? "", at: one.at });
    }
    if (this.newestOfOurs > Math.max(this.delivered, this.read, this.thread.seenUpTo)) this.after("delivered", DELIVERED_MS, () => this.tellDelivered());
  }

  private tellDelivered(): void {
    const newest = this.newestOfOurs;
    if (newest <= Math.max(this.delivered, this.read)) return;
    this.delivered = newest;
    this.session.request("POST", "receipts", { up_to_seq: newest, state: "delivered" }).catch(() => undefined);
  }

  private showTyping(who: Snapshot["typing"]): void {
    this.typist = who;
    if (who) this.after("typist", TYPING_SHOWN_MS, () => this.showTyping(undefined));
    this.changed();
  }

  // State.

  private after(name: string, wait: number, work: () => void): void {
    clearTimeout(this.timers.get(name));
    this.timers.set(name, setTimeout(work, wait));
  }

  private get newestOfOurs(): number {
    return this.thread.all.filter((one) => one.from !== "visitor").at(-1)?.seq ?? 0;
  }

  private get readHere(): number {
    return Math.max(this.thread.seenUpTo, Number(this.options.store.get("read") ?? 0));
  }

  private get email(): string | undefined {
    return this.options.store.get("email") ?? this.session.identity?.email;
  }

  private get unread(): number {
    const read = this.readHere;
    return this.thread.all.filter((one) => (one.from === "agent" || one.from === "bot") && one.seq > read).length;
  }

  private get mustIntroduce(): boolean {
    const { config, store } = this.options;
    if (!config.prechat.enabled || config.prechat.fields.length === 0) return false;
    if (this.introduceFirst) return true;
    return !store.get("introduced") && !this.loading && this.thread.empty && !this.session.identity && !this.sender.waiting;
  }

  private get notice(): Key | undefined {
    if (navigator.onLine === false) return "offline_now";
    if (this.sender.trouble) return this.sender.trouble;
    if (this.unreachable) return "unavailable";
    return this.connection === "lost" ? "reconnecting" : undefined;
  }

  /** Nobody attends: the server knows it, or the newest message has been waiting for an answer too long. */
  private away(newest: Message | undefined): boolean {
    const { offline } = this.options.config;
    if (offline.now !== undefined) return offline.now;
    if (!offline.note || newest?.from !== "visitor" || this.typist) return false;
    const left = Date.parse(newest.at) + UNANSWERED_MS - Date.now();
    if (left > 0) this.after("away", left, this.changed);
    return left <= 0;
  }

  private itemOf(one: Message): Item {
    const file = one.file && { ...one.file, url: this.sender.fileUrl(one.client_message_id) ?? this.absolute(one.file.url) };
    return {
      key: one.client_message_id ?? one.id, id: one.id, from: one.from, author: one.author, at: Date.parse(one.at), type: one.type, text: one.text, file, card: one.card,
      ...(one.from === "visitor" ? { state: one.seq <= this.thread.readUpTo ? "read" : "sent" } : {}),
    };
  }

  private absolute(url: string): string {
    return url && new URL(url, `${this.options.api.base}/`).href;
  }

  /** Connected while the panel is open, and for a day after the last message. */
  private connect(): void {
    const last = Date.parse(this.thread.all.at(-1)?.at ?? "");
    if (this.session.token && (this.shown || Date.now() - last < RECENT_MS)) this.live.start();
    else this.live.stop();
  }

  /** Another tab has written, read, left or begun. */
  private elsewhere(key: string): void {
    if (key === "token" && !this.session.token) this.reset();
    else if (key === "token" && !this.loaded && !this.loading) void this.load();
    this.changed();
  }

  private leave(): void {
    const { store, tab } = this.options;
    this.sender.clear();
    ["introduced", "email"].forEach((key) => store.set(key, undefined));
    tab.set("draft", undefined);
    this.reset();
  }

  private reset(): void {
    this.epoch += 1;
    this.live.stop();
    this.thread.reset();
    this.options.store.set("read", undefined);
    this.read = this.delivered = 0;
    this.loaded = this.loading = this.unreachable = this.introduceFirst = false;
    this.showTyping(undefined);
  }

  private readonly online = () => {
    void this.sender.flush(true);
    this.changed();
  };

  private readonly changed = () => {
    const unread = this.unread;
    if (unread !== this.told) {
      this.told = unread;
      this.options.say?.("unread", unread);
    }
    this.listeners.forEach((listener) => listener());
  };
}
