import { Check, Copy } from "lucide-react";
import { useState } from "react";
import { useWords } from "../../i18n";
import { Button } from "../../ui/Button";
import { ICON } from "../../ui/icon";

/** Lines to paste elsewhere. */
export function Code({ label, text }: { label: string; text: string }) {
  const { t } = useWords();
  const [copied, setCopied] = useState(false);
  const copy = () => {
    navigator.clipboard.writeText(text).then(() => {
      setCopied(true);
      setTimeout(() => setCopied(false), 2000);
    }, () => undefined);
  };
  return (
    <div className="code">
      <pre tabIndex={0} aria-label={label}><code>{text}</code></pre>
      <Button onClick={copy} aria-label={`${t("app.copy")}: ${label}`}>{copied ? <Check {...ICON} /> : <Copy {...ICON} />}{t(copied ? "app.copied" : "app.copy")}</Button>
      <span className="visually-hidden" role="status">{copied ? t("app.copied") : ""}</span>
    </div>
  );
}
