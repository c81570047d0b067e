import { useMemo, useState, type KeyboardEvent } from "react";
import { useHost } from "../thread/host";
import { GROUPS, searchEmoji } from "./emoji";

const RECENT_KEY = "colibri.emoji";
const RECENT_MAX = 16;

function recent(): string[] {
  try {
    return (JSON.parse(localStorage.getItem(RECENT_KEY) ?? "[]") as string[]).slice(0, RECENT_MAX);
  } catch {
    return [];
  }
}

function remember(emoji: string): void {
  try {
    localStorage.setItem(RECENT_KEY, JSON.stringify([emoji, ...recent().filter((one) => one !== emoji)].slice(0, RECENT_MAX)));
  } catch {
    // Nothing is remembered then.
  }
}

/** Arrow keys go over the grid; its width in columns is read from the page. */
function moveFocus(event: KeyboardEvent<HTMLDivElement>): void {
  const all = [...event.currentTarget.querySelectorAll<HTMLButtonElement>("button[data-emoji]")];
  const at = all.indexOf(document.activeElement as HTMLButtonElement);
  if (at === -1) return;
  const step = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: 8, ArrowUp: -8 }[event.key];
  if (step === undefined) return;
  event.preventDefault();
  all[Math.min(all.length - 1, Math.max(0, at + step))]?.focus();
}

export default function EmojiPicker({ onPick }: { onPick: (emoji: string) => void }) {
  const { t } = useHost();
  const [query, setQuery] = useState("");
  const groups = useMemo(() => {
    if (query.trim()) return [{ key: "", emoji: searchEmoji(query) }];
    const last = recent();
    return last.length > 0 ? [{ key: "recent", emoji: last }, ...GROUPS] : GROUPS;
  }, [query]);
  const pick = (emoji: string) => {
    remember(emoji);
    onPick(emoji);
  };
  return (
    <div className="cv-emoji" onKeyDown={moveFocus}>
      <input type="search" value={query} onChange={(event) => setQuery(event.target.value)} placeholder={t("emoji.search")} aria-label={t("emoji.search")} autoFocus />
      <div className="cv-emoji-list">
        {groups.map((group) => (
          <section key={group.key} aria-label={group.key ? t(`emoji.${group.key}`) : undefined}>
            {group.key ? <h4>{t(`emoji.${group.key}`)}</h4> : null}
            <div>{group.emoji.map((emoji) => <button key={emoji} type="button" data-emoji onClick={() => pick(emoji)} aria-label={emoji}>{emoji}</button>)}</div>
          </section>
        ))}
        {groups.every((group) => group.emoji.length === 0) ? <p>{t("emoji.none")}</p> : null}
      </div>
    </div>
  );
}
