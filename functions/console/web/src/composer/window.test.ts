import { describe, expect, it } from "vitest";
import { countdown, nextChange, windowOf } from "./window";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const NOW = 1_800_000_000_000;

describe("window", () => {
  it("runs 24 hours from the contact's last message", () => {
    expect(windowOf({ last_inbound_at: NOW - HOUR }, DAY, NOW)).toMatchObject({ open: true, left: 23 * HOUR, soon: false });
    expect(windowOf({ last_inbound_at: NOW - 24 * HOUR }, DAY, NOW)).toMatchObject({ open: false });
  });
  it("takes the server's end over its own sum", () => {
    expect(windowOf({ last_inbound_at: NOW, window_closes_at: NOW + 41 * MINUTE }, DAY, NOW)).toMatchObject({ left: 41 * MINUTE, soon: true });
  });
  it("goes on with a tag where people may answer for longer", () => {
    const wrote = (ago: number) => ({ last_inbound_at: NOW - ago, window_closes_at: NOW - ago + 7 * DAY });
    expect(windowOf(wrote(HOUR), DAY, NOW)).toMatchObject({ left: 23 * HOUR, tagged: false });
    expect(windowOf(wrote(25 * HOUR), DAY, NOW)).toMatchObject({ open: true, left: 7 * DAY - 25 * HOUR, tagged: true });
    expect(windowOf(wrote(8 * DAY), DAY, NOW)).toMatchObject({ open: false });
  });
  it("is closed for who never wrote, and absent where the channel has none", () => {
    expect(windowOf({}, DAY, NOW)).toEqual({ open: false, limited: true });
    expect(windowOf({}, undefined, NOW)).toEqual({ open: true, limited: false });
  });
  it("is closed at the very moment it ends", () => {
    expect(windowOf({ window_closes_at: NOW }, DAY, NOW).open).toBe(false);
  });
});

describe("countdown", () => {
  it.each([
    [23 * HOUR + 59 * MINUTE, { unit: "hours", hours: 23 }],
    [5 * HOUR + 12 * MINUTE, { unit: "both", hours: 5, minutes: 12 }],
    [5 * HOUR, { unit: "hours", hours: 5 }],
    [41 * MINUTE + 59_000, { unit: "minutes", minutes: 41 }],
    [59_000, { unit: "now" }],
  ])("says %i ms as %j", (left, words) => {
    expect(countdown(left)).toEqual(words);
  });
  it("wakes when the words change", () => {
    expect(countdown(41 * MINUTE + 5_000 - nextChange(41 * MINUTE + 5_000))).toEqual({ unit: "minutes", minutes: 40 });
  });
});
