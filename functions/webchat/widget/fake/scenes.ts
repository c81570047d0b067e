/** What the fake server holds, by the name in its address. */
import { FakeServer, type FakeConfig } from "./server.ts";

const WELCOME = "Hola, bienvenida a Muebles Andes. ¿En qué le podemos ayudar?";
const PRECHAT = { enabled: true, fields: [{ name: "name", required: true }, { name: "email", required: true }, { name: "phone", required: false }] } as const;

const CONFIGS: Record<string, FakeConfig> = {
  plain: {},
  prechat: { prechat: { enabled: true, fields: [...PRECHAT.fields] } },
  english: { language: "en", title: "Andes Furniture", welcome: "Hello, welcome to Andes Furniture. How can we help?" },
  left: { position: "left", colour: "#F2C230", icon: "hand" },
  away: { offline: { note: "Atendemos de lunes a viernes, de 9:00 a 18:00. Déjenos su mensaje y le responderemos.", now: true } },
};

export function scene(name: string): FakeServer {
  const server = new FakeServer({ welcome: WELCOME, limits: { file_bytes: 2_000_000, file_types: ["image/*", "application/pdf"] }, ...CONFIGS[name] });
  if (name === "blocked") server.faults.set("config", Array.from({ length: 99 }, () => ({ status: 403, body: { code: "origin_not_allowed" } })));
  if (name === "full") server.onMessage = () => undefined;
  if (name === "broken") {
    server.sockets = false;
    server.faults.set("messages", [{ status: 422, body: { code: "invalid" } }, ...Array.from({ length: 99 }, () => ({ status: 503, body: { code: "unavailable" } }))]);
  }
  return server;
}
