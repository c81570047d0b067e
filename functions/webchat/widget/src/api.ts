/** Requests to the server. */
export class Problem extends Error {
  constructor(
    /** 0 when the server was not reached. */
    readonly status: number,
    readonly code: string,
    /** Milliseconds that the server asks us to wait. */
    readonly wait?: number,
  ) {
    super(`${status} ${code}`);
  }

  /** Whether the same request may succeed later. */
  get passing(): boolean {
    return this.status === 0 || this.status === 408 || this.status === 425 || this.status === 429 || this.status >= 500;
  }
}

export interface Ask { body?: unknown; token?: string | undefined }

const PATIENCE_MS = 20_000;

export class Api {
  constructor(
    /** `{origin}/webchat/{channel key}`. */
    readonly base: string,
    private readonly fetcher: typeof fetch = (...args) => fetch(...args),
  ) {}

  async request<T>(method: "GET" | "POST", path: string, ask: Ask = {}): Promise<T> {
    const headers: Record<string, string> = { accept: "application/json" };
    if (ask.token) headers["authorization"] = `Bearer ${ask.token}`;
    if (ask.body !== undefined) headers["content-type"] = "application/json";
    const stop = new AbortController();
    const timer = setTimeout(() => stop.abort(), PATIENCE_MS);
    try {
      const response = await this.fetcher(`${this.base}/${path}`, {
        method, headers, credentials: "omit", signal: stop.signal,
        ...(ask.body === undefined ? {} : { body: JSON.stringify(ask.body) }),
      });
      return await read<T>(response);
    } catch (error) {
      throw error instanceof Problem ? error : new Problem(0, "unreachable");
    } finally {
      clearTimeout(timer);
    }
  }
}

async function read<T>(response: Response): Promise<T> {
  const text = await response.text();
  if (response.ok) {
    try {
      return (text ? JSON.parse(text) : undefined) as T;
    } catch {
      throw new Problem(502, "unreadable");
    }
  }
  let code = "unavailable";
  try {
    code = (JSON.parse(text) as { code?: string }).code ?? code;
  } catch {
    // A refusal without a body of ours, for example of a proxy.
  }
  const wait = Number(response.headers.get("retry-after"));
  throw new Problem(response.status, code, wait > 0 ? wait * 1000 : undefined);
}

/** Milliseconds before attempt `n` (from 0): `first` doubling to `most`, half of it random. */
export function backoff(attempt: number, random: number, first = 500, most = 30_000): number {
  const base = Math.min(most, first * 2 ** Math.min(attempt, 20));
  return base / 2 + (base / 2) * random;
}
