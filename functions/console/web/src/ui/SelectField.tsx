import { useId, type ReactNode, type SelectHTMLAttributes } from "react";

/** A choice from a list with its name above. */
export function SelectField({ label, children, ...rest }: SelectHTMLAttributes<HTMLSelectElement> & { label: string; children: ReactNode }) {
  const id = useId();
  return (
    <div className="ui-field">
      <label htmlFor={id}>{label}</label>
      <select id={id} className="ui-input" {...rest}>{children}</select>
    </div>
  );
}
