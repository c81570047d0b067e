/**
 * Sends one conversation's messages in the order in which they were written. Each keeps its idempotency key
 * over all its attempts, so that a lost answer never makes two of it. Without a connection it waits.
 */
import { UploadError, uploadFile } from "../media/upload";
import type { ConversationHost } from "./host";
import type { Content, Failure, OutboundContent } from "./model";
import type { Timeline } from "./timeline";

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
  /** What is sent; `fileId` is that of the uploaded file, where there is one. */
  content: (fileId: string) => OutboundContent;
  file?: OutgoingFile;
  localUrl?: string;
  reply?: { id: number; preview: string; traffic: "incoming" | "outgoing" };
}

interface Entry {
  key: string;
  outgoing?: Outgoing;
  comment?: string;
  fileId?: string;
  waits?: number;
}

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
    private readonly host: Pick<ConversationHost, "api" | "me" | "refusalOf" | "updateHead">,
    private readonly clock: OutboxClock = BROWSER_CLOCK,
  ) {}

  /** Shows the message at once and sends it in its turn. */
  send(outgoing: Outgoing): void {
    const key = this.clock.newKey();
    const now = this.clock.now();
    this.timeline.addLocal({
      item: "message",
      id: now,
      contact_id: this.timeline.contact,
      contact_channel_id: outgoing.contactChannel,
      channel_id: outgoing.channel,
      traffic: "outgoing",
      at: now,
      received_at: now,
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
    this.enqueue({ key, outgoing });
  }

  comment(text: string): void {
    const key = this.clock.newKey();
    const now = this.clock.now();
    this.timeline.addLocal({
      item: "comment", id: now, contact_id: this.timeline.contact, author: this.host.me, text, mentions: [], at: now, client_key: key, state: "pending",
    });
    this.enqueue({ key, comment: text });
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
    }
    const { message, head } = await this.host.api.send(this.timeline.contact, entry.key, {
      ...(outgoing.contactChannel ? { contact_channel_id: outgoing.contactChannel } : { channel_id: outgoing.channel }),
      content: outgoing.content(entry.fileId ?? ""),
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
