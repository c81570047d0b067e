import { Radio, Trash2, UserRound } from "lucide-react";
import { lazy, Suspense } from "react";
import { useLocation } from "wouter";
import { useWorkspace } from "../app/workspace";
import { useWords } from "../i18n";
import { ICON } from "../ui/icon";
import { ChannelsPage } from "./ChannelsPage";
import { ProfilePage } from "./ProfilePage";
import { WebchatPage } from "./webchat/WebchatPage";

const PAGES = [{ key: "channels", icon: Radio }, { key: "trash", icon: Trash2 }, { key: "profile", icon: UserRound }] as const;

const TrashPage = lazy(() => import("../trash/TrashPage"));

export default function Settings({ page, id }: { page: string | undefined; id?: string | undefined }) {
  const { t } = useWords();
  const [, go] = useLocation();
  const { may } = useWorkspace();
  const trash = may("contact_delete");
  const shown = page === "profile" ? "profile" : page === "trash" && trash ? "trash" : "channels";
  const chat = page === "webchat" ? id : undefined;
  return (
    <div className="settings">
      <nav className="inboxes settings-nav" aria-label={t("settings.title")}>
        <h1>{t("settings.title")}</h1>
        {PAGES.filter(({ key }) => key !== "trash" || trash).map(({ key, icon: Icon }) => (
          <button key={key} type="button" aria-current={key === shown ? "page" : undefined} onClick={() => go(`/settings/${key}`)}><Icon {...ICON} /><span className="ellipsis">{t(`settings.${key}`)}</span></button>
        ))}
      </nav>
      <div className="settings-page"><div className="settings-column" data-wide={chat !== undefined || undefined}>{chat !== undefined ? <WebchatPage key={chat} id={chat} /> : shown === "profile" ? <ProfilePage /> : shown === "trash" ? <Suspense fallback={null}><TrashPage /></Suspense> : <ChannelsPage />}</div></div>
    </div>
  );
}
