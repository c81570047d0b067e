import { CircleAlert, CircleCheck, Ellipsis, RefreshCw, SlidersHorizontal, Unplug, Webhook } from "lucide-react";
import { useState } from "react";
import { useLocation } from "wouter";
import { problemText } from "../api/problem";
import type { Channel } from "../api/types";
import { useWorkspace } from "../app/workspace";
import { useWords } from "../i18n";
import { failureText } from "../thread/words";
import { ChannelGlyph } from "../ui/Avatar";
import { Button } from "../ui/Button";
import { Dialog } from "../ui/Dialog";
import { ICON, ICON_LARGE } from "../ui/icon";
import { Menu, MenuItem, MenuLine } from "../ui/Menu";
import { useToast } from "../ui/Toast";
import { Choices } from "./Choices";
import { SetupValues, type Setup } from "./SetupValues";

export function ChannelCard({ channel, onDisconnect, onConnect }: { channel: Channel; onDisconnect: () => void; onConnect: () => void }) {
  const { t, number } = useWords();
  const { request, reload, may } = useWorkspace();
  const toast = useToast();
  const [checking, setChecking] = useState(false);
  const [setup, setSetup] = useState<Setup>();
  const writes = may("channel_write");
  const live = channel.state !== "disconnected";
  /** A chat of our own: no provider to look up or to enter data at. */
  const own = channel.source === "webchat";
  const [, go] = useLocation();
  const check = () => {
    setChecking(true);
    request("POST", `channels/${channel.id}/check`).then(async () => { await reload(); toast(t("channels.checked")); }, (error: unknown) => toast(problemText(error, t, "channels.check_failed"))).finally(() => setChecking(false));
  };
  const showSetup = () => {
    request<Setup>("GET", `channels/${channel.id}/setup`).then(setSetup, (error: unknown) => toast(problemText(error, t, "channels.load_failed")));
  };
  const receipts = (read_receipts: Channel["read_receipts"]) => {
    request("PATCH", `channels/${channel.id}`, { body: { read_receipts } }).then(reload, (error: unknown) => toast(problemText(error, t, "contact.save_failed")));
  };
  return (
    <li className="panel channel">
      <header>
        <ChannelGlyph source={channel.source} />
        <div className="channel-name"><h3>{channel.name}</h3><p className="figures">{[channel.display, channel.verified_name].filter(Boolean).join(" · ")}</p></div>
        <span className="channel-state" data-state={channel.state}>{channel.state === "connected" ? <CircleCheck {...ICON} /> : <CircleAlert {...ICON} />}{t(`channels.state_${channel.state}`)}</span>
        {writes ? (
          <Menu align="end" trigger={<button type="button" className="ui-icon-button" aria-label={`${t("thread.more")}: ${channel.name}`}><Ellipsis {...ICON_LARGE} /></button>}>
            {live ? <MenuItem icon={<RefreshCw {...ICON} />} onSelect={check}>{t("channels.check")}</MenuItem> : null}
            {live && !own ? <MenuItem icon={<Webhook {...ICON} />} onSelect={showSetup}>{t("channels.setup")}</MenuItem> : null}
            {live ? null : <MenuItem icon={<RefreshCw {...ICON} />} onSelect={onConnect}>{t("channels.reconnect")}</MenuItem>}
            {live && may("channel_delete") ? <><MenuLine /><MenuItem danger icon={<Unplug {...ICON} />} onSelect={onDisconnect}>{t("channels.disconnect")}</MenuItem></> : null}
          </Menu>
        ) : null}
      </header>
      {channel.error ? <p className="session-problem">{failureText({ failure: { reason: channel.error.reason, retryable: false, ...(channel.error.code ? { code: channel.error.code } : {}) } }, t, channel.source)}</p> : null}
      {own ? null : <p className="channel-facts">
        {channel.quality ? <span data-quality={channel.quality}>{t("channels.quality")}: <b>{t(`channels.quality_${channel.quality}`)}</b></span> : null}
        <span>{t("channels.throughput", { count: number(channel.throughput) })}</span>
        {channel.messaging_limit ? <span>{t("channels.limit", { count: number(channel.messaging_limit) })}</span> : null}
      </p>}
      {live && channel.checks && channel.checks.length > 0 ? (
        <ul className="checks">
          {channel.checks.map((one) => (
            <li key={one.key} data-ok={one.ok}>
              {one.ok ? <CircleCheck {...ICON} /> : <CircleAlert {...ICON} />}
              <span>{wordsOf(`channels.check_${one.key}_${channel.source}`, wordsOf(`channels.check_${one.key}`, one.key, t), t)}<span className="visually-hidden">: {t(one.ok ? "channels.check_ok" : "channels.check_bad")}</span>{!one.ok && one.detail ? <small>{one.detail}</small> : null}</span>
            </li>
          ))}
        </ul>
      ) : null}
      {live && channel.capabilities.statuses.includes("read") ? (
        <Choices
          legend={t("channels.receipts")} hint={t("channels.receipts_hint")} value={channel.read_receipts} onChange={receipts} disabled={!writes}
          options={(["on_reply", "on_open", "never"] as const).map((value) => ({ value, label: t(`channels.receipts_${value}`) }))}
        />
      ) : null}
      {live && own ? <div className="panel-foot"><Button onClick={() => go(`/settings/webchat/${channel.id}`)}><SlidersHorizontal {...ICON} />{t("webchat.configure")}</Button></div> : null}
      {writes && live && !own ? <div className="panel-foot"><Button busy={checking} onClick={check}><RefreshCw {...ICON} />{t("channels.check")}</Button></div> : null}
      {writes && !live ? <div className="panel-foot"><Button onClick={onConnect}>{t("channels.reconnect")}</Button></div> : null}
      {setup ? <Dialog title={`${t("channels.setup")} · ${channel.name}`} open onClose={() => setSetup(undefined)}><SetupValues setup={setup} source={channel.source} /></Dialog> : null}
    </li>
  );
}

function wordsOf(key: string, otherwise: string, t: (key: string) => string): string {
  const words = t(key);
  return words === key ? otherwise : words;
}

