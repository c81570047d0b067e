import { describe, expect, it } from "vitest";
import { WHATSAPP } from "../testing/capabilities";
import { judgeFile as judge, mimeOf, sizeText } from "./limits";

const MB = 1024 * 1024;
const judgeFile = (given: Parameters<typeof judge>[0], asFile?: boolean) => judge(given, WHATSAPP.media, asFile);
const file = (name: string, type: string, size: number) => ({ name, type, size });

describe("what WhatsApp takes", () => {
  it.each([
    [file("a.jpg", "image/jpeg", 5 * MB), "image", undefined],
    [file("a.jpg", "image/jpeg", 5 * MB + 1), "image", "too_large_as_file"],
    [file("a.mp4", "video/mp4", 16 * MB + 1), "video", "too_large_as_file"],
    [file("a.mp4", "video/mp4", 101 * MB), "video", "too_large"],
    [file("a.ogg", "audio/ogg; codecs=opus", MB), "audio", undefined],
    [file("a.pdf", "application/pdf", 100 * MB), "file", undefined],
    [file("a.pdf", "application/pdf", 100 * MB + 1), "file", "too_large"],
    [file("a.pdf", "application/pdf", 0), "file", "empty"],
  ])("judges %j", (given, media, problem) => {
    expect(judgeFile(given)).toMatchObject({ media, ...(problem ? { problem } : {}) });
    expect(judgeFile(given).problem).toBe(problem);
  });

  it("sends pictures of other types as documents and says so", () => {
    expect(judgeFile(file("a.webp", "image/webp", MB))).toMatchObject({ media: "file", converted: true });
    expect(judgeFile(file("a.pdf", "application/pdf", MB)).converted).toBe(false);
  });

  it("takes a too large picture as a document when asked to", () => {
    expect(judgeFile(file("a.jpg", "image/jpeg", 9 * MB), true)).toEqual({ media: "file", max: 100 * MB, converted: false });
  });

  it("refuses what another channel does not take at all", () => {
    const pictures = [{ media: "image" as const, mime_types: [], max_bytes: MB }];
    expect(judge(file("a.pdf", "application/pdf", 1), pictures).problem).toBe("not_taken");
    expect(judge(file("a.gif", "image/gif", 1), pictures)).toMatchObject({ media: "image", converted: false });
    expect(judge(file("a.gif", "image/gif", 2 * MB), pictures).problem).toBe("too_large");
  });

  it("guesses a missing type by the ending", () => {
    expect(mimeOf(file("Factura.PDF", "", 1))).toBe("application/pdf");
    expect(mimeOf(file("raro", "", 1))).toBe("application/octet-stream");
  });

  it("writes sizes in the reader's way", () => {
    expect(sizeText(4.7 * MB, "es")).toBe("4,7 MB");
    expect(sizeText(4.7 * MB, "en")).toBe("4.7 MB");
    expect(sizeText(900, "en")).toBe("900 B");
  });
});
