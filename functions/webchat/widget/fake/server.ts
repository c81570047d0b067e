/** A web chat server in memory: for the tests, and for looking at the widget without an installation. */
import type { Config, Frame, Message, MessagePage, Outgoing, Reply } from "../src/protocol";

export interface Answer { status: number; body?: unknown; headers?: Record<string, string> }
export interface Question { method: string; path: string; query: URLSearchParams; token?: string | undefined; body: Record<string, unknown> }

interface Conversation {
  visitor: string;
  messages: Message[];
  readUpTo: number;
  seenUpTo: number;
  delivered: number;
  introduced: boolean;
  contact: Record<string, unknown> | undefined;
  sockets: Set<(frame: Frame) => void>;
}

export type FakeConfig = Partial<Omit<Config, "limits">> & { limits?: Partial<Config["limits"]> };

const refuse = (status: number, code: string, headers?: Record<string, string>): Answer => ({ status, body: { code, status }, ...(headers ? { headers } : {}) });

export class FakeServer {
  readonly asked: string[] = [];
  readonly conversations = new Map<string, Conversation>();
  /** What the next requests to a path get instead of an answer, in turn. `0` breaks the connection. */
  readonly faults = new Map<string, (Answer | 0)[]>();
  readonly people = new Map<string, string>();
  sockets = true;
  onMessage: (token: string, message: Message) => void = () => undefined;
  private next = 0;
  private readonly tokens = new Map<string, string>();
  private readonly files = new Map<string, { name: string; type: string; size: number; url: string }>();

  constructor(public config: FakeConfig = {}) {}

  /** How often a path was asked for. */
  count(route: string): number {
    return this.asked.filter((one) => one === route).length;
  }

  of(token: string | undefined): Conversation | undefined {
    return this.conversations.get(this.tokens.get(token ?? "") ?? "");
  }

  get only(): Conversation {
    return [...this.conversations.values()].at(-1) as Conversation;
  }

  /** The server no longer knows a token. */
  expire(): void {
    this.tokens.clear();
  }

  /** Somebody on our side writes. */
  say(text: string, over: Partial<Message> = {}, to = this.only): Message {
    const message = this.add(to, { from: "agent", author: "Ana", type: "text", text, ...over });
    this.push(to, { type: "message", message });
    return message;
  }

  push(to: Conversation, frame: Frame): void {
    to.sockets.forEach((one) => one(frame));
  }

  read(to = this.only): void {
    to.readUpTo = to.messages.filter((one) => one.from === "visitor").at(-1)?.seq ?? 0;
    this.push(to, { type: "read", up_to: to.readUpTo });
  }

  answer(question: Question): Answer | 0 {
    const { method, path } = question;
    const route = `${method} ${path.replace(/^files\/.*/, "files/*")}`;
    this.asked.push(route);
    const fault = this.faults.get(path)?.shift();
    if (fault !== undefined) return fault;
    if (route === "GET config") return { status: 200, body: { title: "Muebles Andes", colour: "#0B6B73", icon: "chat", welcome: "", language: "es", position: "right", ...this.config } };
    if (route === "POST sessions") return this.begin(question.body);
    const conversation = this.of(question.token);
    if (!conversation) return refuse(401, "unauthenticated");
    switch (route) {
      case "POST prechat":
        conversation.introduced = true;
        conversation.contact = { ...conversation.contact, ...question.body };
        return { status: 204 };
      case "POST messages": return this.post(question.token as string, conversation, question.body as unknown as Outgoing);
      case "GET messages": return { status: 200, body: page(conversation, question.query) };
      case "POST receipts":
        if (question.body["state"] === "delivered") conversation.delivered = Number(question.body["up_to_seq"]);
        else conversation.seenUpTo = Math.max(conversation.seenUpTo, Number(question.body["up_to_seq"]));
        return { status: 204 };
      case "POST files": {
        const id = `fi_${(this.next += 1)}`;
        this.files.set(id, { ...(question.body as { name: string; type: string; size: number }), url: `uploads/${id}` });
        return { status: 201, body: { file_id: id, upload: { url: `uploads/${id}`, method: "PUT", headers: {} } } };
      }
      case "POST sockets": return this.sockets ? { status: 201, body: { ticket: question.token, url: "ws://fake.example/socket" } } : refuse(503, "unavailable");
      default: return refuse(404, "not_found");
    }
  }

  private begin(body: Record<string, unknown>): Answer {
    const identity = body["identity"] as { id?: string; hash?: string; name?: string } | undefined;
    const proven = identity?.id !== undefined && identity.hash === `hash of ${identity.id}`;
    const given = body["restore"] ?? body["token"];
    const held = this.tokens.get(String(given ?? ""));
    const known = proven ? (this.people.get(identity.id as string) ?? held) : [...this.people.values()].includes(held ?? "") && body["restore"] === undefined ? undefined : held;
    const visitor = known ?? `vi_${(this.next += 1)}`;
    if (proven) this.people.set(identity.id as string, visitor);
    const conversation = this.conversations.get(visitor) ?? { visitor, messages: [], readUpTo: 0, seenUpTo: 0, delivered: 0, introduced: false, contact: undefined, sockets: new Set() };
    this.conversations.set(visitor, conversation);
    const token = `token ${(this.next += 1)} of ${visitor}`;
    this.tokens.set(token, visitor);
    const { messages, readUpTo, introduced } = conversation;
    return { status: 201, body: { token, visitor_id: visitor, expires_at: Date.now() + 30 * 86_400_000, seq: messages.length, read_up_to: readUpTo, identified: proven, restored: body["restore"] !== undefined, introduced: introduced || proven } };
  }

  private post(token: string, conversation: Conversation, body: Outgoing): Answer {
    const required = this.config.prechat?.enabled && this.config.prechat.fields.some((one) => one.required);
    if (required && !conversation.introduced) return refuse(409, "prechat_required");
    const known = conversation.messages.find((one) => one.client_message_id === body.client_message_id);
    if (known) return { status: 201, body: { id: known.id, seq: known.seq, at: known.at } };
    const file = body.file_id === undefined ? undefined : this.files.get(body.file_id);
    const message = this.add(conversation, {
      from: "visitor", type: file ? "attachment" : "text", client_message_id: body.client_message_id,
      ...(body.reply ? { text: body.reply.title } : body.text === undefined ? {} : { text: body.text }), ...(file ? { file: { ...file, inline: true } } : {}),
    });
    conversation.contact ??= {};
    this.push(conversation, { type: "message", message });
    this.onMessage(token, message);
    return { status: 201, body: { id: message.id, seq: message.seq, at: message.at } };
  }

  add(conversation: Conversation, part: Partial<Message> & Pick<Message, "from" | "type">): Message {
    const message: Message = { id: `me_${(this.next += 1)}`, seq: conversation.messages.length + 1, at: new Date().toISOString(), ...part };
    conversation.messages.push(message);
    return message;
  }
}

function page({ messages, readUpTo, seenUpTo }: Conversation, query: URLSearchParams): MessagePage {
  const limit = Number(query.get("limit") ?? 50);
  const before = query.get("before");
  const fitting = before === null ? messages.filter((one) => one.seq > Number(query.get("since") ?? 0)) : messages.filter((one) => one.seq < Number(before));
  return { messages: before === null ? fitting.slice(0, limit) : fitting.slice(-limit), seq: messages.length, more: fitting.length > limit, read_up_to: readUpTo, seen_up_to: seenUpTo };
}

export type { Conversation, Reply };
