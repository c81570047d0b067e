import { useImperativeHandle, useLayoutEffect, useRef, useState, type ClipboardEvent, type KeyboardEvent, type Ref } from "react";
import { useHost } from "../thread/host";
import { complete, mentionAt, suggest, type MentionQuery, type Person } from "./mention";

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
  ref?: Ref<TextBoxHandle>;
}

/** Grows from two lines to eight; Enter sends, Shift+Enter breaks the line. */
export function TextBox({ value, onChange, onSend, onFiles, onEscape, placeholder, people, onMention, ref }: Props) {
  const { t } = useHost();
  const box = useRef<HTMLTextAreaElement>(null);
  const [query, setQuery] = useState<MentionQuery>();
  const [chosen, setChosen] = useState(0);
  const found = people && query ? suggest(people, query.text) : [];
  const listOpen = query !== undefined && people !== undefined;

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
    setChosen(0);
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
        take(found[chosen]);
        return;
      }
    }
    if (event.key === "Escape") {
      if (listOpen) setQuery(undefined);
      else onEscape?.();
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
        <ul className="cv-mentions" role="listbox" aria-label={t("composer.mentions")} id="cv-mentions">
          {found.map((person, index) => (
            <li key={person.id} id={`cv-mention-${index}`} role="option" aria-selected={index === chosen} onPointerDown={(event) => { event.preventDefault(); take(person); }}>{person.name}</li>
          ))}
          {found.length === 0 ? <li className="cv-none">{t("composer.no_people")}</li> : null}
        </ul>
      ) : null}
      <textarea
        ref={box} value={value} rows={2} placeholder={placeholder} aria-label={placeholder} dir="auto" enterKeyHint="send"
        aria-controls={listOpen ? "cv-mentions" : undefined} aria-activedescendant={listOpen && found.length > 0 ? `cv-mention-${chosen}` : undefined}
        onChange={(event) => { onChange(event.target.value); track(event.target.value, event.target.selectionStart); }}
        onSelect={(event) => track(value, event.currentTarget.selectionStart)} onBlur={() => setQuery(undefined)} onKeyDown={keys} onPaste={paste}
      />
    </div>
  );
}
