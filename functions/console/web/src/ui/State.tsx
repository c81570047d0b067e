import type { LucideIcon } from "lucide-react";
import type { ReactNode } from "react";

/** A place without content: what it is for, and the one thing to do. */
export function EmptyState({ icon: Icon, text, children, alert = false }: { icon: LucideIcon; text: string; children?: ReactNode; alert?: boolean }) {
  return (
    <div className="ui-empty" role={alert ? "alert" : undefined}>
      <Icon size={40} strokeWidth={1.25} aria-hidden="true" />
      <p>{text}</p>
      {children}
    </div>
  );
}

/** Rows in the shape of what comes; the style sheet shows them after 150 ms. */
export function SkeletonRows({ rows, label }: { rows: number; label: string }) {
  return (
    <div className="ui-skeleton" role="status" aria-label={label}>
      {Array.from({ length: rows }, (_, index) => <div key={index} className="ui-skeleton-row"><i /><span><b /><b /></span></div>)}
    </div>
  );
}
