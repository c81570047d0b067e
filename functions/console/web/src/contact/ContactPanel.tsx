import { Tabs } from "radix-ui";
import { useEffect, useState } from "react";
import type { ContactHead, Profile } from "../api/types";
import { useWorkspace } from "../app/workspace";
import { useWords } from "../i18n";
import { phoneText } from "../ui/phone";
import { Avatar } from "../ui/Avatar";
import { Button } from "../ui/Button";
import { EmptyState, SkeletonRows } from "../ui/State";
import { CloudOff } from "lucide-react";
import { ActivityLog } from "./ActivityLog";
import { Details } from "./Details";
import { DeleteContact } from "../trash/DeleteContact";
import { MergeSection } from "../merge/MergeSection";
import { Identities } from "./Identities";

/** Who the contact is: details, channels, and what happened. */
export default function ContactPanel({ head }: { head: ContactHead }) {
  const { t } = useWords();
  const { request, takeHeads, signals } = useWorkspace();
  const [profile, setProfile] = useState<Profile>();
  const [failed, setFailed] = useState(false);
  const [attempt, setAttempt] = useState(0);
  useEffect(() => {
    let live = true;
    const read = () => {
      request<{ head: ContactHead; profile: Profile }>("GET", `contacts/${head.id}`).then(
        (answer) => {
          if (!live) return;
          takeHeads([answer.head]);
          setProfile(answer.profile);
          setFailed(false);
        },
        () => live && setFailed(true),
      );
    };
    read();
    const stop = signals.gap.on(read);
    return () => {
      live = false;
      stop();
    };
  }, [head.id, request, takeHeads, signals, attempt]);
  return (
    <div className="contact">
      <div className="contact-head">
        <Avatar name={head.name} id={head.id} size={56} />
        <h2>{head.name}</h2>
        <p className="figures">{phoneText(head.phone ?? head.email ?? "")}</p>
      </div>
      <Tabs.Root className="contact-tabs" defaultValue="details">
        <Tabs.List className="ui-tabs" aria-label={t("contact.panel")}>
          {(["details", "channels", "activity"] as const).map((one) => <Tabs.Trigger key={one} value={one}>{t(`contact.${one}`)}</Tabs.Trigger>)}
        </Tabs.List>
        <Tabs.Content value="details" className="contact-body">
          {profile ? <><Details head={head} profile={profile} onProfile={setProfile} /><MergeSection head={head} /><DeleteContact head={head} /></>
            : failed ? <EmptyState icon={CloudOff} text={t("contact.load_failed")} alert><Button onClick={() => setAttempt(attempt + 1)}>{t("app.retry")}</Button></EmptyState>
            : <SkeletonRows rows={4} label={t("app.loading")} />}
        </Tabs.Content>
        <Tabs.Content value="channels" className="contact-body"><Identities head={head} /></Tabs.Content>
        <Tabs.Content value="activity" className="contact-body"><ActivityLog head={head} /></Tabs.Content>
      </Tabs.Root>
    </div>
  );
}
