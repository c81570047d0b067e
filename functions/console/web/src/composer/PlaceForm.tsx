import { LocateFixed } from "lucide-react";
import { useId, useState } from "react";
import { useHost } from "../thread/host";
import type { OutboundContent } from "../thread/model";
import { Field, Sheet } from "./Sheet";

type Place = Extract<OutboundContent, { kind: "location" }>;

function degrees(text: string, most: number): number | undefined {
  const value = Number(text.trim().replace(",", "."));
  return text.trim() !== "" && Number.isFinite(value) && Math.abs(value) <= most ? value : undefined;
}

export default function PlaceForm({ onSend, onClose }: { onSend: (place: Place) => void; onClose: () => void }) {
  const { t } = useHost();
  const base = useId();
  const [form, setForm] = useState({ latitude: "", longitude: "", name: "", address: "" });
  const [problem, setProblem] = useState<"invalid" | "denied">();
  const here = () =>
    navigator.geolocation?.getCurrentPosition(
      ({ coords }) => setForm({ ...form, latitude: coords.latitude.toFixed(6), longitude: coords.longitude.toFixed(6) }),
      () => setProblem("denied"),
    );
  const send = () => {
    const latitude = degrees(form.latitude, 90);
    const longitude = degrees(form.longitude, 180);
    if (latitude === undefined || longitude === undefined) {
      setProblem("invalid");
      return;
    }
    onSend({ kind: "location", latitude, longitude, ...(form.name.trim() ? { name: form.name.trim() } : {}), ...(form.address.trim() ? { address: form.address.trim() } : {}) });
    onClose();
  };
  return (
    <Sheet title={t("place.title")} onClose={onClose} foot={(
      <>
        <button type="button" className="cv-button" onClick={here}><LocateFixed size={16} strokeWidth={1.75} aria-hidden="true" />{t("place.here")}</button>
        <button type="button" className="cv-button cv-primary" onClick={send}>{t("composer.send")}</button>
      </>
    )}>
      <div className="cv-pair">
        {(["latitude", "longitude"] as const).map((key) => (
          <Field key={key} id={`${base}-${key}`} label={t(`place.${key}`)}>
            <input id={`${base}-${key}`} inputMode="decimal" value={form[key]} autoFocus={key === "latitude"} onChange={(event) => setForm({ ...form, [key]: event.target.value })} />
          </Field>
        ))}
      </div>
      {(["name", "address"] as const).map((key) => (
        <Field key={key} id={`${base}-${key}`} label={t(`place.${key}`)}>
          <input id={`${base}-${key}`} value={form[key]} onChange={(event) => setForm({ ...form, [key]: event.target.value })} />
        </Field>
      ))}
      {problem ? <p className="cv-note" role="alert">{t(`place.${problem}`)}</p> : null}
    </Sheet>
  );
}
