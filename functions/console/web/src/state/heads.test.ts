import { beforeEach, expect, test } from "vitest";
import type { ContactHead } from "../api/types";
import { belongs, DEFAULT_QUERY, place, useHeads, type ListState } from "./heads";

const head = (id: number, more: Partial<ContactHead> = {}): ContactHead =>
  ({ id, name: `C${id}`, assignee: null, status: "open", unread: 0, unreplied: false, failed: 0, blocked: false, channels: [], tags: [], created_at: 0, sorted_at: id * 10, version: 1, conversation: null, ...more }) as ContactHead;

const list = (ids: number[]): ListState => ({ ids, cursor: undefined, state: "ready", waiting: [] });

beforeEach(() => useHeads.getState().reset());

test("an older version never replaces a newer one", () => {
  const { take } = useHeads.getState();
  take([head(1, { version: 5, name: "new" })]);
  expect(take([head(1, { version: 4, name: "old" })])).toEqual([]);
  expect(useHeads.getState().heads.get(1)?.name).toBe("new");
});

test("a row's tick follows the status of its last message, and a reading that knows less does not take it back", () => {
  const { take, progress } = useHeads.getState();
  const said = (state: "sent" | "delivered" | "read" | "failed" | "pending", id = 7) => ({ id, at: 1, traffic: "outgoing" as const, kind: "text", preview: "Hola", channel_id: "ch_1", state });
  const tick = () => useHeads.getState().heads.get(1)?.last_message?.state;
  take([head(1, { version: 1, last_message: said("sent") })]);
  progress(1, 6, "read");
  expect(tick()).toBe("sent");
  progress(1, 7, "read");
  progress(1, 7, "delivered");
  expect(tick()).toBe("read");
  take([head(1, { version: 2, unread: 1, last_message: said("sent") })]);
  expect(tick()).toBe("read");
  expect(useHeads.getState().heads.get(1)?.unread).toBe(1);
  take([head(1, { version: 3, last_message: said("sent", 8) })]);
  expect(tick()).toBe("sent");
  expect(take([head(1, { version: 3, last_message: said("delivered", 8) })])).toEqual([]);
  expect(tick()).toBe("delivered");
  take([head(1, { version: 4, last_message: said("failed", 9) })]);
  take([head(1, { version: 5, last_message: said("pending", 9) })]);
  expect(tick()).toBe("pending");
});

test("inboxes and filters decide who belongs", () => {
  expect(belongs(head(1), DEFAULT_QUERY, "usr_1")).toBe(true);
  expect(belongs(head(1, { assignee: "usr_2" }), { ...DEFAULT_QUERY, inbox: "mine" }, "usr_1")).toBe(false);
  expect(belongs(head(1, { assignee: "usr_1" }), { ...DEFAULT_QUERY, inbox: "unassigned" }, "usr_1")).toBe(false);
  expect(belongs(head(1, { status: "closed" }), DEFAULT_QUERY, "usr_1")).toBe(false);
  expect(belongs(head(1), { ...DEFAULT_QUERY, unreplied: true }, "usr_1")).toBe(false);
});

test("a new row appears in order, or waits while the list is held", () => {
  const heads = new Map([1, 2, 3].map((id) => [id, head(id)]));
  expect(place(list([2, 1]), head(3), DEFAULT_QUERY, "u", heads, false, undefined).ids).toEqual([3, 2, 1]);
  const held = place(list([2, 1]), head(3), DEFAULT_QUERY, "u", heads, true, undefined);
  expect(held.ids).toEqual([2, 1]);
  expect(held.waiting).toEqual([3]);
});

test("the selected row stays where it is even when it no longer belongs", () => {
  const heads = new Map([1, 2].map((id) => [id, head(id)]));
  expect(place(list([2, 1]), head(1, { status: "closed" }), DEFAULT_QUERY, "u", heads, false, 1).ids).toEqual([2, 1]);
  expect(place(list([2, 1]), head(1, { status: "closed" }), DEFAULT_QUERY, "u", heads, false, 2).ids).toEqual([2]);
});
