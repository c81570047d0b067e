import { ArrowDown, ArrowUp } from "lucide-react";
import { useState, type ReactNode } from "react";
import { problemText } from "../api/problem";
import { useWorkspace } from "../app/workspace";
import { useWords } from "../i18n";
import { Button, IconButton } from "../ui/Button";
import { ICON } from "../ui/icon";
import { useToast } from "../ui/Toast";

interface Item { id: string; name: string }

/** A list whose order is the workspace's: each item is moved by a step. */
export function Ordered<T extends Item>({ items, area, path, about, onOpen }: { items: readonly T[]; area: "fields" | "stages"; path: string; about: (item: T) => ReactNode; onOpen: (item: T) => void }) {
  const { t } = useWords();
  const { request, reload } = useWorkspace();
  const toast = useToast();
  const [busy, setBusy] = useState(false);
  const move = (from: number, to: number) => {
    const ids = items.map((one) => one.id);
    ids.splice(to, 0, ...ids.splice(from, 1));
    setBusy(true);
    request("PUT", path, { body: { ids } })
      .then(reload, (error: unknown) => toast(problemText(error, t, `${area}.save_failed`)))
      .finally(() => setBusy(false));
  };
  return (
    <ol className="people panel" aria-label={t(`${area}.title`)} aria-busy={busy}>
      {items.map((one, place) => (
        <li key={one.id}>
          <div className="people-who">{about(one)}</div>
          <span className="people-actions">
            <IconButton label={t(`${area}.up`, { name: one.name })} disabled={busy || place === 0} onClick={() => move(place, place - 1)}><ArrowUp {...ICON} /></IconButton>
            <IconButton label={t(`${area}.down`, { name: one.name })} disabled={busy || place === items.length - 1} onClick={() => move(place, place + 1)}><ArrowDown {...ICON} /></IconButton>
            <Button aria-label={t(`${area}.edit_named`, { name: one.name })} onClick={() => onOpen(one)}>{t("app.change")}</Button>
          </span>
        </li>
      ))}
    </ol>
  );
}
