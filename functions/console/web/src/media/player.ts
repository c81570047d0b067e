/** One sound plays at a time; at its end the next voice note of the conversation begins. */
import { useSyncExternalStore } from "react";

export const RATES = [1, 1.5, 2] as const;
export type Rate = (typeof RATES)[number];

export interface PlayerState {
  current: string | undefined;
  playing: boolean;
  failed: boolean;
  positionMs: number;
  durationMs: number;
  rate: Rate;
}

export interface Track {
  key: string;
  source: () => Promise<string>;
  /** The voice note that follows at once, if one does. */
  next: () => Track | undefined;
}

const RATE_KEY = "colibri.voice-rate";

export class Player {
  private readonly audio: HTMLAudioElement;
  private track: Track | undefined;
  private readonly listeners = new Set<() => void>();
  private state: PlayerState = { current: undefined, playing: false, failed: false, positionMs: 0, durationMs: 0, rate: 1 };

  constructor(audio: HTMLAudioElement) {
    this.audio = audio;
    const stored = Number(readRate());
    this.state.rate = RATES.find((rate) => rate === stored) ?? 1;
    audio.preload = "none";
    audio.addEventListener("timeupdate", () => this.set({ positionMs: audio.currentTime * 1000 }));
    audio.addEventListener("durationchange", () => Number.isFinite(audio.duration) && this.set({ durationMs: audio.duration * 1000 }));
    audio.addEventListener("play", () => this.set({ playing: true, failed: false }));
    audio.addEventListener("pause", () => this.set({ playing: false }));
    audio.addEventListener("error", () => this.track && this.set({ playing: false, failed: true }));
    audio.addEventListener("ended", () => this.ended());
  }

  subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };

  getSnapshot = (): PlayerState => this.state;

  toggle(track: Track): void {
    if (this.state.current !== track.key) void this.start(track);
    else if (this.state.playing) this.audio.pause();
    else void this.resume();
  }

  seek(share: number): void {
    const duration = this.audio.duration;
    if (!Number.isFinite(duration)) return;
    this.audio.currentTime = Math.min(Math.max(share, 0), 1) * duration;
    this.set({ positionMs: this.audio.currentTime * 1000 });
  }

  nextRate(): void {
    const rate = RATES[(RATES.indexOf(this.state.rate) + 1) % RATES.length] ?? 1;
    this.audio.playbackRate = rate;
    try {
      localStorage.setItem(RATE_KEY, String(rate));
    } catch {
      // The choice then lasts as long as the page.
    }
    this.set({ rate });
  }

  stop(): void {
    this.audio.pause();
    this.track = undefined;
    this.set({ current: undefined, playing: false, positionMs: 0, durationMs: 0 });
  }

  private async start(track: Track): Promise<void> {
    this.track = track;
    this.set({ current: track.key, playing: false, failed: false, positionMs: 0, durationMs: 0 });
    try {
      const source = await track.source();
      if (this.track !== track) return;
      this.audio.src = source;
      await this.resume();
    } catch {
      if (this.track === track) this.set({ failed: true, playing: false });
    }
  }

  private async resume(): Promise<void> {
    this.audio.playbackRate = this.state.rate;
    try {
      await this.audio.play();
      this.audio.playbackRate = this.state.rate;
    } catch (error) {
      // Another sound was started meanwhile: not a failure.
      if (!(error instanceof DOMException && error.name === "AbortError")) this.set({ failed: true, playing: false });
    }
  }

  private ended(): void {
    const next = this.track?.next();
    if (next) void this.start(next);
    else this.set({ playing: false, positionMs: 0 });
  }

  private set(change: Partial<PlayerState>): void {
    this.state = { ...this.state, ...change };
    for (const listener of this.listeners) listener();
  }
}

function readRate(): string | null {
  try {
    return localStorage.getItem(RATE_KEY);
  } catch {
    return null;
  }
}

let shared: Player | undefined;
export function player(): Player {
  shared ??= new Player(new Audio());
  return shared;
}

const IDLE = { playing: false, failed: false, positionMs: 0, durationMs: 0 };

/** What the player does with this sound; other sounds' progress redraws nothing but the rate. */
export function useTrack(key: string): PlayerState {
  const one = player();
  const state = useSyncExternalStore(one.subscribe, () => (one.getSnapshot().current === key ? one.getSnapshot() : one.getSnapshot().rate));
  return typeof state === "number" ? { ...IDLE, current: undefined, rate: state } : state;
}
