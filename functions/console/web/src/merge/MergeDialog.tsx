import { ArrowLeftRight } from "lucide-react";
import { useEffect, useState } from "react";
import { problemText } from "../api/problem";
import type { ContactHead, Page } from "../api/types";
import { useWorkspace } from "../app/workspace";
import { useWords } from "../i18n";
import { Button } from "../ui/Button";
import { Dialog } from "../ui/Dialog";
import { ICON } from "../ui/icon";
import { phoneText } from "../ui/phone";
import { SkeletonRows } from "../ui/State";
import { TextField } from "../ui/TextField";
import { useToast } from "../ui/Toast";
import type { Conflict, Preview, Side } from "./api";
import "./merge.css";

interface Props { head: ContactHead; other?: ContactHead | undefined; onClose: () => void; onDone: () => void }

/** Two contacts side by side: which one stays, whose value survives, and what comes of it. */
export default function MergeDialog({ head, other: given, onClose, onDone }: Props) {
  const { t } = useWords();
  const { request, takeHeads, signals } = useWorkspace();
  const toast = useToast();
  const [other, setOther] = useState(given);
  const [swapped, setSwapped] = useState(false);
  const [picks, setPicks] = useState<Record<string, Side>>({});
  const [preview, setPreview] = useState<Preview>();
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<string>();
  const pair = other ? (swapped ? [other.id, head.id] : [head.id, other.id]) : undefined;
  const asked = JSON.stringify({ contact_ids: pair, fields: picks });
  useEffect(() => {
    if (!other) return;
    let live = true;
    request<Preview>("POST", "merges/preview", { body: JSON.parse(asked) as object }).then(
      (answer) => {
        if (!live) return;
        setPreview(answer);
        setProblem(undefined);
      },
      (error: unknown) => live && setProblem(problemText(error, t, "merge.not_done")),
    );
    return () => {
      live = false;
    };
  }, [other, asked, request, t]);
  const submit = () => {
    setBusy(true);
    request<{ head: ContactHead }>("POST", "merges", { body: JSON.parse(asked) as object }).then(
      (answer) => {
        takeHeads([answer.head]);
        (pair ?? []).filter((id) => id !== answer.head.id).forEach((id) => signals.gone.emit(id));
        signals.gap.emit();
        toast(t("merge.done"));
        onDone();
        onClose();
      },
      (error: unknown) => {
        setBusy(false);
        setProblem(problemText(error, t, "merge.not_done"));
      },
    );
  };
  const turn = () => {
    // What was chosen is a contact's value, whichever place the contact has.
    setPicks((held) => Object.fromEntries(Object.entries(held).map(([field, side]) => [field, side === "primary" ? "secondary" : "primary"])));
    setPreview(undefined);
    setSwapped(!swapped);
  };
  return (
    <Dialog
      title={t("merge.title")} open onClose={onClose} wide
      foot={<><Button onClick={onClose}>{t("app.cancel")}</Button><Button tone="primary" busy={busy} disabled={!preview} onClick={submit}>{t("merge.submit")}</Button></>}
    >
      <p>{t("merge.lead")}</p>
      {other ? null : <Search not={head.id} onPick={setOther} />}
      {problem ? <p className="ui-problem" role="alert">{problem}</p> : null}
      {other && !preview && !problem ? <SkeletonRows rows={4} label={t("app.loading")} /> : null}
      {preview ? (
        <>
          <div className="merge-pair">
            <Card label={t("merge.stays")} head={preview.primary.head} />
            <Button onClick={turn}><ArrowLeftRight {...ICON} />{t("merge.swap")}</Button>
            <Card label={t("merge.joins")} head={preview.secondary.head} />
          </div>
          {preview.conflicts.length === 0 ? <p className="ui-note">{t("merge.no_conflicts")}</p> : <h3>{t("merge.choose")}</h3>}
          {preview.conflicts.map((one) => (
            <Choice key={one.field} conflict={one} value={picks[one.field] ?? "primary"} onPick={(side) => setPicks((held) => ({ ...held, [one.field]: side }))} />
          ))}
          <h3>{t("merge.result")}</h3>
          <p className="merge-result">
            <strong>{preview.result.head.name}</strong>
            <span className="figures">{[preview.result.head.phone, preview.result.head.email].filter((one) => one !== undefined).map(phoneText).join(" · ")}</span>
            <span>{t("merge.result_counts", { channels: preview.result.head.channels.length, tags: preview.result.head.tags.length })}</span>
          </p>
          {preview.closes_conversation ? <p className="ui-note">{t("merge.closes")}</p> : null}
        </>
      ) : null}
    </Dialog>
  );
}

function Card({ label, head }: { label: string; head: ContactHead }) {
  return (
    <div className="merge-card">
      <small>{label}</small>
      <strong>{head.name}</strong>
      <span className="figures">{phoneText(head.phone ?? head.email ?? "")}</span>
      <small className="figures">#{head.id}</small>
    </div>
  );
}

const OWN = new Set(["name", "phone", "email", "country", "language", "assignee"]);

/** A field in which both have a value: one of them survives. */
function Choice({ conflict, value, onPick }: { conflict: Conflict; value: Side; onPick: (side: Side) => void }) {
  const { t } = useWords();
  const { fields, user } = useWorkspace();
  const slug = conflict.field.replace(/^fields\./, "");
  const label = OWN.has(conflict.field) ? t(`merge.field_${conflict.field}`) : (fields.find((one) => one.slug === slug)?.name ?? slug);
  const shown = (text: string) => (conflict.field === "assignee" ? (user(text)?.name ?? text) : conflict.field === "phone" ? phoneText(text) : text);
  return (
    <fieldset className="merge-choice">
      <legend>{label}</legend>
      {(["primary", "secondary"] as const).map((side) => (
        <label key={side}>
          <input type="radio" name={`merge-${conflict.field}`} checked={value === side} onChange={() => onPick(side)} />
          <span>{shown(conflict[side])}</span>
        </label>
      ))}
    </fieldset>
  );
}

function Search({ not, onPick }: { not: number; onPick: (contact: ContactHead) => void }) {
  const { t } = useWords();
  const { request } = useWorkspace();
  const [text, setText] = useState("");
  const [found, setFound] = useState<ContactHead[]>();
  useEffect(() => {
    const wanted = text.trim();
    if (wanted.length < 2 && !/^\d+$/.test(wanted)) {
      setFound(undefined);
      return;
    }
    let live = true;
    const timer = setTimeout(() => {
      request<Page<ContactHead>>("GET", `contacts?${new URLSearchParams({ search: wanted, limit: "8" })}`).then(
        (page) => live && setFound(page.items.filter((one) => one.id !== not)),
        () => live && setFound([]),
      );
    }, 250);
    return () => {
      live = false;
      clearTimeout(timer);
    };
  }, [text, not, request]);
  return (
    <div className="ui-form">
      <TextField label={t("merge.search")} hint={t("merge.search_hint")} autoComplete="off" value={text} onChange={(event) => setText(event.target.value)} />
      {found?.length === 0 ? <p className="ui-note" role="status">{t("merge.search_none")}</p> : null}
      <ul className="merge-found">
        {found?.map((one) => (
          <li key={one.id}>
            <div><strong>{one.name}</strong><small className="figures">{phoneText(one.phone ?? one.email ?? "")} · #{one.id}</small></div>
            <Button onClick={() => onPick(one)} aria-label={t("merge.review_named", { name: one.name })}>{t("merge.review")}</Button>
          </li>
        ))}
      </ul>
    </div>
  );
}
