/** Makes of a browser's recording the file that is sent. */
import { writeOggOpus } from "./ogg";
import { readWebmOpus } from "./webm";

export interface VoiceFile {
  blob: Blob;
  name: string;
  /** Whether it goes as a voice note; otherwise it goes as an audio file. */
  voice: boolean;
}

export const OGG_OPUS = "audio/ogg; codecs=opus";

/** What browsers are asked to record, best first. */
export const RECORDING_TYPES = ["audio/ogg;codecs=opus", "audio/webm;codecs=opus", "audio/mp4"];

/** WebM is rewritten as Ogg; Ogg stays; Safari's MP4 goes as an audio file. */
export async function toVoiceFile(recording: Blob, stem: string): Promise<VoiceFile> {
  const type = recording.type.toLowerCase();
  if (type.startsWith("audio/ogg")) {
    return { blob: new Blob([recording], { type: OGG_OPUS }), name: `${stem}.ogg`, voice: true };
  }
  if (type.includes("webm")) {
    const bytes = new Uint8Array(await recording.arrayBuffer());
    return { blob: new Blob([writeOggOpus(readWebmOpus(bytes))], { type: OGG_OPUS }), name: `${stem}.ogg`, voice: true };
  }
  return { blob: new Blob([recording], { type: "audio/mp4" }), name: `${stem}.m4a`, voice: false };
}
