import { beforeEach, describe, expect, it, vi } from "vitest";
import type { ConversationApi } from "./host";
import { Outbox, type Outgoing } from "./outbox";
import { Timeline } from "./timeline";
import type { Waiting, WaitingStore } from "./waiting";

const message = (id: number, over: object = {}) => ({
  item: "message", id, contact_id: 1, contact_channel_id: "cc", channel_id: "ch", traffic: "incoming", at: id, received_at: id,
  content: { kind: "text", text: `m${id}` }, sender: { source: "contact" }, version: 1, ...over,
});
const ours = (id: number, over: object = {}) => message(id, { traffic: "outgoing", sender: { source: "user", user_id: "me" }, state: "sent", ...over });
const hello: Outgoing = {
  contactChannel: "cc", channel: "ch", shown: { kind: "text", text: "hola" }, content: { kind: "text", text: "hola" },
};

/** A browser's storage over several pages. */
function memory(): WaitingStore & { held: Map<string, Waiting> } {
  const held = new Map<string, Waiting>();
  return {
    held,
    put: async (one) => void held.set(one.key, structuredClone(one)),
    remove: async (key) => void held.delete(key),
    all: async (scope) => [...held.values()].filter((one) => one.scope === scope),
    clear: async () => held.clear(),
  };
}

class Refused extends Error {
  constructor(readonly status: number, readonly code: string) { super(code); }
}

describe("an open conversation", () => {
  const api = {
    page: vi.fn<ConversationApi["page"]>(), send: vi.fn<ConversationApi["send"]>(), comment: vi.fn<ConversationApi["comment"]>(),
  };
  const host = {
    api: api as unknown as ConversationApi, me: "me", workspace: "ws_1", updateHead: vi.fn(),
    refusalOf: (error: unknown) => error instanceof Refused ? { status: error.status, code: error.code } : { status: 0, code: "offline" },
  };
  let keys = 0;
  const waits: (() => void)[] = [];
  let now = 1000;
  const clock = { now: () => now, wait: () => new Promise<void>((resolve) => waits.push(resolve)), newKey: () => `k${(keys += 1)}` };
  let timeline: Timeline;
  let outbox: Outbox;
  const ids = () => timeline.getSnapshot().items.map((item) => item.id);
  const states = () => timeline.getSnapshot().items.map((item) => ("state" in item ? item.state : undefined));
  const settle = () => vi.waitFor(() => undefined).then(() => new Promise((resolve) => setTimeout(resolve)));

  beforeEach(() => {
    vi.resetAllMocks();
    keys = 0;
    now = 1000;
    waits.length = 0;
    timeline = new Timeline(1, host);
    outbox = new Outbox(timeline, host, clock);
  });

  it("shows what was said in one second as it came, whatever the ids are", async () => {
    const second = 1_767_225_600 * 2 ** 20;
    const said = [
      message(second + 900_000, { received_at: 5_000 }), message(second + 7, { received_at: 5_001 }), message(second + 500_000, { received_at: 5_002 }),
      message(second + 2 ** 20 + 1, { received_at: 4_000 }),
    ];
    api.page.mockResolvedValue({ items: [...said].reverse() } as never);
    await timeline.load();
    expect(ids()).toEqual(said.map((one) => one.id));
  });

  it("goes on after a reload with the same key and in the same order, and leaves nothing once it is sent", async () => {
    const store = memory();
    api.send.mockReturnValue(new Promise(() => undefined));
    const first = new Outbox(new Timeline(1, host), host, clock, store);
    first.send(hello);
    now += 5;
    first.send({ ...hello, content: { kind: "text", text: "otra" } });
    expect([...store.held.keys()]).toEqual(["k1", "k2"]);
    api.send.mockReset().mockResolvedValueOnce({ message: ours(7) }).mockResolvedValueOnce({ message: ours(8) });
    outbox = new Outbox(timeline, host, clock, store);
    outbox.restore(await store.all("ws_1|me"));
    outbox.restore(await store.all("ws_1|me"));
    expect(states()).toEqual(["pending", "pending"]);
    await settle();
    expect(api.send.mock.calls.map(([, key]) => key)).toEqual(["k1", "k2"]);
    expect(ids()).toEqual([7, 8]);
    expect(store.held.size).toBe(0);
  });

  it("does not send unasked what waited too long, nor what another person wrote", async () => {
    const store = memory();
    new Outbox(new Timeline(1, host), { ...host, api: { ...host.api, send: () => new Promise(() => undefined) } as ConversationApi }, clock, store).send(hello);
    expect(await store.all("ws_1|somebody")).toEqual([]);
    now += 3_600_000;
    outbox = new Outbox(timeline, host, clock, store);
    outbox.restore(await store.all("ws_1|me"));
    expect(states()).toEqual(["failed"]);
    expect(api.send).not.toHaveBeenCalled();
    api.send.mockResolvedValueOnce({ message: ours(7) });
    outbox.retry("k1");
    await settle();
    expect(ids()).toEqual([7]);
  });

  it("puts pages before one another, oldest first, without doubles", async () => {
    api.page.mockResolvedValueOnce({ items: [message(5), message(4)], next_cursor: "a" }).mockResolvedValueOnce({ items: [message(4), message(3)] });
    await timeline.load();
    expect(timeline.getSnapshot().older).toBe("more");
    await timeline.loadOlder();
    expect(ids()).toEqual([3, 4, 5]);
    expect(timeline.getSnapshot().older).toBe("none");
  });

  it("keeps older pages over a short gap and drops them over one that hides messages", async () => {
    api.page.mockResolvedValueOnce({ items: [message(2), message(1)] });
    await timeline.load();
    api.page.mockResolvedValueOnce({ items: [message(3), message(2)], next_cursor: "b" });
    await timeline.load();
    expect(ids()).toEqual([1, 2, 3]);
    api.page.mockResolvedValueOnce({ items: [message(9), message(8)], next_cursor: "c" });
    await timeline.load();
    expect(ids()).toEqual([8, 9]);
    expect(timeline.getSnapshot().older).toBe("more");
  });

  it("takes newer versions of an item and refuses older ones", () => {
    timeline.push(ours(1, { state: "read", version: 3 }));
    timeline.push(ours(1, { state: "delivered", version: 2 }));
    expect(states()).toEqual(["read"]);
  });

  it("shows a message at once and makes it the server's without a second row", async () => {
    let answer: (value: { message: object }) => void = () => undefined;
    api.send.mockReturnValueOnce(new Promise((resolve) => { answer = resolve; }));
    timeline.push(message(10));
    outbox.send(hello);
    expect(states()).toEqual([undefined, "pending"]);
    // The push of the very message may overtake the answer.
    timeline.push(ours(11));
    expect(ids()).toHaveLength(2);
    answer({ message: ours(11, { state: "pending" }) });
    await settle();
    expect(ids()).toEqual([10, 11]);
    expect(timeline.find(11)?.client_key).toBe("k1");
    timeline.push(ours(11, { state: "delivered", version: 2 }));
    expect(timeline.find(11)).toMatchObject({ client_key: "k1", state: "delivered" });
  });

  it("sends in order and repeats with the same key after a lost connection", async () => {
    api.send.mockRejectedValueOnce(new TypeError("network")).mockResolvedValueOnce({ message: ours(1) }).mockResolvedValueOnce({ message: ours(2) });
    outbox.send(hello);
    outbox.send({ ...hello, shown: { kind: "text", text: "dos" } });
    await settle();
    expect(states()).toEqual(["pending", "pending"]);
    expect(api.send).toHaveBeenCalledTimes(1);
    waits.shift()?.();
    await settle();
    expect(api.send.mock.calls.map((call) => call[1])).toEqual(["k1", "k1", "k2"]);
    expect(states()).toEqual(["sent", "sent"]);
  });

  it("shows a refusal with its reason, goes on with the next, and tries again when told to", async () => {
    api.send.mockRejectedValueOnce(new Refused(409, "window_closed")).mockResolvedValueOnce({ message: ours(2) });
    outbox.send(hello);
    outbox.send(hello);
    await settle();
    const items = timeline.getSnapshot().items;
    expect(items.map((item) => ("state" in item ? item.state : ""))).toEqual(["sent", "failed"]);
    expect(items[1]).toMatchObject({ failure: { reason: "window_closed" } });
    api.send.mockResolvedValueOnce({ message: ours(3) });
    outbox.retry("k1");
    await settle();
    expect(ids()).toEqual([2, 3]);
  });

  it("takes back what was never sent", async () => {
    api.send.mockRejectedValueOnce(new Refused(422, "invalid"));
    outbox.send(hello);
    await settle();
    outbox.discard("k1");
    expect(ids()).toEqual([]);
  });

  it("keeps a comment as a comment", async () => {
    api.comment.mockResolvedValueOnce({ comment: { id: 7, contact_id: 1, author: { source: "user", user_id: "me" }, text: "x", at: 7 } });
    outbox.comment("x");
    await settle();
    expect(timeline.getSnapshot().items).toMatchObject([{ item: "comment", id: 7, author: "me" }]);
  });
});
