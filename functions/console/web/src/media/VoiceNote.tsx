import { Mic, Pause, Play } from "lucide-react";
import { memo, useEffect, useState, type CSSProperties, type KeyboardEvent, type PointerEvent } from "react";
import { useHost } from "../thread/host";
import { player, useTrack, type Track } from "./player";
import { fileUrl } from "./useFileUrl";
import { BARS, clock, resample, waveformOf } from "./waveform";

/** Sounds up to this size are read for their waveform; longer ones show an even one. */
const READ_MAX = 2 * 1024 * 1024;
const EVEN = Array.from({ length: BARS }, (_, i) => 22 + ((i * 7) % 5) * 6);
const known = new Map<string, { bars: number[]; durationMs: number }>();

function useWaveform(id: string, size: number, given: number[] | undefined, source: () => Promise<string>) {
  const [found, setFound] = useState(known.get(id));
  useEffect(() => {
    if (given?.length || known.has(id) || size > READ_MAX) return undefined;
    let live = true;
    const timer = setTimeout(() => {
      source()
        .then((url) => fetch(url))
        .then((answer) => answer.arrayBuffer())
        .then((bytes) => waveformOf(bytes))
        .then((made) => {
          known.set(id, made);
          if (live) setFound(made);
        })
        // A sound that cannot be read keeps its even waveform and still plays.
        .catch(() => undefined);
    }, 300);
    return () => {
      live = false;
      clearTimeout(timer);
    };
  }, [id, size, given, source]);
  return { bars: given?.length ? resample(given) : (found?.bars ?? EVEN), durationMs: found?.durationMs };
}

export interface VoiceNoteProps {
  id: string;
  size: number;
  voice: boolean;
  durationMs?: number | undefined;
  waveform?: number[] | undefined;
  local?: string | undefined;
  next?: (() => Track | undefined) | undefined;
}

export function trackOf(props: VoiceNoteProps, api: Parameters<typeof fileUrl>[0]): Track {
  return {
    key: props.id,
    source: () => (props.local ? Promise.resolve(props.local) : fileUrl(api, props.id)),
    next: () => props.next?.(),
  };
}

/** A sound that plays where it is, with its waveform, speeds and the next one after it. */
export const VoiceNote = memo(function VoiceNote(props: VoiceNoteProps) {
  const { t, api, locale } = useHost();
  const track = trackOf(props, api);
  const state = useTrack(props.id);
  const [source] = useState(() => track.source);
  const { bars, durationMs } = useWaveform(props.id, props.size, props.waveform, source);
  const total = props.durationMs ?? durationMs ?? state.durationMs;
  const share = total > 0 && state.current ? Math.min(1, state.positionMs / total) : 0;
  const rate = `${new Intl.NumberFormat(locale).format(state.rate)}x`;
  const seek = (event: PointerEvent<HTMLDivElement>) => {
    const box = event.currentTarget.getBoundingClientRect();
    if (state.current) player().seek((event.clientX - box.left) / box.width);
    else player().toggle(track);
  };
  const step = (event: KeyboardEvent) => {
    const by = event.key === "ArrowRight" ? 0.05 : event.key === "ArrowLeft" ? -0.05 : 0;
    if (by === 0) return;
    event.preventDefault();
    player().seek(share + by);
  };
  return (
    <div className="cv-voice">
      <button type="button" className="cv-voice-play" onClick={() => player().toggle(track)} aria-label={t(state.playing ? "player.pause" : "player.play")}>
        {state.playing ? <Pause size={18} fill="currentColor" strokeWidth={0} /> : <Play size={18} fill="currentColor" strokeWidth={0} />}
      </button>
      <div className="cv-voice-main">
        <div
          className="cv-voice-bars" role="slider" tabIndex={0} aria-label={t("player.seek")} aria-valuemin={0} aria-valuemax={100}
          aria-valuenow={Math.round(share * 100)} aria-valuetext={`${clock(state.positionMs)} / ${clock(total)}`} onPointerDown={seek} onKeyDown={step}
        >
          {bars.map((bar, index) => (
            <i key={index} data-done={index / bars.length < share} style={{ "--bar": `${Math.max(8, bar)}%` } as CSSProperties} />
          ))}
        </div>
        <div className="cv-voice-meta">
          {props.voice ? <Mic size={12} aria-hidden="true" /> : null}
          <span>{clock(state.current && state.positionMs > 0 ? state.positionMs : total)}</span>
        </div>
      </div>
      <button type="button" className="cv-voice-rate" onClick={() => player().nextRate()} aria-label={t("player.speed", { rate })}>{rate}</button>
      {state.failed ? <p className="cv-voice-failed" role="status">{t("player.failed")}</p> : null}
    </div>
  );
});
