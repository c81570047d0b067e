import { useId } from "react";

/** Several lines of text with their name above and their problem beneath. */
export function TextArea({ label, hint, problem, value, onChange, rows = 3, placeholder }: { label: string; hint?: string; problem?: string | undefined; value: string; onChange: (value: string) => void; rows?: number; placeholder?: string }) {
  const id = useId();
  const about = problem ? `${id}-problem` : hint ? `${id}-hint` : undefined;
  return (
    <div className="ui-field" data-wrong={problem !== undefined}>
      <label htmlFor={id}>{label}</label>
      <textarea id={id} className="ui-input" rows={rows} placeholder={placeholder} aria-invalid={problem !== undefined} aria-describedby={about} spellCheck={placeholder === undefined} value={value} onChange={(event) => onChange(event.target.value)} />
      {problem ? <p id={`${id}-problem`} className="ui-problem" role="alert">{problem}</p> : hint ? <p id={`${id}-hint`} className="ui-hint">{hint}</p> : null}
    </div>
  );
}
