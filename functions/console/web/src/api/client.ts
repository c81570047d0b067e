/** Requests to our own origin. The access token lives in memory only; the refresh token is a cookie that no script reads. */
import type { SessionChallenge, SessionTokens } from "./types";

export interface FieldProblem { pointer: string; code: string; detail: string }

/** A refusal of the API; `status` 0 means that it was not reached. */
export class ApiError extends Error {
  readonly status: number;
  readonly code: string;
  readonly detail: string | undefined;
  readonly errors: FieldProblem[];

  constructor(status: number, code: string, detail?: string, errors: FieldProblem[] = []) {
    super(`${status} ${code}`);
    this.status = status;
    this.code = code;
    this.detail = detail;
    this.errors = errors;
  }
}

export interface Options {
  body?: unknown;
  headers?: Record<string, string>;
  signal?: AbortSignal;
  /** The answer is a text, not JSON. */
  text?: boolean;
}

export type Method = "GET" | "POST" | "PUT" | "PATCH" | "DELETE";

export class ApiClient {
  private token: string | undefined;
  private refreshing: Promise<boolean> | undefined;
  private changing: Promise<boolean> | undefined;
  private readonly fetcher: typeof fetch;
  /** Called once when the session cannot be continued. */
  onEnded: () => void = () => undefined;

  constructor(fetcher: typeof fetch = (...args) => fetch(...args)) {
    this.fetcher = fetcher;
  }

  get signedIn(): boolean {
    return this.token !== undefined;
  }

  async request<T>(method: Method, path: string, options: Options = {}): Promise<T> {
    let response = await this.send(method, path, options);
    if (response.status === 401 && !/^\/(session|signup)\/(?!accept$)/.test(path)) {
      if (!(await this.refresh())) {
        this.onEnded();
        throw new ApiError(401, "unauthenticated");
      }
      response = await this.send(method, path, options);
    }
    return options.text && response.ok ? ((await response.text()) as T) : this.read<T>(response);
  }

  async signIn(email: string, password: string): Promise<SessionChallenge | undefined> {
    return this.take(await this.request<SessionTokens | SessionChallenge>("POST", "/session/sign-in", { body: { email, password } }));
  }

  async newPassword(challenge: SessionChallenge, password: string): Promise<void> {
    const { email, session } = challenge;
    this.take(await this.request<SessionTokens>("POST", "/session/new-password", { body: { email, session, password } }));
  }

  /**
   * Sets one's own password. Every session ends with it, and this one goes on with what the answer brings: who needs a
   * new token meanwhile waits for the answer, because the cookie that he would renew it with is worth nothing any more.
   */
  async changePassword(old_password: string, new_password: string): Promise<void> {
    if (!(await this.refresh())) {
      this.onEnded();
      throw new ApiError(401, "unauthenticated");
    }
    const change = this.request<SessionTokens>("POST", "/session/password", { body: { old_password, new_password } });
    this.changing = change.then(() => true, () => false);
    try {
      this.take(await change);
    } finally {
      this.changing = undefined;
    }
  }

  async signOut(): Promise<void> {
    this.token = undefined;
    await this.request("POST", "/session/sign-out").catch(() => undefined);
  }

  /** Renews the access token; requests that fail together share one renewal. Rejects only when nothing was reached. */
  refresh(): Promise<boolean> {
    return this.changing?.then((changed) => changed || this.renew()) ?? this.renew();
  }

  private renew(): Promise<boolean> {
    this.refreshing ??= this.request<SessionTokens>("POST", "/session/refresh")
      .then(
        (tokens) => {
          this.token = tokens.access_token;
          return true;
        },
        (error: unknown) => {
          if (error instanceof ApiError && error.status === 401) {
            this.token = undefined;
            return false;
          }
          throw error;
        },
      )
      .finally(() => {
        this.refreshing = undefined;
      });
    return this.refreshing;
  }

  private take(answer: SessionTokens | SessionChallenge): SessionChallenge | undefined {
    if ("challenge" in answer) return answer;
    this.token = answer.access_token;
    return undefined;
  }

  private async send(method: Method, path: string, options: Options): Promise<Response> {
    const headers: Record<string, string> = { accept: "application/json", ...options.headers };
    if (this.token) headers["authorization"] = `Bearer ${this.token}`;
    if (options.body !== undefined) headers["content-type"] = "application/json";
    try {
      return await this.fetcher(path, {
        method, headers, credentials: "same-origin",
        ...(options.body === undefined ? {} : { body: JSON.stringify(options.body) }),
        ...(options.signal ? { signal: options.signal } : {}),
      });
    } catch (error) {
      if (error instanceof DOMException && error.name === "AbortError") throw error;
      throw new ApiError(0, "offline");
    }
  }

  private async read<T>(response: Response): Promise<T> {
    if (response.status === 204 || response.status === 202 && response.headers.get("content-length") === "0") return undefined as T;
    const text = await response.text();
    let value: unknown;
    try {
      value = text === "" ? undefined : JSON.parse(text);
    } catch {
      throw new ApiError(response.status, "unreadable");
    }
    if (response.ok) return value as T;
    const problem = (value ?? {}) as { code?: string; detail?: string; errors?: FieldProblem[] };
    throw new ApiError(response.status, problem.code ?? "unavailable", problem.detail, problem.errors);
  }
}
