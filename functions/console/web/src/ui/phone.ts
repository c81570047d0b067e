/** Calling codes of one and two digits; all others have three. */
const CALLING = /^\+(1|7|2[07]|3[0-469]|4[013-9]|5[1-8]|6[0-6]|8[1246]|9[0-58])/;

/** How the digits after the calling code are read, by their count. */
const GROUPS: Record<number, number[]> = { 7: [3, 4], 8: [4, 4], 9: [2, 3, 4], 10: [3, 3, 4], 11: [2, 5, 4] };

/** `+593991234567` as `+593 99 123 4567`; anything else as it is. Only for reading: never sent nor compared. */
export function phoneText(text: string): string {
  if (!/^\+\d{8,15}$/.test(text)) return text;
  const code = CALLING.exec(text)?.[0] ?? text.slice(0, 4);
  const rest = text.slice(code.length);
  const groups = GROUPS[rest.length];
  if (!groups) return `${code} ${rest}`;
  let at = 0;
  return [code, ...groups.map((size) => rest.slice(at, (at += size)))].join(" ");
}
