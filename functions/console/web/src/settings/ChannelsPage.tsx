import { Radio } from "lucide-react";
import { useState } from "react";
import type { Channel } from "../api/types";
import { useWorkspace } from "../app/workspace";
import { useWords } from "../i18n";
import { Button } from "../ui/Button";
import { EmptyState } from "../ui/State";
import { ChannelCard } from "./ChannelCard";
import { ConnectDialog } from "./ConnectDialog";
import { DisconnectDialog } from "./DisconnectDialog";

/** The accounts that customers write to, with their health. */
export function ChannelsPage() {
  const { t } = useWords();
  const { channels, may, reload } = useWorkspace();
  const [connecting, setConnecting] = useState<Channel | true>();
  const [leaving, setLeaving] = useState<Channel>();
  const writes = may("channel_write");
  return (
    <>
      <header className="settings-head">
        <div><h2>{t("channels.title")}</h2><p>{t("channels.lead")}</p></div>
        {writes && channels.length > 0 ? <Button tone="primary" onClick={() => setConnecting(true)}>{t("channels.connect")}</Button> : null}
      </header>
      {channels.length === 0 ? (
        <EmptyState icon={Radio} text={t(writes ? "channels.empty" : "connect.forbidden")}>
          {writes ? <Button tone="primary" onClick={() => setConnecting(true)}>{t("channels.connect")}</Button> : null}
        </EmptyState>
      ) : (
        <ul className="channels">{channels.map((one) => <ChannelCard key={one.id} channel={one} onDisconnect={() => setLeaving(one)} onConnect={() => setConnecting(one)} />)}</ul>
      )}
      {connecting ? <ConnectDialog again={connecting === true ? undefined : connecting} onClose={() => { setConnecting(undefined); void reload(); }} /> : null}
      {leaving ? <DisconnectDialog channel={leaving} onClose={() => setLeaving(undefined)} /> : null}
    </>
  );
}
