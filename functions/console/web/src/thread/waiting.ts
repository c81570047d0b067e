/**
 * What waits to be sent, kept by this browser so that a reload loses nothing. Files are kept with it. Where the browser
 * keeps nothing (private mode), messages wait in memory only, as long as the page lives.
 */
import type { Outgoing } from "./outbox";

export interface Waiting {
  /** The idempotency key of its request, the same over reloads. */
  key: string;
  /** Workspace and user. */
  scope: string;
  contact: number;
  /** When it was written, and its place in the order. */
  at: number;
  outgoing?: Omit<Outgoing, "localUrl">;
  comment?: string;
  /** The file that was uploaded for it: the request stays the same one. */
  fileId?: string;
}

export interface WaitingStore {
  put: (one: Waiting) => Promise<void>;
  remove: (key: string) => Promise<void>;
  /** In the order in which they were written. */
  all: (scope: string) => Promise<Waiting[]>;
  clear: () => Promise<void>;
}

const NAME = "colibri";
const STORE = "waiting";

function opened(): Promise<IDBDatabase> {
  return new Promise((resolve, reject) => {
    const request = indexedDB.open(NAME, 1);
    request.onupgradeneeded = () => request.result.createObjectStore(STORE, { keyPath: "key" });
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error ?? new Error("no storage"));
  });
}

async function within<T>(mode: IDBTransactionMode, run: (store: IDBObjectStore) => IDBRequest<T>): Promise<T> {
  const database = await opened();
  try {
    return await new Promise<T>((resolve, reject) => {
      const transaction = database.transaction(STORE, mode);
      const request = run(transaction.objectStore(STORE));
      transaction.oncomplete = () => resolve(request.result);
      transaction.onerror = () => reject(transaction.error ?? new Error("not stored"));
      transaction.onabort = () => reject(transaction.error ?? new Error("not stored"));
    });
  } finally {
    database.close();
  }
}

/** The browser's own storage. What it refuses is not kept, and nothing else changes. */
export const BROWSER_WAITING: WaitingStore = {
  put: (one) => within("readwrite", (store) => store.put(one)).then(() => undefined, () => undefined),
  remove: (key) => within("readwrite", (store) => store.delete(key)).then(() => undefined, () => undefined),
  all: (scope) =>
    within<Waiting[]>("readonly", (store) => store.getAll()).then(
      (found) => found.filter((one) => one.scope === scope).sort((a, b) => a.at - b.at),
      () => [],
    ),
  clear: () => within("readwrite", (store) => store.clear()).then(() => undefined, () => undefined),
};
