import IntlMessageFormat from "intl-messageformat";
import { describe, expect, it } from "vitest";
import { en } from "./catalogue.en";
import { es } from "./catalogue.es";
import type { Activity, Content, Message } from "./model";
import { dayText, eventText, failureText, previewOf, sourceLabel, timeText } from "./words";

type Args = Record<string, string | number | Date>;
const words = (catalogue: Record<string, string>, locale: string) => (key: string, args?: Args) =>
  catalogue[key] === undefined ? key : String(new IntlMessageFormat(catalogue[key], locale).format(args));
const t = words(es, "es");
const ZONE = "America/Guayaquil";

describe("catalogues", () => {
  it("have the same keys and every text can be formatted", () => {
    expect(Object.keys(en).sort()).toEqual(Object.keys(es).sort());
    for (const [catalogue, locale] of [[es, "es"], [en, "en"]] as const) {
      for (const text of Object.values(catalogue)) expect(() => new IntlMessageFormat(text, locale)).not.toThrow();
    }
  });
});

describe("previews", () => {
  it.each<[Content, string]>([
    [{ kind: "text", text: "*Hola*\nRosa" }, "Hola Rosa"],
    [{ kind: "attachment", media: "audio", voice: true, state: "ready" }, "Nota de voz"],
    [{ kind: "attachment", media: "image", caption: "Mi sala", state: "ready" }, "Mi sala"],
    [{ kind: "attachment", media: "file", file_name: "a.pdf", state: "ready" }, "a.pdf"],
    [{ kind: "location", latitude: 1, longitude: 2 }, "Ubicación"],
    [{ kind: "contacts", contacts: [{ name: "Bo" }, { name: "Al" }] }, "2 contactos"],
    [{ kind: "order", items: [{ sku: "a", quantity: 2, price_micros: 1, currency: "USD" }] }, "Pedido de 2 productos"],
    [{ kind: "interactive", body: "¿Cuál?", action: { type: "buttons", buttons: [] } }, "¿Cuál?"],
    [{ kind: "unsupported", type: "poll" }, "Mensaje no compatible"],
    [{ kind: "future" } as never, "Mensaje no compatible"],
  ])("say what %j holds", (content, text) => expect(previewOf(content, t)).toBe(text));
});

describe("events", () => {
  const host = { t, users: [{ id: "us_1", name: "Alba" }, { id: "us_2", name: "Bruno" }] };
  const event = (type: string, actor: Activity["actor"], data: object = {}): Activity => ({ id: 1, contact_id: 1, type, actor, at: 0, data: { ...data } });
  it.each<[Activity, string]>([
    [event("assigned", { source: "user", user_id: "us_1" }, { assignee: "us_2" }), "Alba asignó la conversación a Bruno"],
    [event("assigned", { source: "user", user_id: "us_1" }, { assignee: "us_1" }), "Alba tomó la conversación"],
    [event("assigned", { source: "user", user_id: "us_1" }, { assignee: "us_1", by_reply: true }), "Alba respondió y quedó como responsable"],
    [event("conversation_opened", { source: "contact" }), "Rosa escribió y la conversación se abrió"],
    [event("conversation_closed", { source: "user", user_id: "us_9" }, { category: "Pago" }), "Alguien cerró la conversación · Pago"],
    [event("unassigned", { source: "workflow" }), "Flujo quitó al responsable"],
    [event("invented", { source: "system" }), "Cambio registrado"],
  ])("%j", (activity, text) => expect(eventText(activity, host, "Rosa")).toBe(text));
});

describe("failures and authors", () => {
  it("put a known reason into words and fall back to the server's", () => {
    expect(failureText({ failure: { reason: "window_closed", retryable: false } }, t)).toBe(es["failure.window_closed"]);
    expect(failureText({ failure: { reason: "new_reason", retryable: true, provider_text: "algo" } }, t)).toBe("No se envió: algo");
    expect(failureText({}, t)).toBe(es["failure.unknown"]);
  });
  it("label what no person wrote", () => {
    const by = (sender: Message["sender"]) => sourceLabel({ traffic: "outgoing", sender } as Message, t);
    expect(by({ source: "workflow", name: "Bienvenida" })).toBe("Flujo · Bienvenida");
    expect(by({ source: "echo" })).toBe("Enviado desde el teléfono");
    expect(by({ source: "user" })).toBeUndefined();
  });
});

describe("times", () => {
  const now = Date.parse("2026-11-22T12:00:00-05:00");
  const day = 86_400_000;
  it("are in the workspace's zone, always 24 h", () => {
    expect(timeText(Date.parse("2026-11-22T00:05:00-05:00"), "en", ZONE)).toBe("00:05");
    expect(timeText(Date.parse("2026-11-22T19:05:00Z"), "es", ZONE)).toBe("14:05");
  });
  it("name near days and date far ones", () => {
    const named = (at: number) => dayText(at, now, "es", t, ZONE);
    expect([named(now), named(now - day), named(now - 3 * day)]).toEqual(["Hoy", "Ayer", "Jueves"]);
    expect(named(now - 20 * day)).toMatch(/2 de noviembre/);
    expect(named(now - 400 * day)).toMatch(/2025/);
  });
});
