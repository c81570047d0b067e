import type { ButtonHTMLAttributes, ReactNode, Ref } from "react";
import { Tip } from "./Tip";

export interface ButtonProps extends ButtonHTMLAttributes<HTMLButtonElement> {
  tone?: "plain" | "primary" | "danger" | "quiet";
  /** Shows that the answer is awaited; the button cannot be pressed meanwhile. */
  busy?: boolean;
  ref?: Ref<HTMLButtonElement>;
}

export function Button({ tone = "plain", busy = false, className = "", disabled, ...rest }: ButtonProps) {
  return <button type="button" {...rest} className={`ui-button ${className}`} data-tone={tone} disabled={disabled || busy} aria-busy={busy || undefined} />;
}

export interface IconButtonProps extends ButtonHTMLAttributes<HTMLButtonElement> {
  label: string;
  children: ReactNode;
  ref?: Ref<HTMLButtonElement>;
}

/** An icon that acts; its name shows on hover and focus. */
export function IconButton({ label, className = "", ...rest }: IconButtonProps) {
  return <Tip text={label}><button type="button" {...rest} aria-label={label} className={`ui-icon-button ${className}`} /></Tip>;
}
