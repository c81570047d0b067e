import { beforeEach, describe, expect, it } from "vitest";
import { Drafts, EMPTY_DRAFT } from "./drafts";

class MemoryStorage implements Storage {
  private readonly items = new Map<string, string>();
  full = false;
  get length() { return this.items.size; }
  clear() { this.items.clear(); }
  getItem(key: string) { return this.items.get(key) ?? null; }
  key(index: number) { return [...this.items.keys()][index] ?? null; }
  removeItem(key: string) { this.items.delete(key); }
  setItem(key: string, value: string) {
    if (this.full) throw new DOMException("full", "QuotaExceededError");
    this.items.set(key, value);
  }
}

describe("drafts", () => {
  let storage: MemoryStorage;
  beforeEach(() => { storage = new MemoryStorage(); });

  it("are kept per person, workspace and contact", () => {
    const mine = new Drafts(storage, "us_1", "ws_1");
    mine.save(7, { text: "Buenas", comment: "" });
    expect(mine.load(7).text).toBe("Buenas");
    expect(mine.load(8)).toEqual(EMPTY_DRAFT);
    expect(new Drafts(storage, "us_2", "ws_1").load(7)).toEqual(EMPTY_DRAFT);
    expect(new Drafts(storage, "us_1", "ws_2").load(7)).toEqual(EMPTY_DRAFT);
  });

  it("are forgotten when emptied", () => {
    const drafts = new Drafts(storage, "us_1", "ws_1");
    drafts.save(7, { text: "x", comment: "" });
    drafts.save(7, { text: " ", comment: "" });
    expect(storage.length).toBe(0);
  });

  it("survive a damaged or a full storage", () => {
    const drafts = new Drafts(storage, "us_1", "ws_1");
    storage.setItem("colibri.draft.us_1.ws_1.7", "{");
    expect(drafts.load(7)).toEqual(EMPTY_DRAFT);
    storage.full = true;
    expect(() => drafts.save(8, { text: "x", comment: "" })).not.toThrow();
  });

  it("give way to newer ones past two hundred", () => {
    let now = 0;
    const drafts = new Drafts(storage, "us_1", "ws_1", () => (now += 1));
    for (let contact = 1; contact <= 203; contact += 1) drafts.save(contact, { text: "x", comment: "" });
    expect(storage.length).toBe(200);
    expect(drafts.load(3)).toEqual(EMPTY_DRAFT);
    expect(drafts.load(4).text).toBe("x");
  });
});
