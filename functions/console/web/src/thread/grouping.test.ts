import { describe, expect, it } from "vitest";
import { groupTimeline, type Row } from "./grouping";
import type { Activity, Comment, Message, TimelineItem } from "./model";
import { dayOf, daysBetween } from "./zone";

const ZONE = "America/Guayaquil";
const NOON = Date.parse("2026-11-22T12:00:00-05:00");
const MINUTE = 60_000;

function message(id: number, at: number, over: Partial<Message> = {}): TimelineItem {
  return {
    item: "message", id, at, received_at: at, contact_id: 1, contact_channel_id: "cc", channel_id: "ch", traffic: "incoming",
    content: { kind: "text", text: `m${id}` }, sender: { source: "contact" }, reactions: [], version: 1, ...over,
  };
}
function comment(id: number, at: number): TimelineItem {
  const body: Comment = { id, at, contact_id: 1, author: "us_1", text: "x", mentions: [] };
  return { item: "comment", ...body };
}
function event(id: number, at: number): TimelineItem {
  const body: Activity = { id, at, contact_id: 1, type: "assigned", actor: { source: "user" }, data: {} };
  return { item: "activity", ...body };
}
const shape = (rows: Row[]) =>
  rows.flatMap((row) => [
    ...(row.day ? ["day"] : []),
    row.kind === "message" ? `${row.first ? "<" : ""}${row.message.id}${row.last ? ">" : ""}` : row.kind,
  ]);

describe("runs", () => {
  it("joins one author's messages within three minutes of the first", () => {
    const items = [message(1, NOON), message(2, NOON + MINUTE), message(3, NOON + 3 * MINUTE), message(4, NOON + 4 * MINUTE)];
    expect(shape(groupTimeline(items, { zone: ZONE }))).toEqual(["day", "<1", "2", "3>", "<4>"]);
  });

  it("breaks at another author, another channel, a comment and an event", () => {
    const ours = { traffic: "outgoing", sender: { source: "user", user_id: "us_1" } } as const;
    const other = { traffic: "outgoing", sender: { source: "user", user_id: "us_2" } } as const;
    const items = [
      message(1, NOON), message(2, NOON, ours), message(3, NOON, other), message(4, NOON, { ...other, contact_channel_id: "c2" }),
      comment(5, NOON), message(6, NOON), event(7, NOON), message(8, NOON),
    ];
    expect(shape(groupTimeline(items, { zone: ZONE }))).toEqual([
      "day", "<1>", "<2>", "<3>", "<4>", "comment", "<6>", "event", "<8>",
    ]);
  });
});

describe("days", () => {
  it("separates by the workspace's days, not by those of UTC", () => {
    const late = Date.parse("2026-11-22T23:59:00-05:00");
    const rows = groupTimeline([message(1, late), message(2, late + 2 * MINUTE)], { zone: ZONE });
    expect(shape(rows)).toEqual(["day", "<1>", "day", "<2>"]);
    expect(dayOf(late, ZONE)).toBe("2026-11-22");
    expect(dayOf(late, "UTC")).toBe("2026-11-23");
    expect(dayOf(late, "Asia/Kathmandu")).toBe("2026-11-23");
  });

  it("claims no beginning of a day while older messages are to come", () => {
    const late = Date.parse("2026-11-22T23:59:00-05:00");
    const rows = groupTimeline([message(1, late), message(2, late + 2 * MINUTE)], { zone: ZONE, moreBefore: true });
    expect(shape(rows)).toEqual(["<1>", "day", "<2>"]);
  });

  it("counts whole days over a year's end", () => {
    expect(daysBetween("2026-12-31", "2027-01-01")).toBe(1);
    expect(daysBetween("2026-03-01", "2026-02-28")).toBe(-1);
  });
});

describe("events", () => {
  const four = [1, 2, 3, 4].map((id) => event(id, NOON));

  it("shows up to three and folds more", () => {
    expect(shape(groupTimeline(four.slice(0, 3), { zone: ZONE }))).toEqual(["day", "event", "event", "event"]);
    expect(shape(groupTimeline(four, { zone: ZONE }))).toEqual(["day", "events"]);
  });

  it("stays open under the same key when an older page lengthens the fold", () => {
    const key = groupTimeline(four, { zone: ZONE })[0]?.key ?? "";
    const longer = groupTimeline([event(0, NOON), ...four], { zone: ZONE, opened: new Set([key]) })[0];
    expect(longer).toMatchObject({ kind: "events", key, open: true });
  });

  it("can be left out", () => {
    expect(shape(groupTimeline([...four, message(9, NOON)], { zone: ZONE, hideEvents: true }))).toEqual(["day", "<9>"]);
  });
});

describe("unread mark", () => {
  it("stands before the first unread message and breaks its run", () => {
    const rows = groupTimeline([message(1, NOON), message(2, NOON)], { zone: ZONE, unreadFrom: { id: 2, count: 1 } });
    expect(shape(rows)).toEqual(["day", "<1>", "unread", "<2>"]);
  });
});
