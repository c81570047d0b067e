/** What the API says and takes about a web chat. */
export type PrechatName = "name" | "email" | "phone";

export interface WebchatSettings {
  title: string;
  colour: string;
  icon: "chat" | "question" | "hand";
  welcome: string;
  avatar_url?: string;
  allowed_origins: string[];
  prechat: { enabled: boolean; fields: { name: PrechatName; required: boolean }[] };
  offline_note: string;
  language: "auto" | "es" | "en";
  position: "left" | "right";
}

export interface WebchatAnswer { settings: WebchatSettings; base_url: string; script_url: string; snippet: string }
export interface InstallCheck { found: boolean; reason?: "not_found" | "other_channel" | "unreachable" | "not_html" | "invalid_url"; checked_at: number }

export const FIELDS: readonly PrechatName[] = ["name", "email", "phone"];
/** Characters, as the API counts them. */
export const LENGTHS = { title: 60, welcome: 500, offline_note: 300 } as const;

/** The site that somebody meant, as the API keeps it: `https://shop.example`, with `*.` for every subdomain. Undefined where there is none. */
export function originOf(text: string): string | undefined {
  const typed = text.trim();
  if (!typed) return undefined;
  const full = /^[a-z]+:\/\//i.test(typed) ? typed : `https://${typed}`;
  const any = /^https?:\/\/\*\./i.test(full);
  try {
    const url = new URL(any ? full.replace("*.", "") : full);
    if (!/^https?:$/.test(url.protocol) || url.hostname.includes("*")) return undefined;
    if (url.hostname !== "localhost" && !url.hostname.includes(".")) return undefined;
    return any ? `${url.protocol}//*.${url.host}` : url.origin;
  } catch {
    return undefined;
  }
}
