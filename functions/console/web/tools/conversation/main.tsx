/** The conversation alone, with made-up data: `?count=10000&lang=en&theme=dark&window=closed`. */
import IntlMessageFormat from "intl-messageformat";
import { StrictMode, useMemo, useState } from "react";
import { createRoot } from "react-dom/client";
import { en } from "../../src/thread/catalogue.en";
import { es } from "../../src/thread/catalogue.es";
import { HostContext, type ConversationHost } from "../../src/thread/host";
import type { ContactHead } from "../../src/thread/model";
import { ThreadView } from "../../src/thread/ThreadView";
import { CHANNELS, conversation, FILES, HEAD, TEMPLATES, USERS } from "./data";
import "./page.css";

const query = new URLSearchParams(location.search);
const locale = query.get("lang") ?? "es";
const catalogue: Record<string, string> = locale === "en" ? en : es;
document.documentElement.dataset["theme"] = query.get("theme") ?? "light";
document.documentElement.lang = locale;

const all = conversation(Number(query.get("count") ?? 200)).reverse();
const PAGE = 50;
const listeners = new Set<(contact: number, item: unknown) => void>();
const wait = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
let next = 1_000_000;

const formats = new Map<string, IntlMessageFormat>();
const t: ConversationHost["t"] = (key, args) => {
  const text = catalogue[key];
  if (text === undefined) return key;
  let format = formats.get(key);
  if (!format) formats.set(key, (format = new IntlMessageFormat(text, locale)));
  return String(format.format(args));
};

const api: ConversationHost["api"] = {
  async page(_contact, cursor) {
    await wait(60);
    const from = Number(cursor ?? 0);
    return { items: all.slice(from, from + PAGE), next_cursor: from + PAGE < all.length ? String(from + PAGE) : undefined };
  },
  async send(contact, _key, body) {
    await wait(250);
    const { content } = body;
    const shown = content.kind === "attachment" ? { ...content, state: "ready", file: { id: "fi_x", mime_type: "image/png", size: 1 } } : content;
    const message = {
      item: "message", id: (next += 1), contact_id: contact, contact_channel_id: "cc_1", channel_id: "ch_1", traffic: "outgoing", at: Date.now(), received_at: Date.now(),
      content: shown, sender: { source: "user", user_id: "us_1" }, state: "pending", version: 1,
    };
    const states = ["sent", "delivered", "read"];
    states.forEach((state, index) => setTimeout(() => listeners.forEach((one) => one(contact, { ...message, state, version: index + 2 })), 700 * (index + 1)));
    return { message };
  },
  retry: async () => ({ message: {} }),
  react: async () => ({}),
  comment: async (contact, words) => ({ comment: { id: (next += 1), contact_id: contact, author: "us_1", text: words, at: Date.now() } }),
  templates: async () => TEMPLATES,
  createUpload: async () => ({ fileId: "fi_x", url: "/", method: "PUT", headers: {} }),
  completeUpload: async () => undefined,
  fileUrl: async (id) => FILES[id] ?? "/nothing",
};

const closed: ContactHead["channels"] = HEAD.channels.map((one) => ({ ...one, window_closes_at: Date.now() - 1 }));
const start: ContactHead =
  query.get("window") === "closed" ? { ...HEAD, channels: closed } : query.get("window") === "soon" ? { ...HEAD, channels: HEAD.channels.map((one) => ({ ...one, window_closes_at: Date.now() + 41 * 60_000 })) } : HEAD;

Object.assign(window, { receive: (item: object) => listeners.forEach((one) => one(1, item)) });

function App() {
  const [head, setHead] = useState(start);
  const host = useMemo<ConversationHost>(() => ({
    t, locale: locale === "es" ? "es-EC" : "en", zone: "America/Guayaquil", workspace: "ws_1", me: "us_1", canReply: true, users: USERS, channels: CHANNELS, api,
    refusalOf: () => ({ status: 0, code: "offline" }),
    onItem: (listener) => { listeners.add(listener); return () => listeners.delete(listener); },
    onReconnect: () => () => undefined, onTyping: () => () => undefined, typing: () => undefined, updateHead: setHead, toast: () => undefined,
  }), []);
  return <HostContext value={host}><div className="page"><ThreadView key={head.id} head={head} header={<header className="page-head"><strong>{head.name}</strong></header>} /></div></HostContext>;
}

createRoot(document.getElementById("root") ?? document.body).render(<StrictMode><App /></StrictMode>);
