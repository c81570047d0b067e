/** Into how many segments a text message goes: the rules of `colibri_domain::sms`, for the writer's eyes. */

const BASIC = new Set("@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà");
const EXTENDED = new Set("^{}\\[~]|€\f");
/** Channels whose provider bills by the segment. */
const SEGMENTED = new Set(["twilio"]);

export interface Segments { count: number; left: number }

export function goesInSegments(source: string | undefined): boolean {
  return source !== undefined && SEGMENTED.has(source);
}

export function segments(text: string): Segments {
  const letters = [...text];
  const plain = letters.every((one) => BASIC.has(one) || EXTENDED.has(one));
  const [single, part] = plain ? [160, 153] : [70, 67];
  const sizes = letters.map((one) => (plain ? (EXTENDED.has(one) ? 2 : 1) : one.length));
  const units = sizes.reduce((sum, size) => sum + size, 0);
  if (units <= single) return { count: units === 0 ? 0 : 1, left: single - units };
  let count = 1;
  let used = 0;
  for (const size of sizes) {
    // A character is never cut in two.
    if (used + size > part) {
      count += 1;
      used = 0;
    }
    used += size;
  }
  return { count, left: part - used };
}
