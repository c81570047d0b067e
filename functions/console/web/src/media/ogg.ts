/** Writes Opus packets as an Ogg stream (RFC 3533, RFC 7845), the only form in which WhatsApp takes a voice note. */

const CONTINUES = 1;
const BEGINS = 2;
const ENDS = 4;
const MAX_SEGMENTS = 255;
/** About a second of sound per page at 20 ms a packet, as RFC 7845 advises. */
const PAGE_SAMPLES = 48_000;

const CRC_TABLE = Uint32Array.from({ length: 256 }, (_, i) => {
  let r = i << 24;
  for (let bit = 0; bit < 8; bit += 1) r = r & 0x80000000 ? (r << 1) ^ 0x04c11db7 : r << 1;
  return r >>> 0;
});

/** The checksum of an Ogg page: polynomial 0x04c11db7, not reflected, from zero. */
export function oggCrc(bytes: Uint8Array): number {
  let crc = 0;
  for (const byte of bytes) crc = ((crc << 8) ^ (CRC_TABLE[((crc >>> 24) ^ byte) & 0xff] ?? 0)) >>> 0;
  return crc;
}

const FRAME_SAMPLES_SILK = [480, 960, 1920, 2880];
const FRAME_SAMPLES_HYBRID = [480, 960];
const FRAME_SAMPLES_CELT = [120, 240, 480, 960];

/** How long an Opus packet plays, in samples at 48 kHz, read from its first bytes (RFC 6716, 3.1). */
export function packetSamples(packet: Uint8Array): number {
  const toc = packet[0] ?? 0;
  const config = toc >> 3;
  let frame: number | undefined;
  if (config < 12) frame = FRAME_SAMPLES_SILK[config & 3];
  else if (config < 16) frame = FRAME_SAMPLES_HYBRID[config & 1];
  else frame = FRAME_SAMPLES_CELT[config & 3];
  const code = toc & 3;
  const count = code === 0 ? 1 : code === 3 ? (packet[1] ?? 0) & 0x3f : 2;
  return (frame ?? 960) * count;
}

class PageWriter {
  private readonly pages: Uint8Array[] = [];
  private sequence = 0;

  constructor(private readonly serial: number) {}

  /** One page. `granule` is -1 when no packet ends on it. */
  write(segments: number[], body: Uint8Array[], granule: number, flags: number): void {
    const size = body.reduce((sum, part) => sum + part.length, 0);
    const page = new Uint8Array(27 + segments.length + size);
    const view = new DataView(page.buffer);
    page.set([0x4f, 0x67, 0x67, 0x53, 0, flags]);
    view.setBigInt64(6, BigInt(granule), true);
    view.setUint32(14, this.serial, true);
    view.setUint32(18, this.sequence, true);
    page[26] = segments.length;
    page.set(segments, 27);
    let at = 27 + segments.length;
    for (const part of body) {
      page.set(part, at);
      at += part.length;
    }
    view.setUint32(22, oggCrc(page), true);
    this.pages.push(page);
    this.sequence += 1;
  }

  bytes(): Uint8Array<ArrayBuffer> {
    const out = new Uint8Array(this.pages.reduce((sum, page) => sum + page.length, 0));
    let at = 0;
    for (const page of this.pages) {
      out.set(page, at);
      at += page.length;
    }
    return out;
  }
}

function lacing(length: number): number[] {
  return [...Array<number>(Math.floor(length / 255)).fill(255), length % 255];
}

function opusTags(vendor: string): Uint8Array {
  const name = new TextEncoder().encode(vendor);
  const tags = new Uint8Array(8 + 4 + name.length + 4);
  tags.set(new TextEncoder().encode("OpusTags"));
  new DataView(tags.buffer).setUint32(8, name.length, true);
  tags.set(name, 12);
  return tags;
}

/** Collects packets into pages; a packet longer than a page's 255 segments runs on over the next. */
class PacketPager {
  private segments: number[] = [];
  private body: Uint8Array[] = [];
  private granule = -1;
  private pageStart = 0;
  private flags = 0;

  constructor(private readonly writer: PageWriter) {}

  add(packet: Uint8Array, granule: number): void {
    const laces = lacing(packet.length);
    const full = this.segments.length + laces.length > MAX_SEGMENTS || this.granule - this.pageStart >= PAGE_SAMPLES;
    if (this.segments.length > 0 && full) this.flush(0);
    let at = 0;
    while (laces.length > MAX_SEGMENTS) {
      const part = laces.splice(0, MAX_SEGMENTS);
      const size = MAX_SEGMENTS * 255;
      this.writer.write(part, [packet.subarray(at, at + size)], -1, this.flags);
      this.flags = CONTINUES;
      at += size;
    }
    this.segments.push(...laces);
    this.body.push(packet.subarray(at));
    this.granule = granule;
  }

  /** Writes what is left. A page is only written when the next packet comes, so the last one is never empty. */
  finish(): void {
    this.flush(ENDS);
  }

  private flush(extra: number): void {
    this.writer.write(this.segments, this.body, this.granule, this.flags | extra);
    this.pageStart = this.granule;
    this.segments = [];
    this.body = [];
    this.granule = -1;
    this.flags = 0;
  }
}

export interface OggOpusInput {
  head: Uint8Array;
  packets: readonly Uint8Array[];
  endTrim?: number;
  /** Identifies the stream; any number below 2^32. */
  serial?: number;
}

/** A whole `.ogg` file. `packets` must not be empty. */
export function writeOggOpus({ head, packets, endTrim = 0, serial = 0x636f6c69 }: OggOpusInput): Uint8Array<ArrayBuffer> {
  const writer = new PageWriter(serial >>> 0);
  writer.write(lacing(head.length), [head], 0, BEGINS);
  const tags = opusTags("Colibri");
  writer.write(lacing(tags.length), [tags], 0, 0);
  const pager = new PacketPager(writer);
  let granule = 0;
  packets.forEach((packet, index) => {
    granule += packetSamples(packet);
    const last = index === packets.length - 1;
    pager.add(packet, last ? Math.max(0, granule - endTrim) : granule);
  });
  pager.finish();
  return writer.bytes();
}
