import { useImperativeHandle, useLayoutEffect, useRef, useState, type ClipboardEvent, type KeyboardEvent, type Ref } from "react";
import { useHost } from "../thread/host";
import { complete, mentionAt, suggest, type MentionQuery, type Person } from "./mention";
import { findSnippets, putSnippet, slashAt, type SlashQuery, type SnippetRow } from "./slash";

export interface TextBoxHandle {
  focus: () => void;
  insert: (text: string) => void;
}

interface Props {
  value: string;
  onChange: (value: string) => void;
  onSend: () => void;
  onFiles?: (files: File[]) => void;
  onEscape?: () => void;
  placeholder: string;
  /** People that `@` offers; without them it offers nobody. */
  people?: readonly Person[] | undefined;
  onMention?: (person: Person) => void;
  /** What `/` offers; without them it offers nothing. */
  snippets?: readonly SnippetRow[] | undefined;
  /** Called when a `/` is typed: whoever has snippets fetches them. */
  onSlash?: () => void;
  /** Answers what stands in a snippet's place; undefined where it could not be had. */
  onSnippet?: (snippet: SnippetRow) => Promise<string | undefined>;
  ref?: Ref<TextBoxHandle>;
}

/** Grows from two lines to eight; Enter sends, Shift+Enter breaks the line. */
export function TextBox({ value, onChange, onSend, onFiles, onEscape, placeholder, people, onMention, snippets, onSlash, onSnippet, ref }: Props) {
  const { t } = useHost();
  const box = useRef<HTMLTextAreaElement>(null);
  const [query, setQuery] = useState<MentionQuery>();
  const [slash, setSlash] = useState<SlashQuery>();
  const [chosen, setChosen] = useState(0);
  const offered = slash && snippets ? findSnippets(snippets, slash.text) : [];
  const found: { id: string; name: string; hint?: string; take: () => void }[] = people && query
    ? suggest(people, query.text).map((person) => ({ id: person.id, name: person.name, take: () => take(person) }))
    : offered.map((one) => ({ id: one.id, name: `/${one.id}`, hint: one.text ? `${one.name} · ${one.text}` : one.name, take: () => void fill(one) }));
  // Of a slash that begins nothing known there is nothing to say.
  const listOpen = (query !== undefined && people !== undefined) || offered.length > 0;

  useLayoutEffect(() => {
    const element = box.current;
    if (!element) return;
    element.style.height = "auto";
    element.style.height = `${element.scrollHeight}px`;
  }, [value]);

  const put = (text: string, caret: number) => {
    onChange(text);
    requestAnimationFrame(() => box.current?.setSelectionRange(caret, caret));
  };
  useImperativeHandle(ref, () => ({
    focus: () => box.current?.focus(),
    insert: (text) => {
      const element = box.current;
      const from = element?.selectionStart ?? value.length;
      const to = element?.selectionEnd ?? value.length;
      element?.focus();
      put(value.slice(0, from) + text + value.slice(to), from + text.length);
    },
  }));
  const track = (text: string, caret: number) => {
    setQuery(people ? mentionAt(text, caret) : undefined);
    const looked = onSnippet ? slashAt(text, caret) : undefined;
    if (looked) onSlash?.();
    setSlash(looked);
    setChosen(0);
  };
  const fill = async (snippet: SnippetRow) => {
    if (!slash || !onSnippet) return;
    const caret = box.current?.selectionStart ?? value.length;
    setSlash(undefined);
    const filled = await onSnippet(snippet);
    if (filled === undefined) return;
    const done = putSnippet(value, slash, caret, filled);
    put(done.text, done.caret);
    box.current?.focus();
  };
  const take = (person: Person | undefined) => {
    if (!person || !query) return;
    const done = complete(value, query, box.current?.selectionStart ?? value.length, person);
    onMention?.(person);
    setQuery(undefined);
    put(done.text, done.caret);
    box.current?.focus();
  };
  const keys = (event: KeyboardEvent<HTMLTextAreaElement>) => {
    if (event.nativeEvent.isComposing) return;
    if (listOpen && found.length > 0) {
      const step = event.key === "ArrowDown" ? 1 : event.key === "ArrowUp" ? -1 : 0;
      if (step !== 0) {
        event.preventDefault();
        setChosen((chosen + step + found.length) % found.length);
        return;
      }
      if (event.key === "Enter" || event.key === "Tab") {
        event.preventDefault();
        found[chosen]?.take();
        return;
      }
    }
    if (event.key === "Escape") {
      if (listOpen) {
        setQuery(undefined);
        setSlash(undefined);
      } else onEscape?.();
      event.stopPropagation();
    } else if (event.key === "Enter" && !event.shiftKey) {
      event.preventDefault();
      onSend();
    }
  };
  const paste = (event: ClipboardEvent) => {
    const files = [...event.clipboardData.files];
    if (files.length === 0 || !onFiles) return;
    event.preventDefault();
    onFiles(files);
  };
  return (
    <div className="cv-write">
      {listOpen ? (
        <ul className="cv-mentions" role="listbox" aria-label={t(query ? "composer.mentions" : "composer.snippets")} id="cv-mentions">
          {found.map((one, index) => (
            <li key={one.id} id={`cv-mention-${index}`} role="option" aria-selected={index === chosen} onPointerDown={(event) => { event.preventDefault(); one.take(); }}>{one.name}{one.hint ? <small>{one.hint}</small> : null}</li>
          ))}
          {found.length === 0 ? <li className="cv-none">{t("composer.no_people")}</li> : null}
        </ul>
      ) : null}
      <textarea
        ref={box} value={value} rows={2} placeholder={placeholder} aria-label={placeholder} dir="auto" enterKeyHint="send"
        aria-controls={listOpen ? "cv-mentions" : undefined} aria-activedescendant={listOpen && found.length > 0 ? `cv-mention-${chosen}` : undefined}
        onChange={(event) => { onChange(event.target.value); track(event.target.value, event.target.selectionStart); }}
        onSelect={(event) => track(value, event.currentTarget.selectionStart)} onBlur={() => { setQuery(undefined); setSlash(undefined); }} onKeyDown={keys} onPaste={paste}
      />
    </div>
  );
}
