import { expect, test } from "vitest";
import { wordsFor } from "../i18n";
import { leftText, minutesLeft, previewLine } from "./preview";

const { t } = wordsFor("es", "America/Guayaquil");
const NOW = Date.parse("2026-11-22T15:00:00-05:00");
const last = (kind: string, preview: string) => ({ id: 1, at: NOW, traffic: "incoming" as const, kind, preview, channel_id: "ch_1" });
const closing = (minutes: number[]) => ({ channels: minutes.map((left, index) => ({ id: `cc_${index}`, channel_id: "ch_1", source: "whatsapp_cloud", identity: "+1", connected_at: 0, window_closes_at: NOW + left * 60_000 })) });

test("a row tells the words, else the kind of thing", () => {
  expect(previewLine(last("text", "Buenas tardes"), t)).toBe("Buenas tardes");
  expect(previewLine(last("voice", ""), t)).toBe("Nota de voz");
  expect(previewLine(last("something_new", ""), t)).toBe("");
  expect(previewLine(undefined, t)).toBe("");
});

test("the window's chip shows only in its last two hours, by the identity that stays open longest", () => {
  expect(minutesLeft(closing([41]), NOW)).toBe(41);
  expect(minutesLeft(closing([41, 600]), NOW)).toBeUndefined();
  expect(minutesLeft(closing([120]), NOW)).toBeUndefined();
  expect(minutesLeft(closing([-5]), NOW)).toBeUndefined();
  expect(leftText(96)).toBe("1 h 36 min");
});
