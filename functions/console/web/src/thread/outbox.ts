/**
 * Sends one conversation's messages in the order in which they were written. Each keeps its idempotency key
 * over all its attempts and over reloads, so that a lost answer never makes two of it. Without a connection it waits.
 */
import { UploadError, uploadFile } from "../media/upload";
import type { ConversationHost } from "./host";
import type { Content, Failure, OutboundContent } from "./model";
import type { Timeline } from "./timeline";
import { BROWSER_WAITING, type Waiting, type WaitingStore } from "./waiting";

export interface OutgoingFile {
  blob: Blob;
  name: string;
  mime: string;
}

export interface Outgoing {
  /** Empty for a first message, which goes over the channel to the contact's number. */
  contactChannel: string;
  channel: string;
  /** How it is shown until the server's own form comes. */
  shown: Content;
  /** What is sent; of a file that is still to be uploaded, without its id. */
  content: OutboundContent;
  file?: OutgoingFile;
  localUrl?: string;
  reply?: { id: number; preview: string; traffic: "incoming" | "outgoing" };
}

type Entry = Omit<Waiting, "scope" | "contact"> & { outgoing?: Outgoing; waits?: number };

/** What waited longer than this is not sent unasked: what it answers may be settled by now. */
const STALE_MS = 15 * 60_000;

const RETRY_MS = [1_000, 2_000, 4_000, 8_000, 15_000];

/** Refusals that pass by themselves. */
const AGAIN = new Set(["request_in_progress", "changed_meanwhile"]);

export interface OutboxClock {
  now: () => number;
  wait: (ms: number) => Promise<void>;
  newKey: () => string;
}

/** Waits until the given time has passed or the connection is back. */
function waitOrOnline(ms: number): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      removeEventListener("online", done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    addEventListener("online", done);
  });
}

/** Whose waiting messages these are: another person on the same browser never sends them. */
export function scopeOf(host: Pick<ConversationHost, "workspace" | "me">): string {
  return `${host.workspace}|${host.me}`;
}

export const BROWSER_CLOCK: OutboxClock = {
  now: () => Date.now(),
  wait: waitOrOnline,
  newKey: () => crypto.randomUUID(),
};

export class Outbox {
  private readonly queue: Entry[] = [];
  private running = false;
  private readonly failed = new Map<string, Entry>();

  constructor(
    private readonly timeline: Timeline,
    private readonly host: Pick<ConversationHost, "api" | "me" | "workspace" | "refusalOf" | "updateHead">,
    private readonly clock: OutboxClock = BROWSER_CLOCK,
    private readonly store: WaitingStore = BROWSER_WAITING,
  ) {}

  /** Shows the message at once and sends it in its turn. */
  send(outgoing: Outgoing): void {
    const entry = { key: this.clock.newKey(), at: this.clock.now(), outgoing };
    this.show(entry);
    this.keep(entry);
    this.enqueue(entry);
  }

  comment(text: string): void {
    const entry = { key: this.clock.newKey(), at: this.clock.now(), comment: text };
    this.show(entry);
    this.keep(entry);
    this.enqueue(entry);
  }

  /** Goes on with what an earlier page of this browser could not hand over. */
  restore(found: readonly Waiting[]): void {
    const mine = new Set([...this.queue, ...this.failed.values()].map((entry) => entry.key));
    for (const { key, at, outgoing, comment, fileId } of found) {
      if (mine.has(key)) continue;
      const file = outgoing?.file;
      const entry: Entry = {
        key, at, ...(comment === undefined ? {} : { comment }), ...(fileId ? { fileId } : {}),
        ...(outgoing ? { outgoing: { ...outgoing, ...(file ? { localUrl: URL.createObjectURL(file.blob) } : {}) } } : {}),
      };
      this.show(entry);
      if (this.clock.now() - at > STALE_MS) this.fail(entry, { reason: "unsent", retryable: true });
      else this.enqueue(entry);
    }
  }

  private show(entry: Entry): void {
    const { key, at, outgoing } = entry;
    if (!outgoing) {
      this.timeline.addLocal({
        item: "comment", id: at, contact_id: this.timeline.contact, author: this.host.me, text: entry.comment ?? "", mentions: [], at, client_key: key, state: "pending",
      });
      return;
    }
    this.timeline.addLocal({
      item: "message",
      id: at,
      contact_id: this.timeline.contact,
      contact_channel_id: outgoing.contactChannel,
      channel_id: outgoing.channel,
      traffic: "outgoing",
      at,
      received_at: at,
      content: outgoing.shown,
      sender: { source: "user", user_id: this.host.me },
      state: "pending",
      reactions: [],
      version: 0,
      client_key: key,
      ...(outgoing.localUrl ? { local_url: outgoing.localUrl } : {}),
      ...(outgoing.file ? { progress: 0 } : {}),
      ...(outgoing.reply ? { reply: outgoing.reply } : {}),
    });
  }

  private keep({ key, at, outgoing, comment, fileId }: Entry): void {
    const { localUrl: _, ...kept } = outgoing ?? ({} as Partial<Outgoing>);
    void this.store.put({
      key, at, scope: scopeOf(this.host), contact: this.timeline.contact,
      ...(outgoing ? { outgoing: kept as Omit<Outgoing, "localUrl"> } : {}), ...(comment === undefined ? {} : { comment }), ...(fileId ? { fileId } : {}),
    });
  }

  /** Tries again what this page could not hand over. */
  retry(key: string): void {
    const entry = this.failed.get(key);
    if (!entry) return;
    this.failed.delete(key);
    this.timeline.changeLocal(key, { state: "pending", failure: undefined } as never);
    this.enqueue(entry);
  }

  discard(key: string): void {
    this.failed.delete(key);
    void this.store.remove(key);
    this.timeline.removeLocal(key);
  }

  private enqueue(entry: Entry): void {
    this.queue.push(entry);
    if (!this.running) void this.run();
  }

  private async run(): Promise<void> {
    this.running = true;
    for (let entry = this.queue[0]; entry; entry = this.queue[0]) {
      const done = await this.attempt(entry);
      if (done) this.queue.shift();
      else await this.clock.wait(RETRY_MS[Math.min((entry.waits = (entry.waits ?? 0) + 1), RETRY_MS.length) - 1] ?? 1_000);
    }
    this.running = false;
  }

  /** Whether the entry is settled, one way or the other. */
  private async attempt(entry: Entry): Promise<boolean> {
    this.timeline.begin();
    try {
      const made = entry.comment === undefined ? await this.handOver(entry) : await this.handOverComment(entry);
      this.timeline.end(entry.key, made);
      void this.store.remove(entry.key);
      return true;
    } catch (error) {
      this.timeline.end(entry.key);
      const refusal = error instanceof UploadError ? { status: error.status, code: "media_failed" } : this.host.refusalOf(error);
      // Not reached, too many requests or a fault of the server: the same request again, later.
      if (refusal.status === 0 || refusal.status === 429 || refusal.status >= 500 || AGAIN.has(refusal.code)) return false;
      this.fail(entry, { reason: refusal.code, retryable: true, ...("detail" in refusal && refusal.detail ? { provider_text: refusal.detail } : {}) });
      return true;
    }
  }

  private async handOver(entry: Entry): Promise<object | undefined> {
    const outgoing = entry.outgoing;
    if (!outgoing) return undefined;
    if (outgoing.file && !entry.fileId) {
      entry.fileId = await uploadFile(this.host.api, outgoing.file, (progress) => this.timeline.changeLocal(entry.key, { progress }));
      this.timeline.changeLocal(entry.key, { progress: 1 });
      this.keep(entry);
    }
    const { message, head } = await this.host.api.send(this.timeline.contact, entry.key, {
      ...(outgoing.contactChannel ? { contact_channel_id: outgoing.contactChannel } : { channel_id: outgoing.channel }),
      content: entry.fileId && outgoing.content.kind === "attachment" ? { ...outgoing.content, file_id: entry.fileId } : outgoing.content,
      ...(outgoing.reply ? { reply_to: outgoing.reply.id } : {}),
    });
    if (head) this.host.updateHead(head);
    return { item: "message", ...message };
  }

  private async handOverComment(entry: Entry): Promise<object> {
    const { comment } = await this.host.api.comment(this.timeline.contact, entry.comment ?? "", entry.key);
    return { item: "comment", ...comment };
  }

  private fail(entry: Entry, failure: Failure): void {
    this.failed.set(entry.key, entry);
    const change = entry.comment === undefined ? { state: "failed" as const, failure } : { state: "failed" as const };
    this.timeline.changeLocal(entry.key, change);
  }
}
