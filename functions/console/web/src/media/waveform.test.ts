import { describe, expect, it } from "vitest";
import { clock, peaks, resample } from "./waveform";

describe("waveform", () => {
  it("keeps the loudest sample of each stretch, the loudest bar being 100", () => {
    expect(peaks(Float32Array.of(0, 0.1, -0.5, 0.2, 0, 0.25), 3)).toEqual([20, 100, 50]);
  });
  it("draws silence flat and nothing for nothing", () => {
    expect(peaks(new Float32Array(100), 4)).toEqual([0, 0, 0, 0]);
    expect(peaks(new Float32Array(0), 2)).toEqual([0, 0]);
  });
  it("stretches few levels over many bars", () => {
    expect(resample([1, 2], 4)).toEqual([50, 50, 100, 100]);
  });
  it("shows minutes and seconds", () => {
    expect([clock(0), clock(7_900), clock(23_000), clock(751_000)]).toEqual(["0:00", "0:07", "0:23", "12:31"]);
  });
});
