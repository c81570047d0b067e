import { ChevronDown, Radio } from "lucide-react";
import { useState } from "react";
import { Link } from "wouter";
import type { Channel } from "../api/types";
import { useWorkspace } from "../app/workspace";
import { useWords } from "../i18n";
import { Button } from "../ui/Button";
import { ChannelGlyph } from "../ui/Avatar";
import { ICON } from "../ui/icon";
import { Menu, MenuItem } from "../ui/Menu";
import { EmptyState } from "../ui/State";
import { ChannelCard } from "./ChannelCard";
import { ConnectDialog, KINDS, type Kind } from "./ConnectDialog";
import { DisconnectDialog } from "./DisconnectDialog";
import { ConnectWebchat } from "./webchat/ConnectWebchat";

/** The accounts that customers write to, with their health. */
export function ChannelsPage() {
  const { t } = useWords();
  const { channels, may, reload, standing } = useWorkspace();
  const [connecting, setConnecting] = useState<{ kind: Kind; again?: Channel }>();
  const [adding, setAdding] = useState(false);
  const [leaving, setLeaving] = useState<Channel>();
  const writes = may("channel_write");
  const pays = standing?.access === "setup";
  const connect = pays ? <Link href="/settings/billing">{t("billing.see")}</Link> : (
    <Menu align="end" trigger={<Button tone="primary">{t("channels.connect")}<ChevronDown {...ICON} /></Button>}>
      <MenuItem icon={<ChannelGlyph source="whatsapp_cloud" />} onSelect={() => setConnecting({ kind: "whatsapp_cloud" })}>{t("connect.kind_whatsapp_cloud")}</MenuItem>
      {KINDS.slice(1).map((kind) => <MenuItem key={kind} icon={<ChannelGlyph source={kind} />} onSelect={() => setConnecting({ kind })}>{t(`connect.kind_${kind}`)}</MenuItem>)}
      <MenuItem icon={<ChannelGlyph source="webchat" />} onSelect={() => setAdding(true)}>{t("webchat.source_webchat")}</MenuItem>
    </Menu>
  );
  return (
    <>
      <header className="settings-head">
        <div><h2>{t("channels.title")}</h2><p>{t("channels.lead")}</p></div>
        {writes && channels.length > 0 ? connect : null}
      </header>
      {channels.length === 0 ? (
        <EmptyState icon={Radio} text={t(!writes ? "connect.forbidden" : pays ? "channels.before_payment" : "channels.empty")}>
          {writes ? connect : null}
        </EmptyState>
      ) : (
        <ul className="channels">{channels.map((one) => <ChannelCard key={one.id} channel={one} onDisconnect={() => setLeaving(one)} onConnect={() => (one.source === "webchat" ? setAdding(true) : setConnecting({ kind: one.source as Kind, again: one }))} />)}</ul>
      )}
      {connecting ? <ConnectDialog kind={connecting.kind} again={connecting.again} onClose={() => { setConnecting(undefined); void reload(); }} /> : null}
      {adding ? <ConnectWebchat onClose={() => setAdding(false)} /> : null}
      {leaving ? <DisconnectDialog channel={leaving} onClose={() => setLeaving(undefined)} /> : null}
    </>
  );
}
