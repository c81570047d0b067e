/** The time in which a contact may be written to freely. */

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
/** Under this the countdown is shown as running out. */
export const SOON_MS = 2 * HOUR;

export interface WindowSource {
  last_inbound_at?: number | undefined;
  window_closes_at?: number | undefined;
}

export type WindowState =
  | { open: true; limited: false }
  | { open: true; limited: true; closesAt: number; left: number; soon: boolean; tagged: boolean }
  | { open: false; limited: true; closedAt?: number };

/**
 * How long an identity's window stays open at `now`; `length` is the channel's, without which it has none. Where people
 * may answer for longer than automation, what they write after it leaves with a tag.
 */
export function windowOf(channel: WindowSource, length: number | undefined, now: number): WindowState {
  if (length === undefined) return { open: true, limited: false };
  const closesAt = channel.window_closes_at ?? (channel.last_inbound_at === undefined ? undefined : channel.last_inbound_at + length);
  if (closesAt === undefined) return { open: false, limited: true };
  const left = closesAt - now;
  if (left <= 0) return { open: false, limited: true, closedAt: closesAt };
  const free = channel.last_inbound_at === undefined ? closesAt : Math.min(closesAt, channel.last_inbound_at + length);
  if (now < free) return { open: true, limited: true, closesAt: free, left: free - now, soon: free - now < SOON_MS, tagged: false };
  return { open: true, limited: true, closesAt, left, soon: left < SOON_MS, tagged: free < closesAt };
}

export type Countdown = { unit: "hours"; hours: number } | { unit: "both"; hours: number; minutes: number } | { unit: "minutes"; minutes: number } | { unit: "now" };

/** The time left in the words shown: whole hours from ten hours on, hours and minutes, minutes, less than a minute. */
export function countdown(left: number): Countdown {
  const minutes = Math.floor(left / MINUTE);
  if (minutes < 1) return { unit: "now" };
  if (minutes < 60) return { unit: "minutes", minutes };
  const hours = Math.floor(minutes / 60);
  if (hours >= 10 || minutes % 60 === 0) return { unit: "hours", hours };
  return { unit: "both", hours, minutes: minutes % 60 };
}

/** How long the countdown's words stay true, so that a timer wakes only when they change. */
export function nextChange(left: number): number {
  if (left <= 0) return HOUR;
  return (left % MINUTE) + 1;
}
