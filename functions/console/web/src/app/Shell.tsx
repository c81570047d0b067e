import { Check, ChevronsUpDown, CircleHelp, LogOut, Menu as MenuIcon, MessagesSquare, PanelLeftClose, PanelLeftOpen, Settings, SunMoon, Languages, UserRound, UsersRound, type LucideIcon } from "lucide-react";
import { lazy, Suspense, useEffect, useState, type ReactNode } from "react";
import { useLocation } from "wouter";
import { useWords } from "../i18n";
import { useHeads } from "../state/heads";
import { Avatar } from "../ui/Avatar";
import { Dialog } from "../ui/Dialog";
import { ICON, ICON_LARGE } from "../ui/icon";
import { Menu, MenuChoice, MenuItem, MenuLabel, MenuLine, SubMenu } from "../ui/Menu";
import { Tip } from "../ui/Tip";
import { KeysDialog } from "./KeysDialog";
import { usePlainKeys } from "./keys";
import { Notifications, useNotifications } from "./Notifications";
import { usePreferences, type Theme } from "./preferences";
import { QuotaBar } from "./QuotaBar";
import { useSession } from "./session";
import { useMedia } from "./useMedia";
import { useWorkspace } from "./workspace";

const Palette = lazy(() => import("./Palette"));
const SubscriptionBar = lazy(() => import("./SubscriptionBar"));

interface Module { key: string; to: string; icon: LucideIcon; right?: string }

const MODULES: readonly Module[] = [
  { key: "inbox", to: "/inbox/all", icon: MessagesSquare },
  { key: "contacts", to: "/contacts/all", icon: UsersRound, right: "contact_module" },
  { key: "settings", to: "/settings/channels", icon: Settings },
];

/** What stands around every screen of a workspace. */
export function Shell({ children }: { children: ReactNode }) {
  const { t } = useWords();
  const { connection } = useWorkspace();
  const narrow = useMedia("(max-width: 719px)");
  const [path] = useLocation();
  const [drawer, setDrawer] = useState(false);
  const [keys, setKeys] = useState(false);
  const [palette, setPalette] = useState(false);
  const notifications = useNotifications();
  usePlainKeys({ "?": () => setKeys(true) });
  useEffect(() => {
    const open = (event: KeyboardEvent) => {
      if (event.key.toLowerCase() !== "k" || !(event.ctrlKey || event.metaKey) || event.altKey || event.shiftKey) return;
      event.preventDefault();
      setPalette(true);
    };
    addEventListener("keydown", open);
    return () => removeEventListener("keydown", open);
  }, []);
  useEffect(() => setDrawer(false), [path]);
  // On a phone a conversation has the whole height to itself.
  const reading = narrow && /^\/inbox\/[^/]+\/\d+/.test(path);
  const rail = (wide: boolean) => <Rail wide={wide} onKeys={() => setKeys(true)} bell={<Notifications state={notifications} wide={wide} />} />;
  return (
    <div className="shell" data-narrow={narrow || undefined}>
      <a className="skip" href="#content" onClick={(event) => { event.preventDefault(); document.getElementById("content")?.focus(); }}>{t("app.skip")}</a>
      {narrow ? null : <RailFrame>{rail}</RailFrame>}
      <div className="shell-main">
        {connection === "lost" ? <p className="shell-lost" role="status">{t(navigator.onLine ? "app.reconnecting" : "app.offline")}</p> : null}
        <Suspense fallback={null}><SubscriptionBar hidden={reading} /></Suspense>
        <QuotaBar hidden={reading} />
        <main id="content" tabIndex={-1}>{children}</main>
        {narrow && !reading ? <BottomBar onMenu={() => setDrawer(true)} unread={notifications.unread} /> : null}
      </div>
      <Dialog title={t("nav.menu")} place="left" open={drawer} onClose={() => setDrawer(false)} titleHidden>{rail(true)}</Dialog>
      <KeysDialog open={keys} onClose={() => setKeys(false)} />
      {palette ? <Suspense fallback={null}><Palette onClose={() => setPalette(false)} onKeys={() => setKeys(true)} /></Suspense> : null}
    </div>
  );
}

function RailFrame({ children }: { children: (wide: boolean) => ReactNode }) {
  const wide = usePreferences((state) => state.wideRail);
  const roomy = useMedia("(min-width: 1024px)");
  return <div className="rail-frame" data-wide={(wide && roomy) || undefined}>{children(wide && roomy)}</div>;
}

function Rail({ wide, onKeys, bell }: { wide: boolean; onKeys: () => void; bell: ReactNode }) {
  const { t } = useWords();
  const { wideRail, setWideRail } = usePreferences();
  const roomy = useMedia("(min-width: 1024px)");
  return (
    <div className="rail">
      <WorkspaceMenu wide={wide} />
      <nav aria-label={t("nav.label")}><Modules wide={wide} /></nav>
      <div className="rail-foot">
        {bell}
        <RailButton wide={wide} label={t("nav.help")} icon={<CircleHelp {...ICON_LARGE} />} onClick={onKeys} />
        {roomy ? <RailButton wide={wide} label={t(wideRail ? "nav.collapse" : "nav.expand")} icon={wideRail ? <PanelLeftClose {...ICON_LARGE} /> : <PanelLeftOpen {...ICON_LARGE} />} onClick={() => setWideRail(!wideRail)} /> : null}
        <AccountMenu wide={wide} />
      </div>
    </div>
  );
}

export function RailButton({ wide, label, icon, onClick, ...rest }: { wide: boolean; label: string; icon: ReactNode; onClick?: () => void }) {
  const button = <button type="button" className="rail-item" onClick={onClick} aria-label={label} {...rest}>{icon}{wide ? <span className="ellipsis">{label}</span> : null}</button>;
  return wide ? button : <Tip text={label} side="right">{button}</Tip>;
}

/** The modules that this person may open. */
function useModules(): readonly Module[] {
  const { may } = useWorkspace();
  return MODULES.filter((one) => one.right === undefined || may(one.right));
}

function Modules({ wide }: { wide: boolean }) {
  const { t } = useWords();
  const modules = useModules();
  const [path, go] = useLocation();
  const unassigned = useHeads((state) => state.counts?.unassigned ?? 0);
  return (
    <ul>
      {modules.map(({ key, to, icon: Icon }) => {
        const label = t(`nav.${key}`);
        const link = (
          <button type="button" className="rail-item" aria-current={path.startsWith(`/${key}`) ? "page" : undefined} aria-label={label} onClick={() => go(to)}>
            <Icon {...ICON_LARGE} />{wide ? <span className="ellipsis">{label}</span> : null}
            {wide && key === "inbox" && unassigned > 0 ? <small className="figures" title={`${t("inbox.unassigned")}: ${unassigned}`}>{unassigned}</small> : null}
          </button>
        );
        return <li key={key}>{wide ? link : <Tip text={label} side="right">{link}</Tip>}</li>;
      })}
    </ul>
  );
}

function WorkspaceMenu({ wide }: { wide: boolean }) {
  const { t } = useWords();
  const { me } = useSession();
  const { id, workspace } = useWorkspace();
  const organization = me?.workspaces.find((one) => one.id === id)?.organization_name;
  const trigger = (
    <button type="button" className="rail-workspace" aria-label={`${t("nav.workspace")}: ${workspace.name}`} title={workspace.name}>
      <span className="rail-mark" aria-hidden="true">{workspace.name.slice(0, 1).toUpperCase()}</span>
      {wide ? <><span className="rail-names"><strong className="ellipsis">{workspace.name}</strong><span className="ellipsis">{organization}</span></span><ChevronsUpDown {...ICON} /></> : null}
    </button>
  );
  return (
    <Menu trigger={trigger}>
      <MenuLabel>{t("nav.workspace")}</MenuLabel>
      {me?.workspaces.map((one) => (
        <MenuItem key={one.id} icon={<span className="ui-menu-check">{one.id === id ? <Check {...ICON} /> : null}</span>} onSelect={() => one.id !== id && location.assign(`/w/${one.id}/inbox/all`)}>
          <span className="ellipsis">{one.name}</span>
        </MenuItem>
      ))}
    </Menu>
  );
}

function AccountMenu({ wide }: { wide: boolean }) {
  const { t } = useWords();
  const { me, signOut } = useSession();
  const bundle = useWorkspace();
  const [, go] = useLocation();
  const { theme, setTheme, locale, setLocale } = usePreferences();
  const name = [me?.user.first_name, me?.user.last_name].filter(Boolean).join(" ") || (me?.user.email ?? "");
  const own = bundle.user(bundle.me.user_id);
  const trigger = (
    <button type="button" className="rail-item" aria-label={`${t("nav.account")}: ${name}`}>
      <Avatar name={name} id={bundle.me.user_id} size={24} status={own?.status} />{wide ? <span className="ellipsis">{name}</span> : null}
    </button>
  );
  const themes = (["light", "dark", "system"] as const).map((value) => ({ value, label: t(`account.theme_${value}`) }));
  const locales = (["es", "en"] as const).map((value) => ({ value, label: t(`account.language_${value}`) }));
  return (
    <Menu trigger={trigger} side="top">
      <MenuLabel>{me?.user.email}</MenuLabel>
      <MenuItem icon={<UserRound {...ICON} />} onSelect={() => go("/settings/profile")}>{t("account.profile")}</MenuItem>
      <SubMenu icon={<SunMoon {...ICON} />} label={t("account.theme")}><MenuChoice<Theme> value={theme} onChange={setTheme} options={themes} /></SubMenu>
      <SubMenu icon={<Languages {...ICON} />} label={t("account.language")}><MenuChoice value={locale} onChange={setLocale} options={locales} /></SubMenu>
      <MenuLine />
      <MenuItem icon={<LogOut {...ICON} />} onSelect={() => void signOut()}>{t("account.sign_out")}</MenuItem>
    </Menu>
  );
}

function BottomBar({ onMenu, unread }: { onMenu: () => void; unread: number }) {
  const { t } = useWords();
  const modules = useModules();
  const [path, go] = useLocation();
  return (
    <nav className="bottom-bar" aria-label={t("nav.label")}>
      {modules.map(({ key, to, icon: Icon }) => (
        <button key={key} type="button" aria-current={path.startsWith(`/${key}`) ? "page" : undefined} onClick={() => go(to)}><Icon {...ICON_LARGE} /><span>{t(`nav.${key}`)}</span></button>
      ))}
      <button type="button" onClick={onMenu}><span className="bottom-icon"><MenuIcon {...ICON_LARGE} />{unread > 0 ? <i className="dot" /> : null}</span><span>{t("nav.menu")}</span></button>
    </nav>
  );
}

