/**
 * Reads the Opus packets out of a WebM file as browsers record it: one audio track, clusters of unknown
 * size, SimpleBlocks. Only what recording needs is understood; everything else is skipped by its size.
 */
export class MediaFormatError extends Error {}

export interface OpusTrack {
  /** The track's `OpusHead`, exactly as it goes into an Ogg stream. */
  head: Uint8Array;
  packets: Uint8Array[];
  /** Samples at 48 kHz to leave out at the end, when the writer said so. */
  endTrim: number;
}

const EBML = 0x1a45dfa3;
const SEGMENT = 0x18538067;
const TRACKS = 0x1654ae6b;
const TRACK_ENTRY = 0xae;
const TRACK_NUMBER = 0xd7;
const CODEC_ID = 0x86;
const CODEC_PRIVATE = 0x63a2;
const AUDIO = 0xe1;
const CHANNELS = 0x9f;
const CLUSTER = 0x1f43b675;
const SIMPLE_BLOCK = 0xa3;
const BLOCK_GROUP = 0xa0;
const BLOCK = 0xa1;
const DISCARD_PADDING = 0x75a2;
const CONTAINERS = new Set([SEGMENT, TRACKS, TRACK_ENTRY, AUDIO, CLUSTER, BLOCK_GROUP]);

interface Vint {
  value: number;
  length: number;
  unknown: boolean;
}

/** An EBML variable-length number; `keepMarker` for element ids. */
function vintAt(bytes: Uint8Array, at: number, keepMarker: boolean): Vint {
  const first = bytes[at];
  if (first === undefined || first === 0) throw new MediaFormatError("bad variable-length number");
  const length = Math.clz32(first) - 23;
  if (at + length > bytes.length) throw new MediaFormatError("file ends inside a number");
  let value = keepMarker ? first : first & (0xff >> length);
  let unknown = (first & (0xff >> length)) === 0xff >> length;
  for (let i = 1; i < length; i += 1) {
    const byte = bytes[at + i] ?? 0;
    if (byte !== 0xff) unknown = false;
    value = value * 256 + byte;
  }
  return { value, length, unknown };
}

function uint(bytes: Uint8Array): number {
  return bytes.reduce((sum, byte) => sum * 256 + byte, 0);
}

function signed(bytes: Uint8Array): number {
  const value = uint(bytes);
  return (bytes[0] ?? 0) >= 0x80 ? value - 256 ** bytes.length : value;
}

function frames(body: Uint8Array, flags: number): Uint8Array[] {
  const lacing = (flags >> 1) & 3;
  if (lacing === 0) return [body];
  const count = (body[0] ?? 0) + 1;
  if (lacing === 2) {
    const size = (body.length - 1) / count;
    if (!Number.isInteger(size)) throw new MediaFormatError("bad fixed lacing");
    return Array.from({ length: count }, (_, i) => body.subarray(1 + i * size, 1 + (i + 1) * size));
  }
  if (lacing === 1) return xiphFrames(body, count);
  throw new MediaFormatError("lacing not supported");
}

function xiphFrames(body: Uint8Array, count: number): Uint8Array[] {
  const sizes: number[] = [];
  let at = 1;
  for (let i = 0; i < count - 1; i += 1) {
    let size = 0;
    let byte = 255;
    while (byte === 255) {
      byte = body[at] ?? 0;
      size += byte;
      at += 1;
    }
    sizes.push(size);
  }
  const out = sizes.map((size) => {
    const frame = body.subarray(at, at + size);
    at += size;
    return frame;
  });
  return [...out, body.subarray(at)];
}

/** An `OpusHead` for a track that carries none: family 0, no pre-skip known. */
function plainHead(channels: number): Uint8Array {
  const head = new Uint8Array(19);
  head.set(new TextEncoder().encode("OpusHead"));
  head.set([1, channels, 0x38, 0x01, 0x80, 0xbb, 0, 0], 8);
  return head;
}

class Reader {
  private entry = { number: -1, codec: "", head: undefined as Uint8Array | undefined, channels: 1 };
  private chosen: typeof this.entry | undefined;
  private readonly packets: Uint8Array[] = [];
  private endTrim = 0;

  constructor(private readonly bytes: Uint8Array) {}

  read(): OpusTrack {
    if (this.bytes.length < 4 || vintAt(this.bytes, 0, true).value !== EBML) throw new MediaFormatError("not a WebM file");
    this.walk(0, this.bytes.length);
    this.keepEntry();
    if (!this.chosen || this.packets.length === 0) throw new MediaFormatError("no Opus track");
    const head = this.chosen.head ?? plainHead(this.chosen.channels);
    return { head, packets: this.packets, endTrim: this.endTrim };
  }

  private walk(from: number, to: number): void {
    let at = from;
    while (at < to) {
      // A recording that was cut off is used up to its last whole element.
      if (to - at < 2) return;
      const id = vintAt(this.bytes, at, true);
      const size = vintAt(this.bytes, at + id.length, false);
      const start = at + id.length + size.length;
      const end = size.unknown ? to : start + size.value;
      if (CONTAINERS.has(id.value)) {
        if (id.value === TRACK_ENTRY) this.keepEntry();
        this.walk(start, Math.min(end, to));
      } else if (end <= to) {
        this.element(id.value, this.bytes.subarray(start, end));
      }
      at = end;
    }
  }

  private element(id: number, body: Uint8Array): void {
    if (id === TRACK_NUMBER) this.entry.number = uint(body);
    else if (id === CODEC_ID) this.entry.codec = new TextDecoder().decode(body).replace(/\0+$/, "");
    else if (id === CODEC_PRIVATE) this.entry.head = body;
    else if (id === CHANNELS) this.entry.channels = uint(body);
    else if (id === DISCARD_PADDING) this.endTrim = Math.round((signed(body) * 48) / 1_000_000);
    else if (id === SIMPLE_BLOCK || id === BLOCK) this.block(body);
  }

  private keepEntry(): void {
    if (!this.chosen && this.entry.codec === "A_OPUS") this.chosen = this.entry;
    this.entry = { number: -1, codec: "", head: undefined, channels: 1 };
  }

  private block(body: Uint8Array): void {
    if (this.entry.codec) this.keepEntry();
    const track = vintAt(body, 0, false);
    if (track.value !== this.chosen?.number) return;
    const flags = body[track.length + 2] ?? 0;
    this.packets.push(...frames(body.subarray(track.length + 3), flags).filter((packet) => packet.length > 0));
  }
}

/** The Opus track of a WebM or Matroska file. Throws `MediaFormatError` when there is none. */
export function readWebmOpus(bytes: Uint8Array): OpusTrack {
  return new Reader(bytes).read();
}
