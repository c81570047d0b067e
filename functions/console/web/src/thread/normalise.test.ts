import { describe, expect, it } from "vitest";
import { normaliseItem } from "./normalise";

const base = { item: "message", id: 5, contact_id: 1, traffic: "outgoing", at: 1, content: { kind: "text", text: "x" } };

describe("items of the API", () => {
  it("reads a quoted message in each of its forms", () => {
    expect(normaliseItem({ ...base, reply_to: 4, reply_preview: { id: 4, preview: "hola", traffic: "incoming" } })).toMatchObject({
      reply: { id: 4, preview: "hola", traffic: "incoming" },
    });
    expect(normaliseItem({ ...base, reply_to: { channel_message_id: "w", preview: "hola" } })).toMatchObject({ reply: { preview: "hola" } });
    expect(normaliseItem({ ...base, reply_to: { channel_message_id: "w" } })).toHaveProperty("reply", {});
    expect(normaliseItem(base)).not.toHaveProperty("reply");
  });

  it("knows which failures may be tried again", () => {
    expect(normaliseItem({ ...base, failure: { class: "outside_window", reason: "window_closed" } })).toMatchObject({ failure: { retryable: false } });
    expect(normaliseItem({ ...base, failure: { class: "final", reason: "undeliverable" } })).toMatchObject({ failure: { retryable: true } });
    expect(normaliseItem({ ...base, failure: { class: "final", reason: "x", retryable: false } })).toMatchObject({ failure: { retryable: false } });
  });

  it("has reactions even where none came, and drops taken back ones", () => {
    expect(normaliseItem(base)).toMatchObject({ reactions: [] });
    expect(normaliseItem({ ...base, reactions: [{ from: "contact", emoji: "", at: 1 }] })).toMatchObject({ reactions: [] });
  });

  it("shows a message without readable content as a placeholder", () => {
    expect(normaliseItem({ ...base, content: null })).toMatchObject({ content: { kind: "unsupported" } });
  });

  it("gathers an event's particulars and a comment's author", () => {
    expect(normaliseItem({ item: "activity", id: 1, contact_id: 2, type: "assigned", at: 3, assignee: "us_2", actor: { source: "user", user_id: "us_1" } })).toEqual({
      item: "activity", id: 1, contact_id: 2, type: "assigned", at: 3, actor: { source: "user", user_id: "us_1" }, data: { assignee: "us_2" },
    });
    expect(normaliseItem({ item: "comment", id: 1, author: { source: "user", user_id: "us_1" }, text: "x" })).toMatchObject({ author: "us_1", mentions: [] });
  });

  it.each([null, 3, {}, { item: "message" }, { item: "other", id: 1 }])("leaves %j out", (wire) => {
    expect(normaliseItem(wire)).toBeUndefined();
  });
});
