import { Send, Trash2 } from "lucide-react";
import { useEffect, useRef, useState, type CSSProperties } from "react";
import { MAX_RECORDING_MS, problemOf, VoiceRecording, type RecorderProblem } from "../media/recorder";
import type { VoiceFile } from "../media/remux";
import { clock } from "../media/waveform";
import { useHost } from "../thread/host";

const LEVELS = 32;

/** The composer while it records: level, time, discard and send. */
export default function VoiceRecorder({ onDone, onCancel }: { onDone: (file: VoiceFile) => void; onCancel: (problem?: RecorderProblem) => void }) {
  const { t } = useHost();
  const recording = useRef<VoiceRecording | undefined>(undefined);
  const settled = useRef(false);
  const [levels, setLevels] = useState<number[]>(() => Array<number>(LEVELS).fill(0));
  const [passed, setPassed] = useState(0);
  const callbacks = useRef({ onDone, onCancel });
  callbacks.current = { onDone, onCancel };

  const finish = async () => {
    const active = recording.current;
    if (!active || settled.current) return;
    settled.current = true;
    try {
      callbacks.current.onDone(await active.finish(`nota-de-voz-${Date.now()}`));
    } catch (error) {
      callbacks.current.onCancel(problemOf(error));
    }
  };
  const finishNow = useRef(finish);
  finishNow.current = finish;

  useEffect(() => {
    let gone = false;
    let timer: ReturnType<typeof setInterval> | undefined;
    VoiceRecording.start().then(
      (started) => {
        if (gone) {
          started.cancel();
          return;
        }
        recording.current = started;
        const begun = Date.now();
        timer = setInterval(() => {
          setPassed(Date.now() - begun);
          setLevels((before) => [...before.slice(1), started.level()]);
          if (Date.now() - begun > MAX_RECORDING_MS) void finishNow.current();
        }, 100);
      },
      (error: unknown) => !gone && callbacks.current.onCancel(problemOf(error)),
    );
    return () => {
      gone = true;
      clearInterval(timer);
      if (!settled.current) recording.current?.cancel();
    };
  }, []);

  return (
    <div className="cv-recorder" role="group" aria-label={t("voice.recording")}>
      <button type="button" className="cv-icon-button cv-danger" onClick={() => onCancel()} aria-label={t("voice.cancel")} title={t("voice.cancel")}><Trash2 size={20} strokeWidth={1.75} /></button>
      <span className="cv-recorder-dot" aria-hidden="true" />
      <time role="timer">{clock(passed)}</time>
      <div className="cv-recorder-levels" aria-hidden="true">{levels.map((level, index) => <i key={index} style={{ "--bar": `${Math.max(6, level * 100)}%` } as CSSProperties} />)}</div>
      <button type="button" className="cv-button cv-primary" onClick={() => void finish()} aria-label={t("voice.send")} autoFocus><Send size={16} strokeWidth={1.75} aria-hidden="true" />{t("composer.send")}</button>
    </div>
  );
}
