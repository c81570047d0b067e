/** `npm run dev:fake`: a page with the built widget, and a server in memory that answers it. Of no effect on a build. */
import type { IncomingMessage, ServerResponse } from "node:http";
import { build, type Plugin, type ViteDevServer } from "vite";
import type { Message } from "../src/protocol";
import { scene } from "./scenes.ts";
import { FakeServer } from "./server.ts";
import { accept } from "./websocket.ts";

/** Each name in the address, `/webchat/{scene}/…`, has its own server. */
const servers = new Map<string, FakeServer>();
const uploads = new Map<string, { type: string; data: Buffer }>();

function serverOf(name: string): FakeServer {
  const known = servers.get(name);
  if (known) return known;
  const made = scene(name);
  made.onMessage = (token, message) => answerLater(made, token, message);
  servers.set(name, made);
  return made;
}

function answerLater(server: FakeServer, token: string, message: Message): void {
  const conversation = server.of(token);
  if (!conversation || /sin respuesta/i.test(message.text ?? "")) return;
  setTimeout(() => server.read(conversation), 600);
  setTimeout(() => server.push(conversation, { type: "typing" }), 900);
  setTimeout(() => {
    const quick = /\?$/.test(message.text ?? "");
    server.say(quick ? "¿Cómo prefiere que le ayudemos?" : `Recibido: ${message.text ?? message.file?.name ?? ""}. Más en https://example.com/ayuda.`, quick ? { type: "quick_replies", replies: [{ id: "1", title: "Ver precios" }, { id: "2", title: "Hablar con una persona" }] } : {}, conversation);
  }, 2200);
}

async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer);
  return Buffer.concat(parts);
}

async function script(): Promise<string> {
  const made = await build({ logLevel: "silent", mode: "production", build: { write: false } });
  const output = Array.isArray(made) ? made[0] : made;
  if (!output || !("output" in output)) throw new Error("nothing was built");
  return output.output[0].code;
}

async function handle(request: IncomingMessage, response: ServerResponse, next: () => void): Promise<void> {
  const url = new URL(request.url ?? "/", "http://localhost");
  const [, area, name = "", ...rest] = url.pathname.split("/");
  const path = rest.join("/");
  if (area !== "webchat") return next();
  const send = (status: number, type: string, data: string | Buffer, headers: Record<string, string> = {}) => {
    response.writeHead(status, { "content-type": type, "cache-control": "no-store", ...headers });
    response.end(data);
  };
  if (path === "widget.js") return send(200, "text/javascript", await script());
  if (path.startsWith("uploads/")) {
    const data = await bodyOf(request);
    if (request.method === "PUT") uploads.set(path, { type: request.headers["content-type"] ?? "", data });
    const kept = uploads.get(path);
    return kept ? send(200, request.method === "PUT" ? "text/plain" : "image/png", request.method === "PUT" ? "" : kept.data) : send(404, "text/plain", "");
  }
  const text = (await bodyOf(request)).toString();
  const answer = serverOf(name).answer({
    method: request.method ?? "GET", path, query: url.searchParams, token: request.headers.authorization?.slice("Bearer ".length),
    body: text ? (JSON.parse(text) as Record<string, unknown>) : {},
  });
  if (answer === 0) return void request.socket.destroy();
  const local = rewrite(answer.body, `http://${request.headers.host}/webchat/${name}`);
  send(answer.status, "application/json", local === undefined ? "" : JSON.stringify(local), answer.headers);
}

/** Addresses of this server in place of the made-up ones. */
function rewrite(body: unknown, base: string): unknown {
  if (body === undefined) return undefined;
  const text = JSON.stringify(body).replaceAll("ws://fake.example/socket", `${base.replace("http", "ws")}/socket`).replaceAll('"url":"uploads/', `"url":"${base}/uploads/`);
  return JSON.parse(text) as unknown;
}

function listen(server: ViteDevServer): void {
  server.middlewares.use((request, response, next) => void handle(request, response, next).catch(next));
  server.httpServer?.on("upgrade", (request: IncomingMessage, socket) => {
    const url = new URL(request.url ?? "/", "http://localhost");
    const found = /^\/webchat\/([^/]+)\/socket$/.exec(url.pathname);
    if (!found) return;
    const conversation = serverOf(found[1] as string).of(url.searchParams.get("ticket") ?? "");
    if (!conversation) return void socket.destroy();
    const peer = accept(request, socket);
    const push = (frame: object) => peer.send(JSON.stringify(frame));
    conversation.sockets.add(push);
    peer.onText = (text) => text.includes("ping") && push({ type: "pong" });
    peer.onClose = () => conversation.sockets.delete(push);
  });
}

export const fake: Plugin = { name: "fake-server", apply: (_, { command, mode }) => command === "serve" && mode === "fake", configureServer: listen };
