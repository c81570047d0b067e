/** Messages that the server has not confirmed yet. Each has its own key, so that several tabs write side by side. */
import type { FileView, Outgoing } from "./protocol";
import type { Storage } from "./storage";
import type { Key } from "./words";

export interface Entry {
  message: Outgoing;
  /** What an attachment looks like until the server shows it. */
  file?: Omit<FileView, "url">;
  /** Why it stays here. */
  failed?: Key;
  /** Rises in the order of writing. */
  order: number;
}

export class Outbox {
  private last = 0;

  constructor(private readonly store: Storage) {}

  all(): Entry[] {
    const found = this.store.keys("out.").flatMap((key) => {
      try {
        return [JSON.parse(this.store.get(key) ?? "") as Entry];
      } catch {
        return [];
      }
    });
    return found.sort((one, other) => one.order - other.order);
  }

  add(message: Outgoing, file?: Entry["file"]): void {
    this.last = Math.max(Date.now(), this.last + 1);
    this.save({ message, order: this.last, ...(file ? { file } : {}) });
  }

  /** The one to send now. */
  next(): Entry | undefined {
    return this.all().find((one) => !one.failed);
  }

  fail(id: string, failed: Key | undefined): void {
    const known = this.get(id);
    if (!known) return;
    const { failed: _, ...entry } = known;
    this.save(failed ? { ...entry, failed } : entry);
  }

  get(id: string): Entry | undefined {
    return this.all().find((one) => one.message.client_message_id === id);
  }

  remove(id: string): void {
    this.store.set(`out.${id}`, undefined);
  }

  clear(): void {
    this.store.keys("out.").forEach((key) => this.store.set(key, undefined));
  }

  private save(entry: Entry): void {
    this.store.set(`out.${entry.message.client_message_id}`, JSON.stringify(entry));
  }
}

/** Runs `work` unless another tab is at it. Without locks every tab may send: the server takes each message once. */
export async function alone(name: string, work: () => Promise<void>): Promise<void> {
  const locks = (navigator as Partial<Navigator>).locks;
  if (!locks) return work();
  await locks.request(name, { ifAvailable: true }, async (lock) => {
    if (lock) await work();
  });
}
