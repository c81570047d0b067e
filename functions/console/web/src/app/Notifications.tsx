import { Bell } from "lucide-react";
import { Popover } from "radix-ui";
import { useCallback, useEffect, useState } from "react";
import { useLocation } from "wouter";
import type { Notification } from "../api/types";
import { useWords } from "../i18n";
import { Button } from "../ui/Button";
import { ICON_LARGE } from "../ui/icon";
import { EmptyState } from "../ui/State";
import { useWorkspace } from "./workspace";

export interface NotificationsState {
  items: Notification[];
  unread: number;
  read: (ids: string[]) => void;
}

export function useNotifications(): NotificationsState {
  const { request, signals } = useWorkspace();
  const [items, setItems] = useState<Notification[]>([]);
  const load = useCallback(() => {
    request<{ items: Notification[] }>("GET", "notifications").then((answer) => setItems(answer.items), () => undefined);
  }, [request]);
  useEffect(() => {
    load();
    const stopGap = signals.gap.on(load);
    const stopNew = signals.notification.on((one) => setItems((held) => [one, ...held.filter((other) => other.id !== one.id)].slice(0, 100)));
    return () => {
      stopGap();
      stopNew();
    };
  }, [load, signals]);
  const read = useCallback((ids: string[]) => {
    setItems((held) => held.map((one) => (ids.length === 0 || ids.includes(one.id) ? { ...one, read: true } : one)));
    request("POST", "notifications/read", { body: { ids } }).catch(load);
  }, [request, load]);
  return { items, unread: items.filter((one) => !one.read).length, read };
}

const KNOWN = new Set(["message_failed", "assigned", "mention", "export_ready", "export_failed", "quota"]);

/** The bell with what needs this person. */
export function Notifications({ state, wide }: { state: NotificationsState; wide: boolean }) {
  const { t, listTime } = useWords();
  const { user } = useWorkspace();
  const [, go] = useLocation();
  const [open, setOpen] = useState(false);
  const { items, unread, read } = state;
  const follow = (one: Notification) => {
    setOpen(false);
    if (!one.read) read([one.id]);
    if (one.kind.startsWith("export_")) go("/settings/exports");
    if (one.kind === "quota") go("/settings/billing");
    if (one.contact_id !== undefined) go(`/inbox/all/${one.contact_id}`);
  };
  const words = (one: Notification) => t(`notifications.${KNOWN.has(one.kind) ? one.kind : "other"}`, { name: "", author: user(one.args?.["author_id"])?.name ?? t("notifications.somebody"), ...one.args });
  return (
    <Popover.Root open={open} onOpenChange={setOpen}>
      <Popover.Trigger asChild>
        <button type="button" className="rail-item" aria-label={`${t("nav.notifications")}. ${t("notifications.unread", { count: unread })}`} title={wide ? undefined : t("nav.notifications")}>
          <span className="bottom-icon"><Bell {...ICON_LARGE} />{unread > 0 && !wide ? <i className="dot" /> : null}</span>
          {wide ? <span className="ellipsis">{t("nav.notifications")}</span> : null}
          {wide && unread > 0 ? <span className="ui-count">{unread > 99 ? "99+" : unread}</span> : null}
        </button>
      </Popover.Trigger>
      <Popover.Portal>
        <Popover.Content className="ui-pop notifications" side="right" align="end" sideOffset={8} collisionPadding={8} aria-label={t("notifications.title")}>
          <header><h2>{t("notifications.title")}</h2>{unread > 0 ? <Button tone="quiet" onClick={() => read([])}>{t("notifications.read_all")}</Button> : null}</header>
          {items.length === 0 ? <EmptyState icon={Bell} text={t("notifications.empty")} /> : (
            <ul>
              {items.map((one) => (
                <li key={one.id}><button type="button" data-unread={!one.read || undefined} onClick={() => follow(one)}><span>{words(one)}</span><time className="figures">{listTime(one.at)}</time></button></li>
              ))}
            </ul>
          )}
        </Popover.Content>
      </Popover.Portal>
    </Popover.Root>
  );
}
