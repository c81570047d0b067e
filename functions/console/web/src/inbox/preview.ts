import type { ContactHead } from "../api/types";
import type { Words } from "../i18n";

/** One line of the newest message: its words, else what kind of thing it is. */
export function previewLine(last: ContactHead["last_message"], t: Words["t"]): string {
  if (!last) return "";
  if (last.preview) return last.preview;
  const key = `kind.${last.kind}`;
  const words = t(key);
  return words === key ? "" : words;
}

/** When the last open window closes, if any identity has one. */
export function windowEnd(head: Pick<ContactHead, "channels">, now: number): number | undefined {
  const ends = head.channels.map((one) => one.window_closes_at).filter((at): at is number => at !== undefined && at > now);
  return ends.length > 0 ? Math.max(...ends) : undefined;
}

const SOON_MS = 2 * 3_600_000;

/** Minutes left where a window closes within two hours. */
export function minutesLeft(head: Pick<ContactHead, "channels">, now: number): number | undefined {
  const end = windowEnd(head, now);
  if (end === undefined || end - now >= SOON_MS) return undefined;
  return Math.max(1, Math.ceil((end - now) / 60_000));
}

export function leftText(minutes: number): string {
  return minutes >= 60 ? `${Math.floor(minutes / 60)} h ${minutes % 60} min` : `${minutes} min`;
}
