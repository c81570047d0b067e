/** A page with the widget and a server in memory. Times pass by fake timers only. */
import { vi } from "vitest";
import { FakeServer, type FakeConfig } from "../fake/server";
import { Host } from "../src/host";
import type { Frame } from "../src/protocol";
import { start, type Settings, type Started } from "../src/start";
import type { Uploader } from "../src/upload";

const BASE = "https://hooks.example/webchat/key1";

export class FakeSocket {
  static all: FakeSocket[] = [];
  static server: FakeServer;
  readyState = 0;
  sent: string[] = [];
  onopen?: () => void;
  onclose?: () => void;
  onmessage?: (event: { data: string }) => void;
  private readonly push = (frame: Frame) => this.onmessage?.({ data: JSON.stringify(frame) });
  private readonly token: string;
  constructor(url: string) {
    this.token = decodeURIComponent(url.split("ticket=")[1] ?? "");
    FakeSocket.all.push(this);
    setTimeout(() => {
      if (this.readyState !== 0) return;
      const conversation = FakeSocket.server.of(this.token);
      if (!FakeSocket.server.sockets || !conversation) return this.close();
      this.readyState = 1;
      conversation.sockets.add(this.push);
      this.onopen?.();
    }, 5);
  }
  send(text: string) {
    this.sent.push(text);
    if (text.includes("ping")) setTimeout(() => this.push({ type: "pong" }), 1);
  }
  close() {
    if (this.readyState === 3) return;
    this.readyState = 3;
    FakeSocket.server.of(this.token)?.sockets.delete(this.push);
    this.onclose?.();
  }
  static get last(): FakeSocket {
    return FakeSocket.all.at(-1) as FakeSocket;
  }
}

export function fetcherOf(server: FakeServer): typeof fetch {
  return (async (input: string, init: RequestInit) => {
    const url = new URL(input);
    const headers = init.headers as Record<string, string>;
    const answer = server.answer({
      method: init.method ?? "GET", path: url.href.slice(BASE.length + 1).split("?")[0] ?? "", query: url.searchParams,
      token: headers["authorization"]?.slice("Bearer ".length), body: init.body ? (JSON.parse(String(init.body)) as Record<string, unknown>) : {},
    });
    if (answer === 0) throw new TypeError("network");
    return new Response(answer.body === undefined ? null : JSON.stringify(answer.body), { status: answer.status, headers: answer.headers ?? {} });
  }) as typeof fetch;
}

export interface Page extends Started { root: ShadowRoot; server: FakeServer }

const pages: Page[] = [];

/** Lets requests be answered and sockets open. */
export const settle = (ms = 50) => vi.advanceTimersByTimeAsync(ms);

export async function visit(server: FakeServer, settings: Settings = {}, uploader?: Uploader): Promise<Page> {
  FakeSocket.server = server;
  vi.stubGlobal("WebSocket", FakeSocket);
  const host = new Host();
  const started = await start({ base: BASE, settings, host, fetcher: fetcherOf(server), ...(uploader ? { uploader } : {}) });
  if (!started) throw new Error("the widget stayed away");
  await settle();
  const page: Page = { ...started, server, root: started.view.host.shadowRoot as ShadowRoot };
  pages.push(page);
  return page;
}

/** The page is left: nothing of it stays but what the browser keeps. */
export function leave(page: Page): void {
  page.stop();
  pages.splice(pages.indexOf(page), 1);
}

export function reset(): void {
  vi.useFakeTimers({ now: Date.parse("2026-11-22T15:00:00Z") });
  localStorage.clear();
  sessionStorage.clear();
  FakeSocket.all = [];
  document.documentElement.lang = "es";
}

export function clean(): void {
  [...pages].forEach(leave);
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
  vi.useRealTimers();
}

export const server = (config: FakeConfig = {}) => new FakeServer(config);

export function find<T extends HTMLElement = HTMLElement>(page: { root: ShadowRoot }, selector: string): T {
  const found = page.root.querySelector<T>(selector);
  if (!found) throw new Error(`no ${selector}`);
  return found;
}

export const hidden = (page: { root: ShadowRoot }, selector: string) => find(page, selector).closest("[hidden]") !== null;

/** What stands in the bubbles. */
export const texts = (page: { root: ShadowRoot }) => [...page.root.querySelectorAll(".msg .bubble")].map((one) => one.textContent);
export const states = (page: { root: ShadowRoot }) => [...page.root.querySelectorAll(".msg[data-from='visitor']")].map((one) => one.getAttribute("data-state"));

export async function open(page: Page): Promise<void> {
  find(page, ".launcher").click();
  await settle();
}

export function type(page: Page, text: string): void {
  const area = find<HTMLTextAreaElement>(page, "textarea");
  area.value = text;
  area.dispatchEvent(new Event("input", { bubbles: true }));
}

export const key = (target: HTMLElement, name: string, over: KeyboardEventInit = {}) => target.dispatchEvent(new KeyboardEvent("keydown", { key: name, bubbles: true, composed: true, cancelable: true, ...over }));

export async function write(page: Page, text: string): Promise<void> {
  type(page, text);
  key(find(page, "textarea"), "Enter");
  await settle();
}
