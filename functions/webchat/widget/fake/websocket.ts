/** As much of RFC 6455 as the fake server needs: short text frames. */
import { createHash } from "node:crypto";
import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";

const GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

export interface Peer { send: (text: string) => void; close: () => void; onText: (text: string) => void; onClose: () => void }

export function accept(request: IncomingMessage, socket: Duplex): Peer {
  const key = createHash("sha1").update(`${request.headers["sec-websocket-key"]}${GUID}`).digest("base64");
  socket.write(`HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${key}\r\n\r\n`);
  const peer: Peer = { send: (text) => socket.write(frame(text)), close: () => socket.end(), onText: () => undefined, onClose: () => undefined };
  let held = Buffer.alloc(0);
  socket.on("data", (data: Buffer) => {
    held = Buffer.concat([held, data]);
    for (;;) {
      const short = (held[1] ?? 0) & 0x7f;
      const long = short === 126;
      const start = long ? 8 : 6;
      if (held.length < start) return;
      const size = long ? held.readUInt16BE(2) : short;
      if (held.length < start + size) return;
      const mask = held.subarray(start - 4, start);
      const text = Buffer.from(held.subarray(start, start + size).map((one, at) => one ^ (mask[at % 4] as number)));
      const closing = ((held[0] as number) & 0x0f) === 8;
      held = held.subarray(start + size);
      if (closing) socket.end();
      else peer.onText(text.toString());
    }
  });
  socket.on("close", () => peer.onClose());
  socket.on("error", () => socket.destroy());
  return peer;
}

function frame(text: string): Buffer {
  const data = Buffer.from(text);
  const head = data.length < 126 ? Buffer.from([0x81, data.length]) : Buffer.from([0x81, 126, data.length >> 8, data.length & 0xff]);
  return Buffer.concat([head, data]);
}
