import { Unplug } from "lucide-react";
import type { ContactHead } from "../api/types";
import { useWorkspace } from "../app/workspace";
import { useWords } from "../i18n";
import { ChannelGlyph } from "../ui/Avatar";
import { phoneText } from "../ui/phone";
import { EmptyState } from "../ui/State";

/** The identities by which a contact is reached. */
export function Identities({ head }: { head: ContactHead }) {
  const { t, day, clock } = useWords();
  const { channels } = useWorkspace();
  if (head.channels.length === 0) return <EmptyState icon={Unplug} text={t("contact.no_channels")} />;
  return (
    <ul className="identities">
      {head.channels.map((one) => {
        const channel = channels.find((other) => other.id === one.channel_id);
        return (
          <li key={one.id}>
            <ChannelGlyph source={one.source} />
            <div>
              <strong>{channel?.name ?? one.source}</strong>
              <span className="figures">{phoneText(one.identity)}{one.name && one.name !== head.name ? ` · ${one.name}` : ""}</span>
              <small>{t("contact.channel_since", { day: day(one.connected_at) })}</small>
              <small>{one.last_inbound_at === undefined ? t("contact.no_inbound") : t("contact.last_inbound", { time: `${day(one.last_inbound_at)}, ${clock(one.last_inbound_at)}` })}</small>
              {channel && channel.state !== "connected" ? <small className="ui-problem">{t(`channels.state_${channel.state}`)}</small> : null}
            </div>
          </li>
        );
      })}
    </ul>
  );
}
