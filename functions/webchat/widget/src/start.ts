/** Finds out where the widget belongs, reads its settings and brings it up. */
import { Api, backoff, Problem } from "./api";
import { Chat } from "./chat";
import { Host } from "./host";
import { readConfig, type Config, type Identity } from "./protocol";
import { storageFor } from "./storage";
import type { Uploader } from "./upload";
import { View } from "./view/view";
import { pickLocale } from "./words";

/** What a page may set before the script: `window.colibriSettings`. */
export interface Settings {
  language?: string;
  identity?: Identity;
  position?: "left" | "right";
  /** Whether the round button is shown; without it the page opens the chat itself. */
  launcher?: boolean;
  emoji?: boolean;
}

export interface Started { chat: Chat; view: View; host: Host; stop: () => void }

interface StartOptions { base: string; settings: Settings; host: Host; nonce?: string | undefined; fetcher?: typeof fetch; uploader?: Uploader }

const RESTORE = "colibri-chat";

/** Takes the token of a link out of the page's address, so that nobody copies it on. */
export function takeRestore(): string | undefined {
  const url = new URL(location.href);
  const inHash = new URLSearchParams(url.hash.slice(1));
  const token = inHash.get(RESTORE) ?? url.searchParams.get(RESTORE);
  if (!token) return undefined;
  if (inHash.has(RESTORE)) {
    inHash.delete(RESTORE);
    url.hash = inHash.toString();
  }
  url.searchParams.delete(RESTORE);
  history.replaceState(history.state, "", url.href.replace(/#$/, ""));
  return token;
}

/** The settings; undefined where the server does not serve this page. */
async function settled(api: Api): Promise<Config | undefined> {
  for (let attempt = 0; attempt < 6; attempt += 1) {
    try {
      return readConfig(await api.request("GET", "config"));
    } catch (error) {
      const problem = error as Problem;
      if (!problem.passing) {
        console.warn(problem.status === 403 ? `Colibri: ${location.origin} is not among the allowed origins of this web chat` : `Colibri: this web chat does not exist (${problem.code})`);
        return undefined;
      }
      await new Promise((done) => setTimeout(done, Math.max(problem.wait ?? 0, backoff(attempt, Math.random(), 1000))));
    }
  }
  return undefined;
}

export async function start({ base, settings, host, nonce, fetcher, uploader }: StartOptions): Promise<Started | undefined> {
  const api = new Api(base, fetcher);
  const restore = takeRestore();
  const config = await settled(api);
  if (!config) return undefined;
  if (settings.position === "left" || settings.position === "right") config.position = settings.position;
  if (settings.emoji === false) config.emoji = false;
  const channel = base.split("/").at(-1) ?? "";
  const locale = pickLocale(settings.language, config.language === "auto" ? undefined : config.language, document.documentElement.lang, navigator.language);
  const chat = new Chat({
    api, store: storageFor(channel), tab: storageFor(channel, "sessionStorage"), config, locale, launcher: settings.launcher !== false,
    ...(uploader ? { uploader } : {}), say: host.say,
  });
  if (settings.identity) chat.identify(settings.identity, true);
  const view = new View(chat, document.body, { nonce });
  host.attach(chat);
  void chat.begin(restore);
  return {
    chat, view, host,
    stop: () => {
      chat.end();
      view.remove();
    },
  };
}
