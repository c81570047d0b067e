/** Bars of a voice note's waveform. */

/** How many bars a waveform has. */
export const BARS = 48;

/** The loudest sample of each of `bars` stretches, scaled so that the loudest bar is 100. Silence is all zeros. */
export function peaks(samples: Float32Array, bars = BARS): number[] {
  if (samples.length === 0 || bars <= 0) return Array<number>(Math.max(0, bars)).fill(0);
  const out = Array<number>(bars).fill(0);
  for (let bar = 0; bar < bars; bar += 1) {
    const from = Math.floor((bar * samples.length) / bars);
    const to = Math.max(from + 1, Math.floor(((bar + 1) * samples.length) / bars));
    let top = 0;
    for (let i = from; i < to; i += 1) top = Math.max(top, Math.abs(samples[i] ?? 0));
    out[bar] = top;
  }
  return scale(out);
}

/** Any list of levels as `bars` bars between 0 and 100. */
export function resample(levels: readonly number[], bars = BARS): number[] {
  return peaks(Float32Array.from(levels), bars);
}

function scale(levels: number[]): number[] {
  const top = Math.max(...levels);
  return top <= 0 ? levels.map(() => 0) : levels.map((level) => Math.round((level / top) * 100));
}

/** The bars of an encoded recording, by the browser's own decoder. */
export async function waveformOf(bytes: ArrayBuffer, bars = BARS): Promise<{ bars: number[]; durationMs: number }> {
  const context = new OfflineAudioContext(1, 1, 48_000);
  const sound = await context.decodeAudioData(bytes);
  return { bars: peaks(sound.getChannelData(0), bars), durationMs: Math.round(sound.duration * 1000) };
}

/** Minutes and seconds, as players show them: `0:07`, `12:30`. */
export function clock(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000 + 0.001));
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
}
