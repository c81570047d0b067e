import { Plus, Tag as TagIcon } from "lucide-react";
import { useState, type FormEvent } from "react";
import { codeAt, problemText } from "../api/problem";
import type { Tag } from "../api/types";
import { useWorkspace } from "../app/workspace";
import { COLOURS, colourOf, TagPill } from "../contact/tag";
import { useWords } from "../i18n";
import { Button } from "../ui/Button";
import { Dialog } from "../ui/Dialog";
import { ICON } from "../ui/icon";
import { EmptyState } from "../ui/State";
import { TextField } from "../ui/TextField";
import { useSaving } from "./useSaving";
import { useUsage } from "./useUsage";
import "../people/people.css";
import "../contact/contact.css";
import "./dictionary.css";

/** The words by which contacts are grouped. */
export default function TagsPage() {
  const { t } = useWords();
  const { tags } = useWorkspace();
  const [open, setOpen] = useState<Tag | "new">();
  const create = <Button tone="primary" onClick={() => setOpen("new")}><Plus {...ICON} />{t("tags.new")}</Button>;
  const sorted = [...tags].sort((a, b) => a.name.localeCompare(b.name));
  return (
    <>
      <header className="settings-head">
        <div><h2>{t("tags.title")}</h2><p>{t("tags.lead")}</p></div>
        {tags.length > 0 ? create : null}
      </header>
      {tags.length === 0 ? <EmptyState icon={TagIcon} text={t("tags.empty")}>{create}</EmptyState> : (
        <ul className="people panel" aria-label={t("tags.title")}>
          {sorted.map((tag) => (
            <li key={tag.id}>
              <div className="people-who"><TagPill tag={tag} />{tag.description ? <small>{tag.description}</small> : null}</div>
              <Button aria-label={t("tags.edit_named", { name: tag.name })} onClick={() => setOpen(tag)}>{t("app.change")}</Button>
            </li>
          ))}
        </ul>
      )}
      {open ? <TagDialog tag={open === "new" ? undefined : open} onClose={() => setOpen(undefined)} /> : null}
    </>
  );
}

function TagDialog({ tag, onClose }: { tag: Tag | undefined; onClose: () => void }) {
  const { t } = useWords();
  const { request } = useWorkspace();
  const [name, setName] = useState(tag?.name ?? "");
  const [emoji, setEmoji] = useState(tag?.emoji ?? "");
  const [color, setColor] = useState(tag ? colourOf(tag) : "teal");
  const [description, setDescription] = useState(tag?.description ?? "");
  const [sure, setSure] = useState(false);
  const { busy, error, code, send } = useSaving(onClose);
  const used = useUsage(tag && { all: [{ field: "tags", operator: "has_any_of", value: [tag.id] }] }, sure, "tags.used");
  const path = tag ? `tags/${encodeURIComponent(tag.id)}` : "tags";
  const submit = (event: FormEvent) => {
    event.preventDefault();
    send(request(tag ? "PATCH" : "POST", path, { body: { name: name.trim(), color, description: description.trim(), ...(emoji.trim() ? { emoji: emoji.trim() } : {}) } }), "tags.saved");
  };
  const taken = code === "name_taken" ? t("error.name_taken") : undefined;
  const picture = codeAt(error, "/emoji") ? t("tags.emoji_wrong") : undefined;
  return (
    <Dialog
      title={tag ? tag.name : t("tags.new")} open onClose={onClose}
      foot={(
        <>
          {tag ? <Button tone="danger" busy={busy && sure} onClick={() => (sure ? send(request("DELETE", path), "tags.deleted") : setSure(true))}>{t(sure ? "tags.delete_sure" : "tags.delete")}</Button> : null}
          <Button onClick={onClose}>{t("app.cancel")}</Button>
          <Button type="submit" form="tag" tone="primary" busy={busy && !sure} disabled={!name.trim()}>{t("app.save")}</Button>
        </>
      )}
    >
      <form id="tag" className="ui-form" onSubmit={submit}>
        <div className="dictionary-pair">
          <TextField label={t("tags.name")} problem={taken} required maxLength={255} value={name} onChange={(event) => setName(event.target.value)} />
          <TextField label={t("tags.emoji")} problem={picture} maxLength={16} value={emoji} onChange={(event) => setEmoji(event.target.value)} />
        </div>
        <fieldset className="dictionary-colours">
          <legend className="ui-legend">{t("tags.color")}</legend>
          {COLOURS.map((one) => (
            <label key={one} className="tag" data-colour={one} data-chosen={one === color || undefined}>
              <input type="radio" name="color" value={one} checked={one === color} onChange={() => setColor(one)} /><span>{t(`tags.color_${one}`)}</span>
            </label>
          ))}
        </fieldset>
        <TextField label={t("tags.description")} maxLength={255} value={description} onChange={(event) => setDescription(event.target.value)} />
        {sure ? <p className="ui-note" role="status">{used} {t("tags.delete_lead")}</p> : null}
        {error !== undefined && !taken && !picture ? <p className="ui-problem" role="alert">{problemText(error, t, "tags.save_failed")}</p> : null}
      </form>
    </Dialog>
  );
}
