// @vitest-environment node
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { oggCrc, packetSamples, writeOggOpus } from "./ogg";
import { toVoiceFile } from "./remux";
import { MediaFormatError, readWebmOpus } from "./webm";

const fixture = (name: string) => new Uint8Array(readFileSync(new URL(`./fixtures/${name}`, import.meta.url)));

interface Page {
  flags: number;
  granule: number;
  sequence: number;
  segments: number[];
  body: Uint8Array;
  crcHolds: boolean;
}

/** An independent reading of the pages, as a decoder does it. */
function pagesOf(bytes: Uint8Array): Page[] {
  const pages: Page[] = [];
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  for (let at = 0; at < bytes.length; ) {
    expect(new TextDecoder().decode(bytes.subarray(at, at + 4))).toBe("OggS");
    const segments = [...bytes.subarray(at + 27, at + 27 + (bytes[at + 26] ?? 0))];
    const start = at + 27 + segments.length;
    const end = start + segments.reduce((sum, size) => sum + size, 0);
    const page = bytes.slice(at, end);
    page.fill(0, 22, 26);
    pages.push({
      flags: bytes[at + 5] ?? 0,
      granule: Number(view.getBigInt64(at + 6, true)),
      sequence: view.getUint32(at + 18, true),
      segments,
      body: bytes.subarray(start, end),
      crcHolds: oggCrc(page) === view.getUint32(at + 22, true),
    });
    at = end;
  }
  return pages;
}

/** The packets inside the pages, joined over segments and pages. */
function packetsOf(pages: Page[]): Uint8Array[] {
  const packets: number[][] = [[]];
  for (const page of pages) {
    let at = 0;
    for (const size of page.segments) {
      packets.at(-1)?.push(...page.body.subarray(at, at + size));
      at += size;
      if (size < 255) packets.push([]);
    }
  }
  return packets.slice(0, -1).map((packet) => Uint8Array.from(packet));
}

describe.each(["tone.webm", "tone-live.webm", "chromium.webm"])("a recording in %s", (name) => {
  const track = readWebmOpus(fixture(name));
  const pages = pagesOf(writeOggOpus(track));

  it("has whole pages in order, each with its checksum", () => {
    expect(pages.every((page) => page.crcHolds)).toBe(true);
    expect(pages.map((page) => page.sequence)).toEqual(pages.map((_, index) => index));
    expect(pages[0]?.flags).toBe(2);
    expect(pages.at(-1)?.flags).toBe(4);
    expect(pages.at(-1)?.segments.length).toBeGreaterThan(0);
  });

  it("begins with the two headers on pages of their own, for one channel", () => {
    const text = (page: Page | undefined) => new TextDecoder("latin1").decode(page?.body.subarray(0, 8));
    expect([text(pages[0]), text(pages[1])]).toEqual(["OpusHead", "OpusTags"]);
    expect([pages[0]?.granule, pages[1]?.granule]).toEqual([0, 0]);
    expect(pages[0]?.body[9]).toBe(1);
  });

  it("carries every packet unchanged", () => {
    expect(packetsOf(pages).slice(2)).toEqual(track.packets.map((packet) => Uint8Array.from(packet)));
  });

  it("counts time in samples up to the end", () => {
    const total = track.packets.reduce((sum, packet) => sum + packetSamples(packet), 0);
    const granules = pages.slice(2).map((page) => page.granule);
    expect([...granules].sort((a, b) => a - b)).toEqual(granules);
    expect(granules.at(-1)).toBe(total - track.endTrim);
    // About a second and a half was recorded.
    expect(total / 48_000).toBeGreaterThan(1);
    expect(total / 48_000).toBeLessThan(4);
  });
});

describe("Ogg", () => {
  it("knows the checksum of the specification's polynomial", () => {
    expect(oggCrc(new TextEncoder().encode("123456789"))).toBe(0x89a1897f);
  });

  it.each([
    [[0x78], 960],
    [[0x08], 960],
    [[0x18], 2880],
    [[0x80], 120],
    [[0xf9], 1920],
    [[0xfb, 0x03], 2880],
  ])("reads the length of packet %j", (bytes, samples) => {
    expect(packetSamples(Uint8Array.from(bytes))).toBe(samples);
  });

  it("runs a packet longer than a page on over the next", () => {
    const long = new Uint8Array(255 * 255 + 10).fill(0x78);
    const pages = pagesOf(writeOggOpus({ head: new Uint8Array(19), packets: [long, Uint8Array.of(0x78)] }));
    expect(pages.map((page) => page.flags)).toEqual([2, 0, 0, 5]);
    expect(pages[2]?.granule).toBe(-1);
    expect(packetsOf(pages).slice(2).map((packet) => packet.length)).toEqual([long.length, 1]);
  });

  it("ends a packet of exactly 255 bytes with an empty segment", () => {
    const pages = pagesOf(writeOggOpus({ head: new Uint8Array(19), packets: [new Uint8Array(255)] }));
    expect(pages[2]?.segments).toEqual([255, 0]);
  });
});

describe("what is not a recording", () => {
  it.each([[new Uint8Array()], [new Uint8Array(64)], [new TextEncoder().encode("RIFF....WAVE")]])("is refused", (bytes) => {
    expect(() => readWebmOpus(bytes)).toThrow(MediaFormatError);
  });

  it("uses what was written before a recording was cut off", () => {
    const whole = readWebmOpus(fixture("tone.webm"));
    const cut = readWebmOpus(fixture("tone.webm").subarray(0, 2500));
    expect(cut.packets.length).toBeGreaterThan(5);
    expect(cut.packets.length).toBeLessThan(whole.packets.length);
  });
});

describe("the file that is sent", () => {
  it("is a voice note from WebM and from Ogg, an audio file from MP4", async () => {
    const webm = await toVoiceFile(new Blob([fixture("tone.webm")], { type: "audio/webm;codecs=opus" }), "nota");
    expect(webm).toMatchObject({ name: "nota.ogg", voice: true });
    expect(webm.blob.type).toBe("audio/ogg; codecs=opus");
    expect(await toVoiceFile(new Blob(["x"], { type: "audio/ogg; codecs=opus" }), "n")).toMatchObject({ name: "n.ogg", voice: true });
    expect(await toVoiceFile(new Blob(["x"], { type: "audio/mp4" }), "n")).toMatchObject({ name: "n.m4a", voice: false });
  });
});
