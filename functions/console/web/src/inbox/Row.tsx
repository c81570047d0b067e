import { Timer } from "lucide-react";
import { memo } from "react";
import type { ContactHead } from "../api/types";
import { useWorkspace } from "../app/workspace";
import { useWords } from "../i18n";
import { Ticks } from "../thread/Ticks";
import { Avatar } from "../ui/Avatar";
import { phoneText } from "../ui/phone";
import { leftText, minutesLeft, previewLine } from "./preview";

export interface RowProps {
  head: ContactHead;
  selected: boolean;
  /** The one row that the tab key reaches. */
  reachable: boolean;
  /** This minute: changes what the clock tells. */
  now: number;
  position: number;
  total: number;
  onPick: (id: number) => void;
}

/** A conversation in the list. */
export const Row = memo(function Row({ head, selected, reachable, now, position, total, onPick }: RowProps) {
  const { t, listTime } = useWords();
  const { user, me } = useWorkspace();
  const name = phoneText(head.name);
  const last = head.last_message;
  const preview = previewLine(last, t);
  const left = head.status === "open" ? minutesLeft(head, now) : undefined;
  const assignee = user(head.assignee);
  const ours = last?.traffic === "outgoing";
  const failed = ours && last?.state === "failed";
  const spoken = [
    name, head.unread > 0 ? t("inbox.unread", { count: head.unread }) : "", ours ? `${t("inbox.you")}${preview}` : preview, ours && last?.state ? t(`state.${last.state}`) : "",
    last ? listTime(last.at) : "", left === undefined ? "" : t("inbox.closes_in", { left: leftText(left) }), assignee ? t("inbox.assigned_to", { name: assignee.name }) : "",
  ].filter(Boolean).join(". ");
  return (
    <div
      role="option" id={`row-${head.id}`} aria-selected={selected} aria-posinset={position + 1} aria-setsize={total} aria-label={spoken} tabIndex={reachable ? 0 : -1}
      className="row" data-unread={head.unread > 0 || undefined} data-id={head.id} onClick={() => onPick(head.id)}
    >
      <Avatar name={head.name} id={head.id} source={head.channels[0]?.source} />
      <div className="row-words">
        <div className="row-line">
          <span className="row-name ellipsis" title={name}>{name}</span>
          <time className="row-time figures">{last ? listTime(last.at) : listTime(head.created_at)}</time>
        </div>
        <div className="row-line">
          <span className="row-preview ellipsis" data-failed={failed || undefined} title={preview}>
            {ours && last?.state ? <Ticks state={last.state} channel={last.channel_id} /> : null}
            <span className="ellipsis">{failed ? `${t("state.failed")}: ` : ""}{preview}</span>
          </span>
          {left === undefined ? null : <span className="row-window figures" title={t("inbox.closes_in", { left: leftText(left) })}><Timer size={12} strokeWidth={2} aria-hidden="true" />{left >= 60 ? `${Math.floor(left / 60)} h` : `${left} min`}</span>}
          {head.unread > 0 ? <span className="ui-count">{head.unread > 99 ? "99+" : head.unread}</span>
            : assignee ? <span title={t("inbox.assigned_to", { name: assignee.id === me.user_id ? t("assign.me", { name: assignee.name }) : assignee.name })}><Avatar name={assignee.name} id={assignee.id} size={18} /></span> : null}
        </div>
      </div>
    </div>
  );
});
