/** The script that a page loads: `<script async src="{origin}/webchat/{channel key}/widget.js"></script>`. */
import { Host } from "./host";
import { start, type Settings } from "./start";

type Command = ((...args: unknown[]) => unknown) & { q?: unknown[][] };

declare global {
  interface Window { Colibri?: Command; colibriSettings?: Settings; colibriLoaded?: boolean }
}

function whenBody(then: () => void): void {
  if (document.body) then();
  else document.addEventListener("DOMContentLoaded", then, { once: true });
}

const tag = (document.currentScript ?? document.querySelector('script[src*="/webchat/"][src*="/widget.js"]')) as HTMLScriptElement | null;
const base = tag && /^(.*\/webchat\/[^/?#]+)\/widget\.js/.exec(tag.src)?.[1];

// A page that carries the tag twice still has one chat.
if (base && !window.colibriLoaded) {
  window.colibriLoaded = true;
  const host = new Host();
  const early = window.Colibri?.q ?? [];
  window.Colibri = host.run;
  early.forEach((one) => host.run(...Array.from(one)));
  whenBody(() => void start({ base, settings: window.colibriSettings ?? {}, host, nonce: tag.nonce || undefined }));
}
