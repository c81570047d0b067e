import { UserRound } from "lucide-react";

/** Two letters that stand for a person. */
export function initials(name: string): string {
  const words = name.replace(/[^\p{L}\p{N}\s]/gu, " ").trim().split(/\s+/).filter(Boolean);
  const first = [...(words[0] ?? "")][0] ?? "";
  const last = words.length > 1 ? ([...(words.at(-1) ?? "")][0] ?? "") : "";
  return (first + last).toUpperCase() || "?";
}

/** One of eight tints, the same for the same person. */
export function tintOf(key: string): number {
  let sum = 7;
  for (const letter of key) sum = (sum * 31 + (letter.codePointAt(0) ?? 0)) >>> 0;
  return sum % 8;
}

export function Avatar({ name, id, size = 36, source, status }: { name: string; id: string | number; size?: 18 | 24 | 32 | 36 | 56; source?: string | undefined; status?: string | undefined }) {
  return (
    <span className="ui-avatar" data-size={size} data-tint={tintOf(String(id))} aria-hidden="true">
      {/\p{L}/u.test(name) ? initials(name) : <UserRound size={Math.round(size / 2)} strokeWidth={1.75} />}
      {source ? <ChannelGlyph source={source} /> : null}
      {status ? <i className="ui-presence" data-status={status} /> : null}
    </span>
  );
}

/** The mark of a provider, 14 px; the only place for its own colour. */
const GLYPHS: Record<string, string> = {
  whatsapp_cloud: "M7 2.9a4 4 0 0 0-3.5 6l-.6 2.2 2.3-.6A4 4 0 1 0 7 2.9Zm-1.5 2.2c.2 0 .3 0 .4.3l.4.9c0 .2-.3.5-.4.6.4.8 1 1.3 1.8 1.6.2-.2.4-.6.6-.5l.9.4c.3.1.3.9-.3 1.1-1.5.6-4.6-2.3-4-3.8.1-.3.3-.6.6-.6Z",
  telegram: "M2.9 6.9 10.6 3.9c.4-.1.7.1.6.6L9.9 10.4c-.1.4-.4.5-.7.3L7.2 9.2l-1 .9c-.1.1-.2.2-.4.2l.1-2 3.6-3.2c.2-.1 0-.2-.2-.1L4.9 7.8 3 7.2c-.4-.1-.4-.4-.1-.3Z",
  facebook: "M7 2.9c-2.4 0-4.2 1.7-4.2 4 0 1.2.5 2.2 1.3 3v1.5l1.4-.8c.5.1 1 .2 1.5.2 2.4 0 4.2-1.7 4.2-3.9S9.400 2.900 7 2.900Zm.4 5.200L6.300 7 4.300 8.100l2.300-2.400 1.100 1.100 1.900-1.100-2.200 2.400Z",
  instagram: "M4.800 3.200h4.400c.9 0 1.600.7 1.600 1.600v4.400c0 .9-.7 1.600-1.600 1.600H4.800c-.9 0-1.600-.7-1.600-1.600V4.800c0-.9.7-1.600 1.600-1.600Zm2.200 1.800a2 2 0 1 0 0 4 2 2 0 0 0 0-4Zm2.200-.8a.5.5 0 1 0 0 1 .5.5 0 0 0 0-1Z",
  twilio: "M3.4 3.2h7.2c.6 0 1 .4 1 1v4.200c0 .6-.4 1-1 1H7.300L5 11.300V9.400H3.400c-.6 0-1-.4-1-1V4.200c0-.6.4-1 1-1Zm1.400 2.500a.7.7 0 1 0 0 1.400.7.7 0 0 0 0-1.400Zm2.200 0a.7.7 0 1 0 0 1.400.7.7 0 0 0 0-1.400Zm2.200 0a.7.7 0 1 0 0 1.400.7.7 0 0 0 0-1.400Z",
  webchat: "M4.2 3.6h5.6c.7 0 1.2.5 1.2 1.2v3.1c0 .7-.5 1.2-1.2 1.2H7.4l-2.2 1.7V9.1h-1A1.2 1.2 0 0 1 3 7.9V4.8c0-.7.5-1.2 1.2-1.2Z",
};

export function ChannelGlyph({ source }: { source: string }) {
  return (
    <i className="ui-glyph" data-source={source}>
      <svg viewBox="0 0 14 14" width="14" height="14" aria-hidden="true">
        <circle cx="7" cy="7" r="7" />
        <path d={GLYPHS[source] ?? GLYPHS["whatsapp_cloud"]} />
      </svg>
    </i>
  );
}
