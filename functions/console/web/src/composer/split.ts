/** Divides a text that is longer than the channel takes. */

/** Length as the channels count it: code points, so that an emoji of one code point is one. */
export function lengthOf(text: string): number {
  let count = 0;
  for (const _ of text) count += 1;
  return count;
}

export type CounterState = { shown: false } | { shown: true; used: number; left: number; over: boolean };

/** The counter appears from four fifths of the limit on. */
export function counter(text: string, limit: number): CounterState {
  // A text has at most as many code points as UTF-16 units: most texts need no counting.
  if (text.length < limit * 0.8) return { shown: false };
  const used = lengthOf(text);
  return used < limit * 0.8 ? { shown: false } : { shown: true, used, left: limit - used, over: used > limit };
}

function cutAt(points: string[], limit: number): number {
  const least = Math.floor(limit / 2);
  const window = points.slice(0, limit + 1);
  for (const end of ["\n\n", "\n", ". ", "? ", " "]) {
    for (let at = limit; at > least; at -= 1) {
      if (window.slice(at - end.length, at).join("") === end) return at;
    }
  }
  return limit;
}

/** Pieces of at most `limit` code points, cut at the end of a paragraph, a sentence or a word where there is one. */
export function splitText(text: string, limit: number): string[] {
  const pieces: string[] = [];
  let points = [...text.trim()];
  while (points.length > limit) {
    const at = cutAt(points, limit);
    pieces.push(points.slice(0, at).join("").trim());
    points = [...points.slice(at).join("").trimStart()];
  }
  pieces.push(points.join(""));
  return pieces.filter(Boolean);
}
