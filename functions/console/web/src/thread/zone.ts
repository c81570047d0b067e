/**
 * Calendar days in a named time zone, fast enough to be asked once per message.
 *
 * Every zone's offset is a multiple of 15 minutes, so all instants of one quarter of an hour share a day
 * and the slow formatter is asked once per quarter.
 */
const QUARTER = 15 * 60_000;
const caches = new Map<string, { format: Intl.DateTimeFormat; days: Map<number, string> }>();

function cacheOf(zone: string | undefined) {
  const name = zone ?? "";
  let cache = caches.get(name);
  if (!cache) {
    const format = new Intl.DateTimeFormat("en-CA", {
      timeZone: zone,
      year: "numeric",
      month: "2-digit",
      day: "2-digit",
    });
    cache = { format, days: new Map() };
    caches.set(name, cache);
  }
  return cache;
}

/** The calendar day of an instant as `YYYY-MM-DD`; without a zone, the browser's own. */
export function dayOf(at: number, zone?: string): string {
  const cache = cacheOf(zone);
  const quarter = Math.floor(at / QUARTER);
  let day = cache.days.get(quarter);
  if (day === undefined) {
    day = cache.format.format(at);
    cache.days.set(quarter, day);
  }
  return day;
}

/** Whole days from one `YYYY-MM-DD` to another; negative when `to` is earlier. */
export function daysBetween(from: string, to: string): number {
  return Math.round((Date.parse(`${to}T00:00:00Z`) - Date.parse(`${from}T00:00:00Z`)) / 86_400_000);
}
