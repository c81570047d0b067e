/** What was written and not sent, kept per person and contact on this device. */

export interface Draft {
  text: string;
  comment: string;
  replyTo?: number;
  tab?: "reply" | "comment";
}

export const EMPTY_DRAFT: Draft = { text: "", comment: "" };
const PREFIX = "colibri.draft.";
/** Drafts kept on a device; the oldest go first. */
const MAX_DRAFTS = 200;

interface Stored extends Draft {
  at: number;
}

export class Drafts {
  constructor(
    private readonly storage: Storage,
    private readonly user: string,
    private readonly workspace: string,
    private readonly now: () => number = Date.now,
  ) {}

  private key(contact: number): string {
    return `${PREFIX}${this.user}.${this.workspace}.${contact}`;
  }

  load(contact: number): Draft {
    try {
      const raw = this.storage.getItem(this.key(contact));
      if (!raw) return EMPTY_DRAFT;
      const { at: _at, ...draft } = { ...EMPTY_DRAFT, ...(JSON.parse(raw) as Stored) };
      return draft;
    } catch {
      return EMPTY_DRAFT;
    }
  }

  /** Keeps a draft; an empty one is forgotten. A full storage loses the draft, never the page. */
  save(contact: number, draft: Draft): void {
    try {
      if (!draft.text.trim() && !draft.comment.trim()) {
        this.storage.removeItem(this.key(contact));
        return;
      }
      this.storage.setItem(this.key(contact), JSON.stringify({ ...draft, at: this.now() } satisfies Stored));
      this.trim();
    } catch {
      // Private windows refuse to store: the draft lives as long as the page.
    }
  }

  private trim(): void {
    const keys = Array.from({ length: this.storage.length }, (_, i) => this.storage.key(i) ?? "").filter((key) => key.startsWith(PREFIX));
    if (keys.length <= MAX_DRAFTS) return;
    const age = (key: string) => (JSON.parse(this.storage.getItem(key) ?? "{}") as Partial<Stored>).at ?? 0;
    keys.sort((a, b) => age(a) - age(b)).slice(0, keys.length - MAX_DRAFTS).forEach((key) => this.storage.removeItem(key));
  }
}
