/** The realtime socket: opened with a single-use ticket, kept alive, reopened with jitter. Reading catches up, never a replay. */
export type Frame =
  | { type: "head"; head: unknown }
  | { type: "item"; contact_id: number; version: number; item: unknown }
  | { type: "gone"; contact_id: number; merged_into?: number }
  | { type: "hint" }
  | { type: "notification"; notification: unknown }
  | { type: "settings"; version: number }
  /** Without a user it is the contact who types. */
  | { type: "typing"; contact_id: number; user_id?: string }
  | { type: "pong" };

export interface SocketEvents {
  frame: (frame: Frame) => void;
  open: () => void;
  /**
   * What is shown must be read again: at each opening, the first one too, because the lists were read before it; and once more
   * when the server surely counts this socket among those that it pushes to.
   */
  catchUp: () => void;
  lost: () => void;
}

const PING_MS = 4 * 60_000;
const TYPING_MS = 3_000;
const RENEW_MS = 110 * 60_000;
/** The publisher reads who listens at most every three seconds: until then a push may pass a new socket by. */
const SETTLED_MS = 4_000;

/** Milliseconds before attempt `n` (from 0): 0.5 s doubling to 30 s, half of it random. */
export function reconnectDelay(attempt: number, random: number): number {
  const base = Math.min(30_000, 500 * 2 ** attempt);
  return base / 2 + (base / 2) * random;
}

export class Realtime {
  private socket: WebSocket | undefined;
  private attempt = 0;
  private stopped = false;
  private timers: ReturnType<typeof setTimeout>[] = [];
  private viewing: number | null = null;
  private typed: { contact: number; at: number } | undefined;

  constructor(
    private readonly ticket: () => Promise<{ ticket: string; url: string }>,
    private readonly events: SocketEvents,
  ) {}

  start(): void {
    void this.connect();
    addEventListener("online", this.now);
  }

  stop(): void {
    this.stopped = true;
    removeEventListener("online", this.now);
    this.clear();
    this.socket?.close();
  }

  view(contact: number | null): void {
    this.viewing = contact;
    this.send({ type: "viewing", contact_id: contact });
  }

  /** Called with each key; told once in a while. */
  typing(contact: number): void {
    if (this.typed?.contact === contact && Date.now() - this.typed.at < TYPING_MS) return;
    this.typed = { contact, at: Date.now() };
    this.send({ type: "typing", contact_id: contact });
  }

  private readonly now = () => {
    if (this.socket) return;
    this.attempt = 0;
    this.clear();
    void this.connect();
  };

  private clear(): void {
    this.timers.forEach(clearTimeout);
    this.timers = [];
  }

  private send(frame: object): void {
    if (this.socket?.readyState === WebSocket.OPEN) this.socket.send(JSON.stringify(frame));
  }

  private again(): void {
    if (this.stopped) return;
    this.clear();
    this.timers.push(setTimeout(() => void this.connect(), reconnectDelay(this.attempt, Math.random())));
    this.attempt += 1;
  }

  private async connect(): Promise<void> {
    let address: string;
    try {
      const { ticket, url } = await this.ticket();
      address = `${url}?ticket=${encodeURIComponent(ticket)}`;
    } catch {
      this.again();
      return;
    }
    if (this.stopped || this.socket) return;
    const socket = new WebSocket(address);
    this.socket = socket;
    socket.onopen = () => {
      this.attempt = 0;
      this.events.open();
      this.events.catchUp();
      if (this.viewing !== null) this.view(this.viewing);
      const ping = () => {
        this.send({ type: "ping" });
        this.timers.push(setTimeout(ping, PING_MS));
      };
      this.timers.push(
        setTimeout(() => this.events.catchUp(), SETTLED_MS),
        setTimeout(ping, PING_MS),
        setTimeout(() => socket.close(), RENEW_MS + Math.random() * 300_000),
      );
    };
    socket.onmessage = (event) => {
      try {
        const said = JSON.parse(String(event.data)) as Frame | { type: "frames"; frames: Frame[] };
        // What belongs to one change comes together.
        (said.type === "frames" ? said.frames : [said]).forEach((frame) => this.events.frame(frame));
      } catch {
        // A frame that cannot be read is caught up with by the next reading.
      }
    };
    socket.onclose = () => {
      if (this.socket !== socket) return;
      this.socket = undefined;
      this.events.lost();
      this.again();
    };
  }
}
