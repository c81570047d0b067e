import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { debounced } from "./hub";
import { Realtime, reconnectDelay, type Frame } from "./socket";

class FakeSocket {
  static readonly OPEN = 1;
  static made: FakeSocket[] = [];
  readyState = 0;
  sent: unknown[] = [];
  onopen: (() => void) | undefined;
  onclose: (() => void) | undefined;
  onmessage: ((event: { data: string }) => void) | undefined;
  constructor(readonly url: string) {
    FakeSocket.made.push(this);
  }
  send(text: string) {
    this.sent.push(JSON.parse(text));
  }
  close() {
    this.readyState = 3;
    this.onclose?.();
  }
  accept() {
    this.readyState = 1;
    this.onopen?.();
  }
}

const flush = () => vi.advanceTimersByTimeAsync(0);

function started() {
  const seen = { frames: [] as Frame[], opened: 0, readings: 0, lost: 0 };
  let tickets = 0;
  const realtime = new Realtime(async () => ({ ticket: `t${(tickets += 1)}`, url: "wss://socket.example" }), {
    frame: (frame) => seen.frames.push(frame),
    open: () => (seen.opened += 1),
    catchUp: () => (seen.readings += 1),
    lost: () => (seen.lost += 1),
  });
  realtime.start();
  return { realtime, seen, tickets: () => tickets };
}

beforeEach(() => {
  vi.useFakeTimers();
  FakeSocket.made = [];
  vi.stubGlobal("WebSocket", FakeSocket);
});

afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

test("waits longer after each failed attempt, never beyond half a minute, never in step with others", () => {
  expect(reconnectDelay(0, 0)).toBe(250);
  expect(reconnectDelay(0, 1)).toBe(500);
  expect(reconnectDelay(3, 1)).toBe(4000);
  expect(reconnectDelay(20, 1)).toBe(30_000);
  expect(reconnectDelay(20, 0)).toBe(15_000);
});

test("opens with a fresh ticket each time and asks for catching up each time", async () => {
  const { realtime, seen, tickets } = started();
  await flush();
  FakeSocket.made[0]?.accept();
  expect(FakeSocket.made[0]?.url).toBe("wss://socket.example?ticket=t1");
  FakeSocket.made[0]?.close();
  expect(seen.lost).toBe(1);
  await vi.advanceTimersByTimeAsync(1000);
  FakeSocket.made[1]?.accept();
  expect(tickets()).toBe(2);
  expect(seen).toMatchObject({ opened: 2, readings: 2 });
  realtime.stop();
});

test("catches up at the first opening, and again once the server surely knows the socket", async () => {
  const { realtime, seen } = started();
  await flush();
  expect(seen.readings).toBe(0);
  FakeSocket.made[0]?.accept();
  expect(seen.readings).toBe(1);
  await vi.advanceTimersByTimeAsync(10_000);
  expect(seen.readings).toBe(2);
  realtime.stop();
});

test("tells the server again who is looked at after reconnecting", async () => {
  const { realtime } = started();
  await flush();
  FakeSocket.made[0]?.accept();
  realtime.view(7);
  FakeSocket.made[0]?.close();
  await vi.advanceTimersByTimeAsync(1000);
  FakeSocket.made[1]?.accept();
  expect(FakeSocket.made[1]?.sent).toEqual([{ type: "viewing", contact_id: 7 }]);
  realtime.stop();
});

test("tells that one types once in a while, not with each key", async () => {
  const { realtime } = started();
  await flush();
  FakeSocket.made[0]?.accept();
  realtime.typing(7);
  realtime.typing(7);
  await vi.advanceTimersByTimeAsync(3000);
  realtime.typing(7);
  realtime.typing(8);
  expect(FakeSocket.made[0]?.sent).toEqual([7, 7, 8].map((contact_id) => ({ type: "typing", contact_id })));
  realtime.stop();
});

test("keeps the connection alive", async () => {
  const { realtime } = started();
  await flush();
  FakeSocket.made[0]?.accept();
  await vi.advanceTimersByTimeAsync(9 * 60_000);
  expect(FakeSocket.made[0]?.sent).toEqual([{ type: "ping" }, { type: "ping" }]);
  realtime.stop();
});

test("a frame that cannot be read does no harm", async () => {
  const { realtime, seen } = started();
  await flush();
  FakeSocket.made[0]?.accept();
  FakeSocket.made[0]?.onmessage?.({ data: "{" });
  FakeSocket.made[0]?.onmessage?.({ data: '{"type":"hint"}' });
  expect(seen.frames).toEqual([{ type: "hint" }]);
  realtime.stop();
});

test("stays closed once stopped", async () => {
  const { realtime } = started();
  await flush();
  FakeSocket.made[0]?.accept();
  realtime.stop();
  await vi.advanceTimersByTimeAsync(60_000);
  expect(FakeSocket.made).toHaveLength(1);
});

test("many changes are answered by one reading, and not put off for ever", () => {
  const run = vi.fn();
  const soon = debounced(run, 800, 4000);
  for (let at = 0; at < 4000; at += 400) {
    soon.call();
    vi.advanceTimersByTime(400);
  }
  expect(run).toHaveBeenCalledTimes(1);
  vi.advanceTimersByTime(800);
  expect(run.mock.calls.length).toBeLessThanOrEqual(2);
});

test("frames that come together are taken one after the other", async () => {
  const { realtime, seen } = started();
  await flush();
  FakeSocket.made[0]?.accept();
  FakeSocket.made[0]?.onmessage?.({ data: '{"type":"frames","frames":[{"type":"gone","contact_id":1},{"type":"hint"}]}' });
  expect(seen.frames).toEqual([{ type: "gone", contact_id: 1 }, { type: "hint" }]);
  realtime.stop();
});
