import { CreditCard, Download, FileUp, KeyRound, Landmark, ListChecks, SlidersHorizontal, Tag, Waypoints, MessageSquareText, Radio, ScrollText, Trash2, UserRound, Users, UsersRound, type LucideIcon } from "lucide-react";
import { lazy, Suspense, type ComponentType } from "react";
import { useLocation } from "wouter";
import { useSession } from "../app/session";
import { useWorkspace } from "../app/workspace";
import { seesBilling } from "../billing/model";
import { useWords } from "../i18n";
import { ICON } from "../ui/icon";
import { ChannelsPage } from "./ChannelsPage";
import { ProfilePage } from "./ProfilePage";
import { WebchatPage } from "./webchat/WebchatPage";

interface Page {
  key: string;
  icon: LucideIcon;
  page: ComponentType;
  /** Without this right there is no such page. */
  right?: string;
  /** Only for who runs the organization, or pays for it. */
  billing?: boolean;
  /** Only for who runs the installation. */
  operator?: boolean;
}

const PAGES: readonly Page[] = [
  { key: "general", icon: SlidersHorizontal, page: lazy(() => import("../dictionary/GeneralPage")), right: "settings_write" },
  { key: "channels", icon: Radio, page: ChannelsPage },
  { key: "snippets", icon: MessageSquareText, page: lazy(() => import("./snippets/SnippetsPage")), right: "snippet_use" },
  { key: "tags", icon: Tag, page: lazy(() => import("../dictionary/TagsPage")), right: "tag_write" },
  { key: "fields", icon: ListChecks, page: lazy(() => import("../dictionary/FieldsPage")), right: "field_write" },
  { key: "stages", icon: Waypoints, page: lazy(() => import("../dictionary/StagesPage")), right: "settings_write" },
  { key: "imports", icon: FileUp, page: lazy(() => import("../imports/ImportsPage")), right: "contact_import" },
  { key: "users", icon: Users, page: lazy(() => import("../people/UsersPage")), right: "user_agent_write" },
  { key: "teams", icon: UsersRound, page: lazy(() => import("../people/TeamsPage")), right: "team_write" },
  { key: "roles", icon: KeyRound, page: lazy(() => import("../people/RolesPage")), right: "role_write" },
  { key: "exports", icon: Download, page: lazy(() => import("../exports/ExportsPage")), right: "data_export" },
  { key: "audit", icon: ScrollText, page: lazy(() => import("../people/AuditPage")), right: "audit_read" },
  { key: "billing", icon: CreditCard, page: lazy(() => import("../billing/BillingPage")), billing: true },
  { key: "operator", icon: Landmark, page: lazy(() => import("../operator/OperatorPage")), operator: true },
  { key: "trash", icon: Trash2, page: lazy(() => import("../trash/TrashPage")), right: "contact_delete" },
  { key: "profile", icon: UserRound, page: ProfilePage },
];

export default function Settings({ page, id }: { page: string | undefined; id?: string | undefined }) {
  const { t } = useWords();
  const { may } = useWorkspace();
  const [, go] = useLocation();
  const { me } = useSession();
  const pages = PAGES.filter((one) => (one.right === undefined || may(one.right)) && (!one.billing || seesBilling(me?.user.organization_role)) && (!one.operator || me?.user.operator === true));
  const shown = pages.find((one) => one.key === page);
  const Shown = shown?.page ?? ChannelsPage;
  const chat = page === "webchat" ? id : undefined;
  return (
    <div className="settings">
      <nav className="inboxes settings-nav" aria-label={t("settings.title")}>
        <h1>{t("settings.title")}</h1>
        {pages.map(({ key, icon: Icon }) => (
          <button key={key} type="button" aria-current={key === (shown?.key ?? "channels") ? "page" : undefined} onClick={() => go(`/settings/${key}`)}><Icon {...ICON} /><span className="ellipsis">{t(`settings.${key}`)}</span></button>
        ))}
      </nav>
      <div className="settings-page">
        <div className="settings-column" data-wide={chat !== undefined || undefined}>
          {chat !== undefined ? <WebchatPage key={chat} id={chat} /> : <Suspense fallback={null}><Shown /></Suspense>}
        </div>
      </div>
    </div>
  );
}
