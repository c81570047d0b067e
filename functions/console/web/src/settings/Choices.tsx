import { useId } from "react";

/** A few choices beside each other, one of them taken. */
export function Choices<T extends string>({ legend, hint, value, options, onChange, disabled = false }: { legend: string; hint?: string; value: T; options: readonly { value: T; label: string }[]; onChange: (value: T) => void; disabled?: boolean }) {
  const name = useId();
  return (
    <fieldset className="choices" disabled={disabled}>
      <legend className="ui-legend">{legend}</legend>
      {hint ? <p className="ui-hint">{hint}</p> : null}
      <div>
        {options.map((one) => (
          <label key={one.value} data-chosen={one.value === value || undefined}>
            <input type="radio" name={name} value={one.value} checked={one.value === value} onChange={() => onChange(one.value)} /><span>{one.label}</span>
          </label>
        ))}
      </div>
    </fieldset>
  );
}
