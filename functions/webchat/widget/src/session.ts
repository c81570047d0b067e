/** The visitor's session: a token signed by the server, kept for the next page and renewed when it has run out. */
import { Api, Problem } from "./api";
import type { Identity, SessionAnswer } from "./protocol";
import type { Storage } from "./storage";

const DAY_MS = 86_400_000;

export class Session {
  /** Who the page says that the visitor is. */
  identity: Identity | undefined;
  identified = false;
  private starting: Promise<SessionAnswer> | undefined;
  /** Called when the session has become another visitor's: the old token counted no more, or somebody was recognised. */
  onLost: () => void = () => undefined;

  constructor(
    private readonly api: Api,
    private readonly store: Storage,
    private readonly language: () => string,
  ) {}

  get token(): string | undefined {
    return this.store.get("token");
  }

  /** Takes who the visitor is; forgets the session of somebody else. Answers whether anything is new. */
  claim(identity: Identity): boolean {
    const before = this.store.get("who");
    const same = JSON.stringify(identity) === JSON.stringify(this.identity);
    this.identity = identity;
    if (before !== undefined && identity.id !== undefined && before !== identity.id) this.forget();
    if (identity.id !== undefined) this.store.set("who", identity.id);
    return !same;
  }

  /** Somebody signed in on the site has left it: whoever sits here now must not read on. Answers whether it was so. */
  leaveUnnamed(): boolean {
    const left = this.store.get("proven") !== undefined && !this.identity;
    if (left) this.forget();
    return left;
  }

  forget(): void {
    ["token", "expires", "visitor", "who", "proven"].forEach((key) => this.store.set(key, undefined));
    this.identified = false;
    this.starting = undefined;
  }

  /** Begins, continues or restores a session; several callers share one request. */
  start(restore?: string): Promise<SessionAnswer> {
    this.starting ??= this.ask(restore).finally(() => {
      this.starting = undefined;
    });
    return this.starting;
  }

  private async ask(restore?: string): Promise<SessionAnswer> {
    const token = this.token;
    const body = (using: object) => ({
      ...using, ...(this.identity ? { identity: this.identity } : {}),
      language: this.language(), page: location.href.split("#")[0],
    });
    try {
      return this.take(await this.api.request("POST", "sessions", { body: body({ ...(token ? { token } : {}), ...(restore ? { restore } : {}) }) }));
    } catch (error) {
      const refused = error instanceof Problem && (error.status === 401 || error.status === 404 || error.status === 422);
      if (!refused || (!token && !restore)) throw error;
      // Neither the old token nor the link counts any more: what they opened is gone from here.
      this.store.set("token", undefined);
      return this.take(await this.api.request("POST", "sessions", { body: body({}) }));
    }
  }

  private take(answer: SessionAnswer): SessionAnswer {
    const before = this.store.get("visitor");
    this.store.set("token", answer.token);
    this.store.set("visitor", answer.visitor_id);
    this.store.set("proven", answer.identified ? "1" : undefined);
    if (before !== undefined && before !== answer.visitor_id) this.onLost();
    this.store.set("expires", String(answer.expires_at));
    if (answer.introduced) this.store.set("introduced", "1");
    this.identified = answer.identified;
    return answer;
  }

  /** A request in the session's name, which begins where there is none and is renewed where it ran out. */
  async request<T>(method: "GET" | "POST", path: string, body?: unknown): Promise<T> {
    const expires = Number(this.store.get("expires") ?? NaN);
    if (!this.token || expires - Date.now() < 0) await this.start();
    else if (expires - Date.now() < DAY_MS) void this.start().catch(() => undefined);
    const token = this.token;
    try {
      return await this.api.request<T>(method, path, { body, token });
    } catch (error) {
      if (!(error instanceof Problem) || error.status !== 401) throw error;
      // Another tab may have renewed it meanwhile.
      if (this.token === token) await this.start();
      return this.api.request<T>(method, path, { body, token: this.token });
    }
  }
}
