/** The messages of a session as far as they are known here: each once, in the server's order. */
import type { Message } from "./protocol";

export class Thread {
  private readonly byId = new Map<string, Message>();
  /** Everything up to this number is known, from the oldest that is shown. */
  cursor = 0;
  /** There are older ones at the server. */
  earlier = false;
  /** The visitor's messages up to this number have been read. */
  readUpTo = 0;
  /** What the visitor has read, here or elsewhere. */
  seenUpTo = 0;

  get all(): Message[] {
    return [...this.byId.values()].sort((one, other) => one.seq - other.seq);
  }

  get(id: string): Message | undefined {
    return this.byId.get(id);
  }

  has(clientId: string): boolean {
    for (const one of this.byId.values()) if (one.client_message_id === clientId) return true;
    return false;
  }

  get first(): number | undefined {
    return this.all[0]?.seq;
  }

  get empty(): boolean {
    return this.byId.size === 0;
  }

  /** Takes a page that follows the cursor, or precedes what is shown. Answers those that were not here. */
  takePage(messages: Message[], upTo?: number): Message[] {
    const news = messages.filter((one) => this.put(one));
    if (upTo !== undefined) this.cursor = Math.max(this.cursor, upTo, ...messages.map((one) => one.seq));
    return news;
  }

  /** Takes one that came by itself. `gap` says that others before it are missing. */
  takeOne(message: Message): { fresh: boolean; gap: boolean } {
    const fresh = this.put(message);
    const gap = message.seq > this.cursor + 1;
    if (message.seq === this.cursor + 1) this.cursor = message.seq;
    return { fresh, gap };
  }

  private put(message: Message): boolean {
    const known = this.byId.has(message.id);
    this.byId.set(message.id, message);
    return !known;
  }

  reset(): void {
    this.byId.clear();
    this.cursor = 0;
    this.earlier = false;
    this.readUpTo = 0;
    this.seenUpTo = 0;
  }
}
