/** `window.Colibri(command, …)`: what the host page may ask for and hear. */
import type { Chat, ChatEvents } from "./chat";
import type { Identity } from "./protocol";

type Listener = (detail: unknown) => void;

export class Host {
  private readonly listeners = new Map<string, Set<Listener>>();
  private chat: Chat | undefined;
  private waiting: unknown[][] = [];

  /** Commands that come before the chat is there wait for it. */
  attach(chat: Chat): void {
    this.chat = chat;
    const waiting = this.waiting;
    this.waiting = [];
    waiting.forEach((one) => this.run(...one));
  }

  readonly say = <K extends keyof ChatEvents>(event: K, detail: ChatEvents[K]): void => {
    this.listeners.get(event)?.forEach((listener) => {
      try {
        listener(detail);
      } catch (error) {
        // The page's own mistake must not stop the chat.
        reportError(error);
      }
    });
  };

  readonly run = (...args: unknown[]): unknown => {
    const [command, one, other] = args;
    if (command === "on" && typeof other === "function") {
      const known = this.listeners.get(String(one)) ?? new Set<Listener>();
      this.listeners.set(String(one), known.add(other as Listener));
      return () => known.delete(other as Listener);
    }
    if (command === "off") return this.listeners.get(String(one))?.delete(other as Listener);
    const { chat } = this;
    if (!chat) return void this.waiting.push(args);
    switch (command) {
      case "open": return chat.open();
      case "close": return chat.close();
      case "toggle": return chat.snapshot().open ? chat.close() : chat.open();
      case "show": return chat.showLauncher(true);
      case "hide": return chat.showLauncher(false);
      case "identify": return chat.identify((one ?? {}) as Identity);
      case "logout": return chat.logout();
      case "language": return chat.setLocale(one === "en" ? "en" : "es");
      case "unread": return chat.snapshot().unread;
      default: return console.warn(`Colibri: there is no command ${String(command)}`);
    }
  };
}
