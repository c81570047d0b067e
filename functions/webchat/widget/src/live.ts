/** The way in which news arrive: a socket, reopened with jitter, or asking now and then where sockets do not get through. */
import { backoff } from "./api";
import type { Frame } from "./protocol";

export interface LiveEvents {
  frame: (frame: Frame) => void;
  /** News may have been missed: read them. */
  catchUp: () => void;
  state: (state: LiveState) => void;
}

export type LiveState = "off" | "connecting" | "open" | "lost" | "polling";

export const PING_MS = 4 * 60_000;
const PONG_MS = 15_000;
const OPENING_MS = 10_000;
const RENEW_MS = 110 * 60_000;
/** Attempts that fail in a row before asking takes over. */
export const ATTEMPTS = 3;
export const POLL_MS = 5_000;
export const QUIET_POLL_MS = 30_000;
const SOCKET_AGAIN_MS = 60_000;

type Timer = ReturnType<typeof setTimeout>;

export class Live {
  state: LiveState = "off";
  private socket: WebSocket | undefined;
  private attempt = 0;
  private wanted = false;
  private generation = 0;
  private readonly timers = new Map<string, Timer>();

  constructor(
    private readonly ticket: () => Promise<{ ticket: string; url: string }>,
    private readonly events: LiveEvents,
    /** Whether somebody looks at the conversation. */
    private readonly watched: () => boolean,
  ) {}

  start(): void {
    if (this.wanted) return;
    this.wanted = true;
    addEventListener("online", this.now);
    document.addEventListener("visibilitychange", this.probe);
    void this.connect();
  }

  stop(): void {
    if (!this.wanted) return;
    this.wanted = false;
    removeEventListener("online", this.now);
    document.removeEventListener("visibilitychange", this.probe);
    this.drop();
    this.attempt = 0;
    this.change("off");
  }

  send(frame: object): void {
    if (this.socket?.readyState === 1) this.socket.send(JSON.stringify(frame));
  }

  private drop(): void {
    this.generation += 1;
    this.timers.forEach(clearTimeout);
    this.timers.clear();
    const socket = this.socket;
    this.socket = undefined;
    socket?.close();
  }

  private after(name: string, delay: number, work: () => void): void {
    clearTimeout(this.timers.get(name));
    this.timers.set(name, setTimeout(work, delay));
  }

  private change(state: LiveState): void {
    if (state === this.state) return;
    this.state = state;
    this.events.state(state);
  }

  private readonly now = () => {
    this.attempt = 0;
    this.drop();
    void this.connect();
  };

  /** Back in front of somebody's eyes: a socket may have died unnoticed while the page slept. */
  private readonly probe = () => {
    if (document.visibilityState !== "visible") return;
    if (this.state === "open") this.ping();
    else if (this.state === "polling") this.poll();
    else if (this.state === "lost") this.now();
  };

  private ping(): void {
    this.send({ type: "ping" });
    this.after("pong", PONG_MS, () => this.lose());
    this.after("ping", PING_MS, () => this.ping());
  }

  private async connect(): Promise<void> {
    const generation = this.generation;
    if (this.state !== "polling") this.change(this.attempt === 0 && this.state !== "lost" ? "connecting" : "lost");
    let address: string;
    try {
      const { ticket, url } = await this.ticket();
      address = `${url}?ticket=${encodeURIComponent(ticket)}`;
    } catch {
      if (generation === this.generation) this.lose();
      return;
    }
    if (generation !== this.generation) return;
    let socket: WebSocket;
    try {
      socket = new WebSocket(address);
    } catch {
      this.lose();
      return;
    }
    this.socket = socket;
    this.after("opening", OPENING_MS, () => this.lose());
    socket.onopen = () => {
      if (this.socket === socket) this.opened();
    };
    socket.onmessage = (event) => {
      if (this.socket === socket) this.read(String(event.data));
    };
    socket.onclose = () => {
      if (this.socket === socket) this.lose();
    };
  }

  private opened(): void {
    clearTimeout(this.timers.get("opening"));
    clearTimeout(this.timers.get("poll"));
    this.attempt = 0;
    this.change("open");
    this.after("ping", PING_MS, () => this.ping());
    this.after("renew", RENEW_MS + Math.random() * 300_000, this.now);
    this.events.catchUp();
  }

  private read(data: string): void {
    let frame: Frame;
    try {
      frame = JSON.parse(data) as Frame;
    } catch {
      return;
    }
    // Any frame proves that the socket lives.
    clearTimeout(this.timers.get("pong"));
    if (frame.type !== "pong") this.events.frame(frame);
  }

  private lose(): void {
    this.drop();
    if (!this.wanted) return;
    this.attempt += 1;
    if (this.attempt < ATTEMPTS) {
      this.change("lost");
      this.after("again", backoff(this.attempt - 1, Math.random()), () => void this.connect());
      return;
    }
    this.change("polling");
    this.poll();
    this.after("again", SOCKET_AGAIN_MS * (0.75 + Math.random() / 2), () => void this.connect());
  }

  private poll(): void {
    this.events.catchUp();
    const every = this.watched() ? POLL_MS : QUIET_POLL_MS;
    this.after("poll", every * (0.8 + Math.random() * 0.4), () => this.poll());
  }
}
