import { ChevronDown, Lock } from "lucide-react";
import { memo } from "react";
import type { Row } from "./grouping";
import { useHost } from "./host";
import type { Comment } from "./model";
import { RichText } from "./RichText";
import { dayText, eventText, fullTimeText, nameOfUser, timeText } from "./words";

export function DayMark({ at, floating = false }: { at: number; floating?: boolean }) {
  const { t, locale, zone } = useHost();
  return (
    <div className="cv-day" data-floating={floating} aria-hidden={floating}>
      <span>{dayText(at, Date.now(), locale, t, zone)}</span>
    </div>
  );
}

export function EventLine({ activity, contactName }: { activity: Extract<Row, { kind: "event" }>["activity"]; contactName: string }) {
  const host = useHost();
  return (
    <p className="cv-event" title={fullTimeText(activity.at, host.locale, host.zone)}>
      {eventText(activity, host, contactName)} <time>{timeText(activity.at, host.locale, host.zone)}</time>
    </p>
  );
}

export function FoldedEvents({ row, contactName, onToggle }: { row: Extract<Row, { kind: "events" }>; contactName: string; onToggle: (key: string) => void }) {
  const { t } = useHost();
  const count = row.activities.length;
  return (
    <div className="cv-fold">
      <button type="button" className="cv-event-fold" aria-expanded={row.open} onClick={() => onToggle(row.key)}>
        {t(row.open ? "thread.changes_hide" : "thread.changes", { count })}
        <ChevronDown size={14} strokeWidth={1.75} aria-hidden="true" />
      </button>
      {row.open ? row.activities.map((activity) => <EventLine key={activity.id} activity={activity} contactName={contactName} />) : null}
    </div>
  );
}

/** Amber and across the whole column: nobody takes it for something the customer reads. */
export const CommentRow = memo(function CommentRow({ comment, onRetry, onDiscard }: { comment: Comment; onRetry: (key: string) => void; onDiscard: (key: string) => void }) {
  const { t, locale, zone, users, me } = useHost();
  const author = comment.author === me ? t("thread.you") : nameOfUser(users, comment.author, t);
  const key = comment.client_key;
  return (
    <article className="cv-comment" tabIndex={-1} data-state={comment.state} aria-label={`${t("composer.tab_comment")}, ${author}`}>
      <header>
        <strong>{author}</strong>
        <span className="cv-comment-note"><Lock size={12} strokeWidth={2} aria-hidden="true" />{t("thread.team_only")}</span>
        <time dateTime={new Date(comment.at).toISOString()} title={fullTimeText(comment.at, locale, zone)}>{timeText(comment.at, locale, zone)}</time>
      </header>
      <RichText text={comment.text} />
      {comment.state === "failed" && key ? (
        <div className="cv-failure" role="status">
          <span>{t("failure.comment")}</span>
          <button type="button" onClick={() => onRetry(key)}>{t("message.retry")}</button>
          <button type="button" onClick={() => onDiscard(key)}>{t("message.discard")}</button>
        </div>
      ) : null}
    </article>
  );
});
