/** Records from the microphone, with its level for the eye. */
import { RECORDING_TYPES, toVoiceFile, type VoiceFile } from "./remux";

export type RecorderProblem = "denied" | "missing" | "failed";

/** A voice note is stopped here, below the channel's 16 MB by far. */
export const MAX_RECORDING_MS = 15 * 60_000;

export function problemOf(error: unknown): RecorderProblem {
  const name = error instanceof DOMException ? error.name : "";
  if (name === "NotAllowedError" || name === "SecurityError") return "denied";
  return name === "NotFoundError" ? "missing" : "failed";
}

export class VoiceRecording {
  private readonly parts: Blob[] = [];
  private readonly samples: Uint8Array<ArrayBuffer>;

  private constructor(
    private readonly stream: MediaStream,
    private readonly recorder: MediaRecorder,
    private readonly context: AudioContext,
    private readonly analyser: AnalyserNode,
  ) {
    this.samples = new Uint8Array(analyser.fftSize);
    recorder.ondataavailable = (event) => this.parts.push(event.data);
    recorder.start(500);
  }

  /** Asks for the microphone, one channel: WhatsApp takes no stereo voice notes. */
  static async start(): Promise<VoiceRecording> {
    const stream = await navigator.mediaDevices.getUserMedia({ audio: { channelCount: 1, echoCancellation: true, noiseSuppression: true } });
    const type = RECORDING_TYPES.find((candidate) => MediaRecorder.isTypeSupported(candidate));
    const recorder = new MediaRecorder(stream, { ...(type ? { mimeType: type } : {}), audioBitsPerSecond: 24_000 });
    const context = new AudioContext();
    const analyser = context.createAnalyser();
    analyser.fftSize = 512;
    context.createMediaStreamSource(stream).connect(analyser);
    return new VoiceRecording(stream, recorder, context, analyser);
  }

  /** The present loudness, 0 to 1. */
  level(): number {
    this.analyser.getByteTimeDomainData(this.samples);
    const sum = this.samples.reduce((total, sample) => total + ((sample - 128) / 128) ** 2, 0);
    return Math.min(1, Math.sqrt(sum / this.samples.length) * 3);
  }

  async finish(stem: string): Promise<VoiceFile> {
    const stopped = new Promise((resolve) => (this.recorder.onstop = resolve));
    this.recorder.stop();
    await stopped;
    this.release();
    return toVoiceFile(new Blob(this.parts, { type: this.recorder.mimeType }), stem);
  }

  cancel(): void {
    if (this.recorder.state !== "inactive") this.recorder.stop();
    this.release();
  }

  private release(): void {
    for (const track of this.stream.getTracks()) track.stop();
    void this.context.close();
  }
}
