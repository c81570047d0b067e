import { CheckCheck, CircleHelp, CornerUpLeft, Inbox, MailOpen, MessageSquarePlus, MessageSquareText, Moon, Search, Settings, StickyNote, UserRound, UserRoundPlus } from "lucide-react";
import { useEffect, useId, useMemo, useState, type KeyboardEvent, type ReactNode } from "react";
import { useLocation } from "wouter";
import type { ContactHead, Page } from "../api/types";
import { useWords } from "../i18n";
import { Avatar } from "../ui/Avatar";
import { folded } from "../ui/Combobox";
import { Dialog } from "../ui/Dialog";
import { ICON, ICON_LARGE } from "../ui/icon";
import { saidLately } from "../thread/conversations";
import { useHeads } from "../state/heads";
import { phoneText } from "../ui/phone";
import { keyAction } from "./keys";
import { isDark, usePreferences } from "./preferences";
import { useWorkspace } from "./workspace";

interface Entry { key: string; group: "palette.contacts" | "palette.messages" | "palette.conversation" | "palette.actions"; label: string; note?: string | undefined; shortcut?: string | undefined; icon: ReactNode; run: () => void }

/** What can be done with the conversation that is open. */
const HERE = [["r", "keys.reply", CornerUpLeft], ["n", "keys.comment", StickyNote], ["a", "keys.assign", UserRoundPlus], ["e", "keys.close", CheckCheck], ["u", "keys.unread", MailOpen]] as const;

/** Contacts and actions by their names. */
export default function Palette({ onClose, onKeys }: { onClose: () => void; onKeys: () => void }) {
  const { t, listTime } = useWords();
  const { request, takeHeads, may, id: workspaceId, me } = useWorkspace();
  const heads = useHeads((state) => state.heads);
  const [, go] = useLocation();
  const setTheme = usePreferences((state) => state.setTheme);
  const [text, setText] = useState("");
  const [at, setAt] = useState(0);
  const [found, setFound] = useState<ContactHead[]>([]);
  const id = useId();

  useEffect(() => {
    const wanted = text.trim();
    if (wanted.length < 2) {
      setFound([]);
      return;
    }
    const stop = new AbortController();
    const timer = setTimeout(() => {
      request<Page<ContactHead>>("GET", `contacts?${new URLSearchParams({ search: wanted, limit: "8" })}`, { signal: stop.signal })
        .then(({ items }) => { takeHeads(items); setFound(items); }, () => undefined);
    }, 200);
    return () => {
      clearTimeout(timer);
      stop.abort();
    };
  }, [text, request, takeHeads]);

  const here = useMemo(() => HERE.flatMap(([key, words, Icon]): Entry[] => {
    const action = keyAction(key);
    // After the dialog has given the focus back.
    return action ? [{ key: `k${key}`, group: "palette.conversation", label: t(words), shortcut: key.toUpperCase(), icon: <Icon {...ICON} />, run: () => setTimeout(action, 60) }] : [];
  }), [t]);
  const actions: Entry[] = [
    ...(["all", "mine", "unassigned"] as const).map((one) => ({ key: one, label: `${t("nav.inbox")}: ${t(`inbox.${one}`)}`, icon: <Inbox {...ICON} />, run: () => go(`/inbox/${one}`) })),
    ...(may("contact_write") ? [{ key: "new", label: t("new.title"), shortcut: "C", icon: <MessageSquarePlus {...ICON} />, run: () => go("/inbox/all?new=1") }] : []),
    { key: "channels", label: `${t("nav.settings")}: ${t("settings.channels")}`, icon: <Settings {...ICON} />, run: () => go("/settings/channels") },
    { key: "profile", label: t("settings.profile"), icon: <UserRound {...ICON} />, run: () => go("/settings/profile") },
    { key: "theme", label: t("palette.theme"), icon: <Moon {...ICON} />, run: () => setTheme(isDark() ? "light" : "dark") },
    { key: "keys", label: t("keys.title"), shortcut: "?", icon: <CircleHelp {...ICON} />, run: onKeys },
  ].map((one) => ({ ...one, group: "palette.actions" }));
  const wanted = folded(text.trim());
  const said = wanted.length < 3 ? [] : saidLately(`${workspaceId}|${me.user_id}`, (words) => folded(words).includes(wanted), t);
  const shown: Entry[] = [
    ...found.map((one): Entry => ({ key: `c${one.id}`, group: "palette.contacts", label: one.name, note: phoneText(one.phone ?? one.email ?? ""), icon: <Avatar name={one.name} id={one.id} size={24} />, run: () => go(`/inbox/all/${one.id}`) })),
    ...said.map((one): Entry => ({ key: `m${one.id}`, group: "palette.messages", label: one.text, note: `${heads.get(one.contact)?.name ?? ""} · ${listTime(one.at)}`, icon: <MessageSquareText {...ICON} />, run: () => go(`/inbox/all/${one.contact}?m=${one.id}`) })),
    ...here.filter((one) => folded(one.label).includes(wanted)),
    ...actions.filter((one) => folded(one.label).includes(wanted)),
  ];
  const run = (index: number) => {
    const one = shown[index];
    if (!one) return;
    onClose();
    one.run();
  };
  const key = (event: KeyboardEvent) => {
    if (event.key === "ArrowDown") setAt(Math.min(shown.length - 1, at + 1));
    else if (event.key === "ArrowUp") setAt(Math.max(0, at - 1));
    else if (event.key === "Enter") run(at);
    else return;
    event.preventDefault();
  };
  return (
    <Dialog title={t("palette.title")} open onClose={onClose} titleHidden wide>
      <div className="palette">
        <label className="palette-search">
          <Search {...ICON_LARGE} /><span className="visually-hidden">{t("palette.placeholder")}</span>
          <input
            autoFocus role="combobox" aria-expanded="true" aria-controls={id} aria-activedescendant={shown.length > 0 ? `${id}-${at}` : undefined} placeholder={t("palette.placeholder")}
            value={text} onChange={(event) => { setText(event.target.value); setAt(0); }} onKeyDown={key}
          />
        </label>
        <ul id={id} role="listbox" aria-label={t("palette.title")}>
          {shown.map((one, index) => (
            <li key={one.key} role="presentation">
              {one.group !== shown[index - 1]?.group ? <p className="ui-menu-label">{t(one.group)}</p> : null}
              <div id={`${id}-${index}`} role="option" aria-selected={index === at} className="ui-menu-item" data-active={index === at || undefined} onPointerMove={() => setAt(index)} onClick={() => run(index)}>
                {one.icon}<span className="ellipsis">{one.label}</span>{one.note ? <small className="ui-hint figures">{one.note}</small> : null}{one.shortcut ? <kbd>{one.shortcut}</kbd> : null}
              </div>
            </li>
          ))}
        </ul>
        {shown.length === 0 ? <p className="ui-combobox-empty">{t("palette.empty")}</p> : null}
      </div>
    </Dialog>
  );
}
