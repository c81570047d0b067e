/** Mentions in internal comments: written as `@Name`, stored as `{{@user.<id>}}`. */
export interface Person {
  id: string;
  name: string;
}

export const COMMENT_MAX = 1000;

/** Without accents and case, as people search. */
export function fold(text: string): string {
  return text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();
}

export interface MentionQuery {
  /** Where the `@` stands. */
  from: number;
  text: string;
}

/** The mention being written at the caret, if there is one. */
export function mentionAt(text: string, caret: number): MentionQuery | undefined {
  const from = text.lastIndexOf("@", caret - 1);
  if (from === -1) return undefined;
  if (from > 0 && /[\p{L}\p{N}]/u.test(text[from - 1] ?? "")) return undefined;
  const query = text.slice(from + 1, caret);
  if (query.length > 40 || /[\n@]/.test(query) || query.trim().split(/\s+/).length > 3) return undefined;
  return { from, text: query };
}

/** People whose name holds a word that begins with the query, accents folded; at most eight. */
export function suggest<P extends Person>(people: readonly P[], query: string): P[] {
  const wanted = fold(query.trim());
  return people
    .filter((person) => fold(person.name).startsWith(wanted) || fold(person.name).split(/\s+/).some((word) => word.startsWith(wanted)))
    .slice(0, 8);
}

/** The text with the query replaced by the person's name, and where the caret goes. */
export function complete(text: string, query: MentionQuery, caret: number, person: Person): { text: string; caret: number } {
  const name = `@${person.name} `;
  return { text: text.slice(0, query.from) + name + text.slice(caret).replace(/^ /, ""), caret: query.from + name.length };
}

/** What is stored: every `@Name` of somebody who was chosen becomes their mark. Longer names are taken first. */
export function encodeMentions(text: string, chosen: readonly Person[]): string {
  const byLength = [...chosen].sort((a, b) => b.name.length - a.name.length);
  let out = "";
  for (let at = 0; at < text.length; ) {
    const person = text[at] === "@" ? byLength.find((one) => text.startsWith(one.name, at + 1) && !/[\p{L}\p{N}]/u.test(text[at + 1 + one.name.length] ?? "")) : undefined;
    out += person ? `{{@user.${person.id}}}` : (text[at] ?? "");
    at += person ? person.name.length + 1 : 1;
  }
  return out;
}
