import { CloudOff, History } from "lucide-react";
import { useCallback, useEffect, useState } from "react";
import type { ContactHead, Page } from "../api/types";
import { useWorkspace } from "../app/workspace";
import { useWords } from "../i18n";
import type { Activity } from "../thread/model";
import { normaliseItem } from "../thread/normalise";
import { eventText } from "../thread/words";
import { Button } from "../ui/Button";
import { EmptyState, SkeletonRows } from "../ui/State";

/** What happened with a contact, newest first. */
export function ActivityLog({ head }: { head: ContactHead }) {
  const { t, day, clock } = useWords();
  const { request, signals, users } = useWorkspace();
  const [items, setItems] = useState<Activity[]>();
  const [cursor, setCursor] = useState<string>();
  const [failed, setFailed] = useState(false);
  const read = useCallback((from?: string) => {
    setFailed(false);
    request<Page<unknown>>("GET", `contacts/${head.id}/activity?${new URLSearchParams({ limit: "50", ...(from ? { cursor: from } : {}) })}`).then(
      (page) => {
        const taken = page.items.map(activityOf).filter((one) => one !== undefined);
        setItems((held) => (from ? [...(held ?? []), ...taken] : taken));
        setCursor(page.next_cursor);
      },
      () => setFailed(true),
    );
  }, [request, head.id]);
  useEffect(() => {
    read();
    const stopGap = signals.gap.on(() => read());
    const stopItem = signals.item.on((contact, item) => {
      const made = contact === head.id ? activityOf(item) : undefined;
      if (made) setItems((held) => (held?.some((one) => one.id === made.id) ? held : [made, ...(held ?? [])]));
    });
    return () => {
      stopGap();
      stopItem();
    };
  }, [read, signals, head.id]);
  if (failed && !items) return <EmptyState icon={CloudOff} text={t("contact.load_failed")} alert><Button onClick={() => read()}>{t("app.retry")}</Button></EmptyState>;
  if (!items) return <SkeletonRows rows={3} label={t("app.loading")} />;
  if (items.length === 0) return <EmptyState icon={History} text={t("contact.no_activity")} />;
  return (
    <>
      <ol className="activities">
        {items.map((one) => <li key={one.id}><span>{eventText(one, { t, users }, head.name)}</span><time className="figures">{`${day(one.at)}, ${clock(one.at)}`}</time></li>)}
      </ol>
      {cursor ? <Button className="activities-more" onClick={() => read(cursor)}>{t("contact.older")}</Button> : null}
    </>
  );
}

function activityOf(item: unknown): Activity | undefined {
  const read = normaliseItem(item);
  return read?.item === "activity" ? read : undefined;
}
