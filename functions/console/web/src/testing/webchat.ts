/** A web chat of the made-up shop. */
import type { Channel } from "../api/types";
import type { InstallCheck, WebchatAnswer, WebchatSettings } from "../settings/webchat/api";
import { CHANNEL } from "./demo-data";

const { quality: _, messaging_limit: __, verified_name: ___, ...rest } = CHANNEL;
export const WEBCHAT_CHANNEL: Channel = { ...rest, id: "ch_2", source: "webchat", name: "Chat de la tienda", display: "https://www.ceibo.example", account: "k7Qm2x", throughput: 1000, checks: [] };

export const WEBCHAT: WebchatSettings = {
  title: "Muebles Ceibo", colour: "#0f766e", icon: "chat", welcome: "Hola, bienvenida a Muebles Ceibo. ¿En qué le podemos ayudar?", allowed_origins: ["https://www.ceibo.example"],
  prechat: { enabled: true, fields: [{ name: "name", required: true }, { name: "email", required: false }] },
  offline_note: "Atendemos de lunes a viernes, de 9:00 a 18:00.", language: "auto", position: "right",
};

const base = "https://hooks.colibri.example/webchat/k7Qm2x";
let held = WEBCHAT;

export function webchat(change: Partial<WebchatSettings> = {}): WebchatAnswer {
  held = { ...held, ...change };
  return { settings: held, base_url: base, script_url: `${base}/widget.js`, snippet: `<script async src="${base}/widget.js"></script>` };
}

/** What is found depends on a word in the address. */
export function installCheck(url: string): InstallCheck {
  const reason = (["other_channel", "unreachable", "not_html"] as const).find((one) => url.includes(one)) ?? (url.includes("ceibo") ? undefined : "not_found");
  return { found: reason === undefined, ...(reason ? { reason } : {}), checked_at: Date.now() };
}
