// @vitest-environment happy-dom
import { beforeEach, describe, expect, it, vi } from "vitest";
import { Player, type Track } from "./player";

/** The parts of an audio element that a player uses. */
class FakeAudio extends EventTarget {
  src = "";
  preload = "";
  currentTime = 0;
  duration = 10;
  playbackRate = 1;
  play = vi.fn(async () => void this.dispatchEvent(new Event("play")));
  pause = vi.fn(() => void this.dispatchEvent(new Event("pause")));
}

describe("player", () => {
  let audio: FakeAudio;
  let player: Player;
  const track = (key: string, next?: Track): Track => ({ key, source: async () => `https://files.example/${key}`, next: () => next });
  const settle = () => new Promise((resolve) => setTimeout(resolve));

  beforeEach(() => {
    localStorage.clear();
    audio = new FakeAudio();
    player = new Player(audio as unknown as HTMLAudioElement);
  });

  it("plays, pauses and goes on where it was", async () => {
    const one = track("a");
    player.toggle(one);
    await settle();
    expect(audio.src).toBe("https://files.example/a");
    expect(player.getSnapshot()).toMatchObject({ current: "a", playing: true });
    player.toggle(one);
    expect(player.getSnapshot().playing).toBe(false);
    player.toggle(one);
    await settle();
    expect(audio.play).toHaveBeenCalledTimes(2);
  });

  it("plays on to the next voice note at the end, and stops after the last", async () => {
    player.toggle(track("a", track("b")));
    await settle();
    audio.dispatchEvent(new Event("ended"));
    await settle();
    expect(player.getSnapshot()).toMatchObject({ current: "b", playing: true });
    audio.dispatchEvent(new Event("ended"));
    await settle();
    expect(player.getSnapshot()).toMatchObject({ current: "b", playing: false, positionMs: 0 });
  });

  it("goes through the speeds and keeps the choice", async () => {
    player.toggle(track("a"));
    await settle();
    player.nextRate();
    expect(audio.playbackRate).toBe(1.5);
    player.nextRate();
    player.nextRate();
    expect(player.getSnapshot().rate).toBe(1);
    player.nextRate();
    expect(new Player(new FakeAudio() as unknown as HTMLAudioElement).getSnapshot().rate).toBe(1.5);
  });

  it("says when a sound cannot be had", async () => {
    player.toggle({ key: "a", source: () => Promise.reject(new Error("gone")), next: () => undefined });
    await settle();
    expect(player.getSnapshot()).toMatchObject({ current: "a", failed: true, playing: false });
  });

  it("lets the sound that was asked for last win", async () => {
    let slow: (url: string) => void = () => undefined;
    player.toggle({ key: "a", source: () => new Promise((resolve) => { slow = resolve; }), next: () => undefined });
    player.toggle(track("b"));
    await settle();
    slow("https://files.example/a");
    await settle();
    expect(audio.src).toBe("https://files.example/b");
  });

  it("seeks within the sound only", async () => {
    player.toggle(track("a"));
    await settle();
    player.seek(0.5);
    expect(audio.currentTime).toBe(5);
    player.seek(4);
    expect(audio.currentTime).toBe(10);
  });
});
