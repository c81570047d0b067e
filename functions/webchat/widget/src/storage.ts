/** What the browser keeps for one channel; in memory where it keeps nothing (blocked cookies, private windows, a full disk). */
export interface Storage {
  get: (key: string) => string | undefined;
  set: (key: string, value: string | undefined) => void;
  /** The keys that begin so. */
  keys: (start: string) => string[];
  /** Tells which key another tab has changed. */
  watch: (changed: (key: string) => void) => () => void;
}

function usable(kind: "localStorage" | "sessionStorage"): globalThis.Storage | undefined {
  try {
    const found = window[kind];
    found.setItem("colibri.probe", "1");
    found.removeItem("colibri.probe");
    return found;
  } catch {
    return undefined;
  }
}

export function storageFor(channel: string, kind: "localStorage" | "sessionStorage" = "localStorage"): Storage {
  const kept = usable(kind);
  const memory = new Map<string, string>();
  const prefix = `colibri.${channel}.`;
  return {
    get: (key) => memory.get(key) ?? kept?.getItem(prefix + key) ?? undefined,
    set: (key, value) => {
      memory.delete(key);
      try {
        if (value === undefined) kept?.removeItem(prefix + key);
        else if (kept) kept.setItem(prefix + key, value);
        else memory.set(key, value);
      } catch {
        if (value !== undefined) memory.set(key, value);
      }
    },
    keys: (start) => {
      const found = new Set([...memory.keys()]);
      for (let at = 0; kept && at < kept.length; at += 1) {
        const key = kept.key(at);
        if (key?.startsWith(prefix)) found.add(key.slice(prefix.length));
      }
      return [...found].filter((key) => key.startsWith(start));
    },
    watch: (changed) => {
      const heard = (event: StorageEvent) => {
        if (event.storageArea === kept && event.key?.startsWith(prefix)) changed(event.key.slice(prefix.length));
      };
      addEventListener("storage", heard);
      return () => removeEventListener("storage", heard);
    },
  };
}
