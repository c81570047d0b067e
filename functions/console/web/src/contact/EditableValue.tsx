import { useId, useRef, useState } from "react";
import { useWords } from "../i18n";

export interface EditableValueProps {
  label: string;
  value: string;
  /** What is shown instead of the value while it is not edited. */
  shown?: string | undefined;
  type: string;
  editable: boolean;
  placeholder?: string;
  maxLength?: number;
  /** Resolves to the problem in words, or to nothing. */
  onSave: (value: string) => Promise<string | undefined>;
}

/** A value that becomes a field when it is pressed, and is saved when one leaves it. Escape leaves it as it was. */
export function EditableValue({ label, value, shown, type, editable, placeholder, maxLength = 255, onSave }: EditableValueProps) {
  const { t } = useWords();
  const id = useId();
  const [draft, setDraft] = useState<string>();
  const [problem, setProblem] = useState<string>();
  const [saving, setSaving] = useState<string>();
  const button = useRef<HTMLButtonElement>(null);
  const cancelled = useRef(false);
  const refocus = useRef(false);
  const stop = () => {
    setDraft(undefined);
    setProblem(undefined);
    if (refocus.current) requestAnimationFrame(() => button.current?.focus());
    refocus.current = false;
  };
  const leave = async () => {
    if (draft === undefined) return;
    const next = draft.trim();
    if (cancelled.current || next === value) {
      cancelled.current = false;
      stop();
      return;
    }
    setSaving(next);
    const wrong = await onSave(next);
    setSaving(undefined);
    if (wrong) setProblem(wrong);
    else stop();
  };
  const current = saving ?? value;
  return (
    <div className="fact" data-wrong={problem !== undefined || undefined}>
      <dt id={`${id}-label`}>{label}</dt>
      <dd>
        {draft === undefined ? (
          editable ? (
            <button ref={button} type="button" className="fact-value" aria-label={t("contact.edit", { field: `${label}: ${shown ?? current}` })} title={current} onClick={() => setDraft(value)}>
              {current === "" ? <span className="fact-empty">{t("contact.add_value")}</span> : <span className="ellipsis">{shown ?? current}</span>}
            </button>
          ) : <span className="fact-value ellipsis" title={current}>{current === "" ? "–" : (shown ?? current)}</span>
        ) : (
          <input
            className="ui-input" type={type} autoFocus value={draft} maxLength={maxLength} placeholder={placeholder} aria-labelledby={`${id}-label`} aria-invalid={problem !== undefined} aria-describedby={problem ? `${id}-problem` : undefined}
            readOnly={saving !== undefined} autoComplete="off" onChange={(event) => { setDraft(event.target.value); setProblem(undefined); }} onBlur={() => void leave()}
            onKeyDown={(event) => {
              if (event.key !== "Enter" && event.key !== "Escape") return;
              event.preventDefault();
              event.stopPropagation();
              refocus.current = true;
              cancelled.current = event.key === "Escape";
              event.currentTarget.blur();
            }}
          />
        )}
        {problem ? <p id={`${id}-problem`} className="ui-problem" role="alert">{problem}</p> : null}
      </dd>
    </div>
  );
}
