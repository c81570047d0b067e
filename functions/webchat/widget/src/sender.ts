/** What the visitor writes and attaches, until the server has it. Texts survive the page; a file does once it is uploaded. */
import { backoff, Problem } from "./api";
import { newId } from "./id";
import type { Item } from "./model";
import { alone, Outbox, type Entry } from "./outbox";
import type { Message, Outgoing, UploadTicket } from "./protocol";
import type { Session } from "./session";
import type { Storage } from "./storage";
import { upload, type Upload, type Uploader } from "./upload";

export interface SenderEvents {
  changed: () => void;
  /** The server has it. `seq` is absent from servers that do not tell. */
  delivered: (message: Message) => void;
  /** The server wants the form first. */
  introduce: () => void;
}

interface Carried { id: string; file: File; url: string; at: number; progress: number; failed?: boolean; upload?: Upload }

/** How long another tab may hold the sending before this one looks again. */
const ELSEWHERE_MS = 2_000;

export class Sender {
  trouble: "slow_down" | "unavailable" | undefined;
  private readonly outbox: Outbox;
  private readonly carried = new Map<string, Carried>();
  /** Addresses in this page of files that were sent from it, by client message id. */
  private readonly local = new Map<string, string>();
  private timer: ReturnType<typeof setTimeout> | undefined;
  private attempt = 0;
  private flushing = false;
  private held = false;
  private ended = false;

  constructor(
    private readonly session: Session,
    store: Storage,
    private readonly lock: string,
    private readonly events: SenderEvents,
    private readonly uploader: Uploader = upload,
  ) {
    this.outbox = new Outbox(store);
  }

  get waiting(): boolean {
    return this.carried.size > 0 || this.outbox.next() !== undefined;
  }

  fileUrl(clientId: string | undefined): string | undefined {
    return clientId === undefined ? undefined : this.local.get(clientId);
  }

  post(part: Pick<Outgoing, "type"> & Partial<Outgoing>, id = newId(), file?: Entry["file"]): void {
    this.outbox.add({ client_message_id: id, sent_at: new Date().toISOString(), ...part }, file);
    this.events.changed();
    void this.flush();
  }

  attach(file: File): void {
    const id = newId();
    const carried: Carried = { id, file, url: URL.createObjectURL(file), at: Date.now(), progress: 0 };
    this.carried.set(id, carried);
    this.local.set(id, carried.url);
    void this.carry(carried);
  }

  retry(key: string): void {
    const carried = this.carried.get(key);
    if (carried) {
      carried.failed = false;
      void this.carry(carried);
    } else {
      this.outbox.fail(key, undefined);
      void this.flush();
    }
    this.events.changed();
  }

  discard(key: string): void {
    this.carried.get(key)?.upload?.stop();
    this.confirmed(key);
    const url = this.local.get(key);
    if (url) URL.revokeObjectURL(url);
    this.local.delete(key);
    this.events.changed();
  }

  /** It is among the server's messages. */
  confirmed(clientId: string): void {
    this.outbox.remove(clientId);
    this.carried.delete(clientId);
  }

  /** Sends what waits, in order. `soon` forgets how long to wait after earlier failures. */
  async flush(soon = false): Promise<void> {
    if (soon) this.attempt = 0;
    if (this.flushing || this.held || !this.outbox.next()) return;
    this.flushing = true;
    clearTimeout(this.timer);
    try {
      await alone(this.lock, async () => {
        for (let entry = this.outbox.next(); entry && !this.held && !this.ended; entry = this.outbox.next()) await this.deliver(entry);
      });
      // Another tab sends them, and may be closed before it is done.
      if (this.outbox.next()) this.later(ELSEWHERE_MS);
    } catch (error) {
      const problem = error as Problem;
      this.trouble = problem.status === 429 ? "slow_down" : problem.status === 0 && this.attempt === 0 ? undefined : "unavailable";
      this.later(Math.max(problem.wait ?? 0, backoff(this.attempt, Math.random(), 1000)));
      this.attempt += 1;
    } finally {
      this.flushing = false;
      this.events.changed();
    }
  }

  /** The form was submitted. */
  release(): void {
    this.held = false;
    void this.flush(true);
  }

  clear(): void {
    this.carried.forEach((one) => one.upload?.stop());
    this.carried.clear();
    this.local.forEach((url) => URL.revokeObjectURL(url));
    this.local.clear();
    this.outbox.clear();
    this.held = false;
    this.trouble = undefined;
  }

  end(): void {
    this.ended = true;
    clearTimeout(this.timer);
    this.carried.forEach((one) => one.upload?.stop());
  }

  /** What is on its way, oldest first; `known` says which the server has. */
  items(known: (clientId: string) => boolean): Item[] {
    const own = { from: "visitor", state: "sending" } as const;
    const files = [...this.carried.values()].map((one): Item => ({
      ...own, key: one.id, at: one.at, type: "attachment", file: { url: one.url, name: one.file.name, type: one.file.type, size: one.file.size },
      ...(one.failed ? { state: "failed", reason: "reason_file" } : { progress: one.progress }),
    }));
    const messages = this.outbox.all().filter(({ message }) => !known(message.client_message_id)).map(({ message, file, failed }): Item => ({
      ...own, key: message.client_message_id, at: Date.parse(message.sent_at), type: message.type, text: textOf(message),
      file: file && { ...file, url: this.local.get(message.client_message_id) ?? "" },
      ...(failed ? { state: "failed", reason: failed } : {}),
    }));
    return [...files, ...messages].sort((one, other) => one.at - other.at);
  }

  private later(wait: number): void {
    clearTimeout(this.timer);
    if (!this.ended) this.timer = setTimeout(() => void this.flush(), wait);
  }

  private async carry(carried: Carried): Promise<void> {
    const { file, id } = carried;
    this.events.changed();
    try {
      const type = file.type || "application/octet-stream";
      const ticket = await this.session.request<UploadTicket>("POST", "files", { name: file.name, size: file.size, type });
      if (!this.carried.has(id)) return;
      carried.upload = this.uploader(ticket.upload, file, (share) => {
        carried.progress = share;
        this.events.changed();
      });
      await carried.upload.done;
      if (this.carried.delete(id)) this.post({ type: "attachment", file_id: ticket.file_id }, id, { name: file.name, type, size: file.size });
    } catch {
      carried.failed = true;
      carried.progress = 0;
      this.events.changed();
    }
  }

  /** Throws when it may go later. */
  private async deliver({ message, file }: Entry): Promise<void> {
    const id = message.client_message_id;
    try {
      const answer = await this.session.request<{ id: string; at: string; seq: number }>("POST", "messages", message);
      const text = textOf(message);
      this.events.delivered({
        ...answer, from: "visitor", type: message.type, client_message_id: id,
        ...(text === undefined ? {} : { text }), ...(file ? { file: { ...file, url: this.local.get(id) ?? "" } } : {}),
      });
      this.outbox.remove(id);
      this.attempt = 0;
      this.trouble = undefined;
    } catch (error) {
      if (!(error instanceof Problem) || error.passing || error.status === 401) throw error;
      if (error.code === "prechat_required") {
        this.held = true;
        this.events.introduce();
      } else this.outbox.fail(id, error.status === 403 ? "reason_blocked" : "reason_refused");
    }
    this.events.changed();
  }
}

const textOf = (message: Outgoing): string | undefined => message.text ?? message.reply?.title;
