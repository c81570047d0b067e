import { Ban, Clock, LayoutTemplate, Lock, Unplug } from "lucide-react";
import { useHost } from "../thread/host";

export type ClosedReason = "window" | "never" | "blocked" | "disconnected" | "permission" | "no_channel";

const ICONS = { window: Clock, never: Clock, blocked: Ban, disconnected: Unplug, permission: Lock, no_channel: Unplug };

/** Stands where one would write, says why not, and offers what is allowed. */
export function ClosedPanel({ reason, name, channel, templates, onTemplate, onUnblock }: {
  reason: ClosedReason;
  name: string;
  channel: string;
  /** The channel has approved templates, which may always be sent. */
  templates: boolean;
  onTemplate: () => void;
  onUnblock?: (() => void) | undefined;
}) {
  const { t } = useHost();
  const Icon = ICONS[reason];
  const template = templates && (reason === "window" || reason === "never");
  return (
    <div className="cv-closed" role="status">
      <Icon size={20} strokeWidth={1.75} aria-hidden="true" />
      <p>{t(`closed.${reason}${!templates && (reason === "window" || reason === "never") ? "_only" : ""}`, { name, channel })}</p>
      {template ? (
        <button type="button" className="cv-button cv-primary" onClick={onTemplate}><LayoutTemplate size={16} strokeWidth={1.75} aria-hidden="true" />{t("closed.choose_template")}</button>
      ) : null}
      {reason === "blocked" && onUnblock ? <button type="button" className="cv-button" onClick={onUnblock}>{t("thread.unblock")}</button> : null}
    </div>
  );
}
