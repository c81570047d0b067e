/** A conversation that shows every kind of content, and as many messages before it as are asked for. */
import { WHATSAPP } from "../../src/testing/capabilities";
import type { Channel, ContactHead, Template } from "../../src/thread/model";

const NOW = Date.now();
const MIN = 60_000;
const svg = (label: string, width: number, height: number, colour: string) =>
  `data:image/svg+xml,${encodeURIComponent(`<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}"><rect width="100%" height="100%" fill="${colour}"/><text x="50%" y="50%" font-family="sans-serif" font-size="28" fill="#fff" text-anchor="middle">${label}</text></svg>`)}`;

export const FILES: Record<string, string> = {
  fi_sala: svg("Sala de Rosa", 900, 600, "#5a7d6c"),
  fi_recibo: svg("COMPROBANTE DE DEMOSTRACIÓN", 600, 1000, "#6b5a7d"),
};

export const HEAD: ContactHead = {
  id: 1, name: "Rosa Chango", phone: "+593900000201", assignee: null, conversation: { id: "cv_1", opened_at: NOW - 60 * MIN }, status: "open", unread: 2,
  blocked: false, version: 1,
  channels: [{ id: "cc_1", channel_id: "ch_1", source: "whatsapp_cloud", identity: "+593900000201", connected_at: NOW - 9e9, last_inbound_at: NOW - 2 * MIN, window_closes_at: NOW - 2 * MIN + 24 * 60 * MIN }],
};
export const CHANNELS: Channel[] = [{ id: "ch_1", source: "whatsapp_cloud", name: "WhatsApp Ventas", state: "connected", display: "+593 90 000 0100", capabilities: WHATSAPP }];
export const USERS = [
  { id: "us_1", name: "Alba Quishpe" }, { id: "us_2", name: "Bruno Zambrano" }, { id: "us_3", name: "Carla Guamán" }, { id: "us_4", name: "Diego Cevallos" },
];

let id = 0;
const item = (ago: number, over: object) => ({
  item: "message", id: (id += 1), contact_id: 1, contact_channel_id: "cc_1", channel_id: "ch_1", at: NOW - ago * MIN, received_at: NOW - ago * MIN, version: 1, reactions: [], ...over,
});
const hers = (ago: number, content: object, over: object = {}) => item(ago, { traffic: "incoming", sender: { source: "contact" }, content, ...over });
const ours = (ago: number, content: object, state: string, over: object = {}) => item(ago, { traffic: "outgoing", sender: { source: "user", user_id: "us_1" }, state, content, ...over });
const text = (words: string) => ({ kind: "text", text: words });
const event = (ago: number, type: string, over: object = {}) => ({ item: "activity", id: (id += 1), contact_id: 1, type, at: NOW - ago * MIN, actor: { source: "user", user_id: "us_1" }, ...over });
const file = (name: string, mime: string, size: number, over: object = {}) => ({ id: name, mime_type: mime, size, ...over });

const WORDS = ["Buenos días", "¿Tienen el sofá esquinero en gris?", "Sí, por supuesto. *Le reservo uno* y le confirmo la entrega en Riobamba para el jueves por la mañana.", "Gracias", "¿Cuánto cuesta el envío?", "El envío a Riobamba cuesta $18,00 y demora dos días.", "Perfecto, muchas gracias por la ayuda. Voy a conversar con mi esposo y le aviso."];

export function conversation(before: number): object[] {
  id = 0;
  const long = Array.from({ length: before }, (_, i) => {
    const ago = 3 * 1440 + (before - i) * 7;
    return i % 5 < 2 ? hers(ago, text(`${WORDS[i % WORDS.length]} (${i})`)) : i % 41 === 7 ? event(ago, "assigned", { assignee: "us_2" }) : ours(ago, text(`${WORDS[(i * 3) % WORDS.length]} (${i})`), "read");
  });
  return [...long, ...showcase()];
}

function showcase(): object[] {
  const sofa = hers(2950, text("Hola, vi el anuncio del sofá *Cotopaxi*. ¿Sigue la promoción? https://ceibo.example/sofas"), {
    referral: { source_type: "ad", headline: "Sofá esquinero Cotopaxi", body: "Entrega gratis en Quito esta semana", source_url: "https://fb.me/x" },
  });
  const asked = ours(2940, { kind: "interactive", body: "¿Qué color prefiere?", footer: "Muebles Ceibo (demo)", action: { type: "buttons", buttons: [{ id: "1", title: "Gris" }, { id: "2", title: "Beige" }] } }, "read");
  return [
    event(2951, "conversation_opened", { actor: { source: "contact" } }), sofa, asked,
    hers(2939, { kind: "quick_reply", title: "Gris", payload: "1" }, { reply_to: asked.id }),
    event(2930, "assigned", { assignee: "us_1", by_reply: true }), event(2929, "tag_added", { tag: "🔥 Caliente" }), event(2928, "field_updated", { field: "Ciudad" }), event(2927, "assigned", { assignee: "us_2" }), event(2926, "unassigned"),
    hers(1500, { kind: "location", latitude: -3.99313, longitude: -79.20422, name: "Casa de Mercedes", address: "Av. Universitaria, Loja" }),
    hers(1499, { kind: "attachment", media: "audio", voice: true, state: "ready", file: file("fi_voz", "audio/ogg", 40_000, { duration_ms: 23_000, waveform: Array.from({ length: 48 }, (_, i) => Math.round(20 + 75 * Math.abs(Math.sin(i * 0.9) * Math.cos(i * 0.23)))) }) }),
    { item: "comment", id: (id += 1), contact_id: 1, author: { source: "user", user_id: "us_1" }, text: "{{@user.us_2}} ¿ya cayó la transferencia?", at: NOW - 1490 * MIN },
    ours(1480, { kind: "template", name: "pedido_listo", language: "es", text: "Hola Rosa, su pedido *1042* está listo para la entrega.", header: "Su pedido", footer: "Muebles Ceibo (demo)", buttons: ["Ver pedido", "Gracias"] }, "delivered"),
    ours(1479, text("Buenas, le saluda el asistente de Muebles Ceibo."), "read", { sender: { source: "workflow", name: "Bienvenida" } }),
    hers(1478, { kind: "order", catalog_id: "1", items: [{ sku: "SOFA-COT-GR", quantity: 1, price_micros: 689_000_000, currency: "USD" }, { sku: "COJIN-02", quantity: 4, price_micros: 12_500_000, currency: "USD" }], text: "Para entregar el viernes" }),
    hers(1477, { kind: "contacts", contacts: [{ name: "Iván Loor", phones: ["+593 90 000 0202"], emails: ["ivan@correo.example"], organization: "Mudanzas Loor (demo)" }] }),
    hers(1476, { kind: "form_reply", name: "Datos de entrega", fields: { ciudad: "Riobamba", fecha: "27 nov 2026", acepta: true } }),
    hers(1475, { kind: "unsupported", type: "poll" }),
    hers(120, { kind: "attachment", media: "file", file_name: "Cotización Sala Cotopaxi noviembre.pdf", state: "ready", file: file("fi_pdf", "application/pdf", 482_000) }, { forwarded: true }),
    hers(119, text("Este mensaje ya no existe"), { revoked_at: NOW }),
    ours(90, text("Le envío la cotización enseguida"), "failed", { failure: { class: "final", reason: "undeliverable" } }),
    ours(80, text("¿Recibió la cotización?"), "ambiguous", { failure: { class: "ambiguous", reason: "unconfirmed" } }),
    ours(40, { kind: "attachment", media: "image", caption: "Así queda en gris", state: "ready", file: file("fi_recibo", "image/png", 90_000, { width: 600, height: 1000 }) }, "read", { sender: { source: "user", user_id: "us_3" }, reactions: [{ from: "contact", emoji: "❤️", at: NOW }] }),
    ours(31, text("Con gusto"), "delivered"),
    ours(30, text("¿Le ayudo con algo más?"), "sent", { edited_at: NOW }),
    hers(3, text("Buenas tardes, ¿tienen el sofá esquinero en gris?"), { reply_to: { id: sofa.id, channel_message_id: "x" } }),
    hers(2, { kind: "attachment", media: "image", state: "ready", file: file("fi_sala", "image/png", 90_000, { width: 900, height: 600 }) }),
  ];
}

export const TEMPLATES: Template[] = [
  { channel_id: "ch_1", name: "pedido_listo", language: "es", category: "utility", status: "approved", parameter_format: "positional", components: [{ type: "header", format: "text", text: "Su pedido" }, { type: "body", text: "Hola {{1}}, su pedido *{{2}}* está listo para la entrega." }, { type: "footer", text: "Muebles Ceibo (demo)" }, { type: "buttons", buttons: [{ type: "url", text: "Ver pedido", url: "https://ceibo.example/p/{{1}}" }] }] },
  { channel_id: "ch_1", name: "recordatorio_pago", language: "es", category: "utility", status: "approved", parameter_format: "named", components: [{ type: "header", format: "image" }, { type: "body", text: "{{nombre}}, le recordamos que su cuota de {{valor}} vence el {{fecha}}." }] },
  { channel_id: "ch_1", name: "promo_navidad", language: "es", category: "marketing", status: "paused", parameter_format: "positional", components: [{ type: "body", text: "Promo" }] },
];
