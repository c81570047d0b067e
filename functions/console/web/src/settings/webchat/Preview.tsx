import { useEffect, useRef, useState } from "react";
import { preview, type Preview as Shown } from "../../../../../webchat/widget/src/preview";
import { useWords } from "../../i18n";
import { Choices } from "../Choices";
import type { WebchatSettings } from "./api";

type Moment = "talk" | "form" | "away";

/** The widget itself, with what is being edited. */
export function Preview({ settings }: { settings: WebchatSettings }) {
  const { t, locale } = useWords();
  const box = useRef<HTMLDivElement>(null);
  const shown = useRef<Shown>(undefined);
  const [moment, setMoment] = useState<Moment>("talk");
  const asks = settings.prechat.enabled && settings.prechat.fields.length > 0;
  const now = moment === "form" && !asks ? "talk" : moment;
  useEffect(() => {
    const made = preview(box.current as HTMLDivElement, locale);
    shown.current = made;
    return () => made.remove();
  }, [locale]);
  useEffect(() => {
    const { offline_note: note, ...rest } = settings;
    shown.current?.show({ ...rest, offline: { note } }, {
      stage: now === "form" ? "prechat" : "thread", away: now === "away",
      samples: { asked: t("webchat.sample_asked"), answered: t("webchat.sample_answered"), author: t("webchat.sample_author") },
    });
  }, [settings, now, t]);
  const moments = (["talk", "form", "away"] as const).filter((one) => one !== "form" || asks);
  return (
    <section className="webchat-preview" aria-label={t("webchat.preview")}>
      <Choices legend={t("webchat.preview")} value={now} onChange={setMoment} options={moments.map((value) => ({ value, label: t(`webchat.preview_${value}`) }))} />
      <div ref={box} className="webchat-stage" />
    </section>
  );
}
