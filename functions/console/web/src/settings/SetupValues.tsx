import { Check, Copy } from "lucide-react";
import { useState } from "react";
import { useWords } from "../i18n";
import { IconButton } from "../ui/Button";
import { ICON } from "../ui/icon";

export interface Setup { webhook_url: string; verify_token?: string }

/** What has to be entered at the provider. */
export function SetupValues({ setup, source }: { setup: Setup; source: string }) {
  const { t } = useWords();
  if (setup.verify_token === undefined) return <div className="ui-form"><p>{t(source === "telegram" ? "channels.registered" : source === "twilio" ? "channels.setup_lead_twilio" : "channels.own_app")}</p><Value label={t("channels.webhook_url")} value={setup.webhook_url} /></div>;
  return (
    <div className="ui-form">
      <p>{t(source === "facebook" || source === "instagram" ? `channels.setup_lead_${source}` : "channels.setup_lead")}</p>
      <Value label={t("channels.webhook_url")} value={setup.webhook_url} />
      <Value label={t("channels.verify_token")} value={setup.verify_token} />
    </div>
  );
}

function Value({ label, value }: { label: string; value: string }) {
  const { t } = useWords();
  const [copied, setCopied] = useState(false);
  const copy = () => {
    navigator.clipboard.writeText(value).then(() => {
      setCopied(true);
      setTimeout(() => setCopied(false), 2000);
    }, () => undefined);
  };
  return (
    <div className="ui-field">
      <span className="ui-legend">{label}</span>
      <div className="copy"><code tabIndex={0} aria-label={label}>{value}</code><IconButton label={copied ? t("app.copied") : `${t("app.copy")}: ${label}`} onClick={copy}>{copied ? <Check {...ICON} /> : <Copy {...ICON} />}</IconButton></div>
      <span className="visually-hidden" role="status">{copied ? t("app.copied") : ""}</span>
    </div>
  );
}
