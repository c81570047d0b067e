import { Check, Search } from "lucide-react";
import { Popover } from "radix-ui";
import { useId, useMemo, useRef, useState, type KeyboardEvent, type ReactElement, type ReactNode } from "react";
import { ICON } from "./icon";

export interface Option {
  value: string;
  label: string;
  /** Words that find it besides its label. */
  also?: string;
  before?: ReactNode;
  after?: ReactNode;
}

export function folded(text: string): string {
  return text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();
}

export interface ComboboxProps {
  trigger: ReactElement;
  label: string;
  placeholder: string;
  empty: string;
  options: readonly Option[];
  value?: string | undefined;
  onPick: (value: string) => void;
  open: boolean;
  onOpenChange: (open: boolean) => void;
  align?: "start" | "end";
}

/** A list that is searched while typing; accents do not matter. */
export function Combobox(props: ComboboxProps) {
  const { trigger, label, open, onOpenChange, align = "start" } = props;
  return (
    <Popover.Root open={open} onOpenChange={onOpenChange}>
      <Popover.Trigger asChild>{trigger}</Popover.Trigger>
      <Popover.Portal>
        <Popover.Content className="ui-pop ui-combobox" align={align} sideOffset={6} collisionPadding={8} aria-label={label}>
          <ComboboxList {...props} />
        </Popover.Content>
      </Popover.Portal>
    </Popover.Root>
  );
}

function ComboboxList({ label, placeholder, empty, options, value, onPick, onOpenChange }: ComboboxProps) {
  const [text, setText] = useState("");
  const [at, setAt] = useState(0);
  const id = useId();
  const list = useRef<HTMLUListElement>(null);
  const shown = useMemo(() => {
    const wanted = folded(text.trim());
    return wanted ? options.filter((one) => folded(`${one.label} ${one.also ?? ""}`).includes(wanted)) : options;
  }, [text, options]);
  const pick = (index: number) => {
    const one = shown[index];
    if (!one) return;
    onOpenChange(false);
    onPick(one.value);
  };
  const move = (to: number) => {
    const next = Math.max(0, Math.min(shown.length - 1, to));
    setAt(next);
    list.current?.children[next]?.scrollIntoView({ block: "nearest" });
  };
  const key = (event: KeyboardEvent) => {
    if (event.key === "ArrowDown") move(at + 1);
    else if (event.key === "ArrowUp") move(at - 1);
    else if (event.key === "Home") move(0);
    else if (event.key === "End") move(shown.length - 1);
    else if (event.key === "Enter") pick(at);
    else return;
    event.preventDefault();
  };
  return (
    <>
      <label className="ui-combobox-search">
        <Search {...ICON} /><span className="visually-hidden">{placeholder}</span>
        <input
          autoFocus role="combobox" aria-expanded="true" aria-controls={id} aria-activedescendant={shown.length > 0 ? `${id}-${at}` : undefined}
          placeholder={placeholder} value={text} onChange={(event) => { setText(event.target.value); setAt(0); }} onKeyDown={key}
        />
      </label>
      <ul id={id} ref={list} role="listbox" aria-label={label}>
        {shown.map((one, index) => (
          <li
            key={one.value} id={`${id}-${index}`} role="option" aria-selected={one.value === value} data-active={index === at || undefined} className="ui-menu-item"
            onPointerMove={() => setAt(index)} onClick={() => pick(index)}
          >
            {one.before}<span className="ellipsis" title={one.label}>{one.label}</span>{one.after}
            {one.value === value ? <Check {...ICON} className="ui-menu-more" /> : null}
          </li>
        ))}
      </ul>
      {shown.length === 0 ? <p className="ui-combobox-empty">{empty}</p> : null}
    </>
  );
}
