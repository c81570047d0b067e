import { useState, type FormEvent } from "react";
import { problemText } from "../api/problem";
import type { Channel } from "../api/types";
import { useWorkspace } from "../app/workspace";
import { useWords } from "../i18n";
import { Button } from "../ui/Button";
import { Dialog } from "../ui/Dialog";
import { TextField } from "../ui/TextField";
import { useToast } from "../ui/Toast";

/** Disconnecting is typed, because it cannot be taken back. */
export function DisconnectDialog({ channel, onClose }: { channel: Channel; onClose: () => void }) {
  const { t } = useWords();
  const { request, reload } = useWorkspace();
  const toast = useToast();
  const [typed, setTyped] = useState("");
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<string>();
  const submit = (event: FormEvent) => {
    event.preventDefault();
    setBusy(true);
    request("DELETE", `channels/${channel.id}`).then(
      async () => {
        await reload();
        toast(t("channels.disconnected"));
        onClose();
      },
      (error: unknown) => {
        setBusy(false);
        setProblem(problemText(error, t, "channels.disconnect_failed"));
      },
    );
  };
  return (
    <Dialog
      title={t("channels.disconnect_title", { name: channel.name })} open onClose={onClose}
      foot={<><Button onClick={onClose}>{t("app.cancel")}</Button><Button type="submit" form="disconnect" tone="danger" busy={busy} disabled={typed.trim() !== channel.name}>{t("channels.disconnect")}</Button></>}
    >
      <form id="disconnect" className="ui-form" onSubmit={submit}>
        <p>{t("channels.disconnect_lead", { name: channel.name })}</p>
        <TextField label={t("connect.name")} autoFocus autoComplete="off" value={typed} problem={problem} onChange={(event) => setTyped(event.target.value)} />
      </form>
    </Dialog>
  );
}
