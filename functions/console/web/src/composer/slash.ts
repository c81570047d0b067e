/** Snippets in the composer: `/` and the beginning of an id or of a word of the name. */
import { fold } from "./mention";

export interface SnippetRow {
  id: string;
  name: string;
  text: string;
  files?: readonly string[];
}

export interface SlashQuery {
  /** Where the `/` stands. */
  from: number;
  text: string;
}

/** The snippet being looked for at the caret: a `/` that begins the text or follows a space, so that neither a date nor an address offers anything. */
export function slashAt(text: string, caret: number): SlashQuery | undefined {
  const from = text.lastIndexOf("/", caret - 1);
  if (from === -1 || (from > 0 && !/\s/.test(text[from - 1] ?? ""))) return undefined;
  const query = text.slice(from + 1, caret);
  return query.length > 30 || /[\s/]/.test(query) ? undefined : { from, text: query };
}

/** Ids that begin with the query come first, then names with such a word, then texts that hold it; at most eight. */
export function findSnippets<S extends SnippetRow>(snippets: readonly S[], query: string): S[] {
  const wanted = fold(query);
  const rank = (one: S) => {
    if (one.id.startsWith(wanted)) return 0;
    if (fold(one.name).split(/\s+/).some((word) => word.startsWith(wanted))) return 1;
    return wanted.length > 2 && fold(one.text).includes(wanted) ? 2 : 3;
  };
  return snippets.map((one) => ({ one, rank: rank(one) })).filter((row) => row.rank < 3).sort((a, b) => a.rank - b.rank || a.one.id.localeCompare(b.one.id)).slice(0, 8).map((row) => row.one);
}

/** The text with `/query` replaced, and where the caret goes. */
export function putSnippet(text: string, query: SlashQuery, caret: number, filled: string): { text: string; caret: number } {
  return { text: text.slice(0, query.from) + filled + text.slice(caret), caret: query.from + filled.length };
}
