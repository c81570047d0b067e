import { useId, type InputHTMLAttributes, type Ref } from "react";

export interface TextFieldProps extends InputHTMLAttributes<HTMLInputElement> {
  label: string;
  hint?: string | undefined;
  problem?: string | undefined;
  ref?: Ref<HTMLInputElement>;
}

/** A line of text with its name above and its problem beneath. */
export function TextField({ label, hint, problem, className = "", ...rest }: TextFieldProps) {
  const id = useId();
  const about = problem ? `${id}-problem` : hint ? `${id}-hint` : undefined;
  return (
    <div className={`ui-field ${className}`} data-wrong={problem !== undefined}>
      <label htmlFor={id}>{label}</label>
      <input id={id} className="ui-input" aria-invalid={problem !== undefined} aria-describedby={about} {...rest} />
      {problem ? <p id={`${id}-problem`} className="ui-problem" role="alert">{problem}</p> : hint ? <p id={`${id}-hint`} className="ui-hint">{hint}</p> : null}
    </div>
  );
}
