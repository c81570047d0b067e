/** A made-up furniture shop for looking at the console without a server. The same at every start, but for the time of day. */
import { WHATSAPP } from "./capabilities";
import type { Template } from "../thread/model";
import type { Channel, ContactHead, Me, Notification, WorkspaceBundle } from "../api/types";

export const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const NOW = Date.now();

export const ME: Me = {
  user: { id: "us_1", email: "alba@ceibo.example", first_name: "Alba", last_name: "Quishpe", locale: "es", organization_id: "org_1", organization_role: "admin", operator: true },
  workspaces: [
    { id: "ws_1", name: "Muebles Ceibo (demo)", role: "owner", organization_id: "org_1", organization_name: "Grupo Ceibo (demo)" },
    { id: "ws_2", name: "Ceibo Talleres (demo)", role: "owner", organization_id: "org_1", organization_name: "Grupo Ceibo (demo)" },
  ],
};

const person = (id: string, name: string, mail: string, role: "owner" | "manager" | "agent", status: "online" | "busy" | "offline") => ({ id, name, email: `${mail}@ceibo.example`, role, teams: ["tm_1"], status });

export const CHANNEL: Channel = {
  id: "ch_1", source: "whatsapp_cloud", name: "WhatsApp ventas", state: "connected", display: "+593 90 000 0100", account: "424200000000101", verified_name: "Muebles Ceibo (demo)",
  capabilities: WHATSAPP, quality: "green", throughput: 80, messaging_limit: 1000, read_receipts: "on_reply", last_event_at: NOW - 2 * MINUTE,
  checks: [{ key: "token", ok: true }, { key: "number", ok: true }, { key: "webhook", ok: true }, { key: "quality", ok: true }, { key: "templates", ok: false, detail: "promo_navidad: paused" }],
};

export const BUNDLE: WorkspaceBundle = {
  workspace: { id: "ws_1", name: "Muebles Ceibo (demo)", timezone: "America/Guayaquil", country: "EC", closing_note_mode: "mandatory_category" },
  me: { user_id: "us_1", role: "owner", rights: ["contact_module", "segment_write", "tag_write", "field_write", "field_delete", "settings_write", "conversation_reply", "conversation_manage", "contact_write", "channel_write", "settings_write", "message_send", "comment_write"], visibility: "all" },
  users: [
    person("us_1", "Alba Quishpe", "alba", "owner", "online"), person("us_2", "Bruno Zambrano", "bruno", "manager", "online"), person("us_3", "Carla Guamán", "carla", "agent", "busy"),
    person("us_4", "Diego Cevallos", "diego", "agent", "online"), person("us_5", "Elena Tapuy", "elena", "agent", "online"), person("us_6", "Fabián Mero", "fabian", "agent", "offline"),
  ],
  teams: [{ id: "tm_1", name: "Ventas Quito" }, { id: "tm_2", name: "Ventas Cuenca" }, { id: "tm_3", name: "Posventa" }],
  channels: [CHANNEL],
  tags: [
    ["🔥", "Caliente", "red"], ["🛋️", "Sala", "teal"], ["🛏️", "Dormitorio", "blue"], ["💳", "Pago por confirmar", "amber"], ["🚚", "Entrega pendiente", "green"], ["⚠️", "Reclamo", "red"], ["🏢", "Mayorista", "grey"],
  ].map(([emoji, name, color], index) => ({ id: `tg_${index + 1}`, name: name as string, emoji: emoji as string, color: color as string })),
  fields: [
    { id: "fl_1", slug: "ciudad", name: "Ciudad", type: "list", options: ["Quito", "Cuenca", "Loja", "Riobamba"] },
    { id: "fl_2", slug: "presupuesto", name: "Presupuesto", type: "number" }, { id: "fl_3", slug: "entrega", name: "Fecha de entrega", type: "date" },
    { id: "fl_4", slug: "cedula", name: "Cédula o RUC", type: "text" }, { id: "fl_5", slug: "promociones", name: "Acepta promociones", type: "checkbox" },
  ],
  stages: [{ id: "st_1", name: "Interesado", emoji: "👀", position: 0 }, { id: "st_2", name: "Cliente", emoji: "🛋️", position: 1 }],
  closing_categories: ["Venta cerrada", "Venta perdida", "Pago", "Entrega", "Garantía", "Consulta general"].map((name, index) => ({ id: `cc_${index + 1}`, name, description: "" })),
  quota: { used: 487, limit: 500 },
  version: 1,
};

type Last = [ago: number, ours: boolean, preview: string, state?: string];

function head(id: number, name: string, [ago, ours, preview, state]: Last, more: Partial<ContactHead> = {}): ContactHead {
  const at = NOW - ago * MINUTE;
  const phone = `+59390000${String(1000 + id).slice(-4)}`;
  const inbound = ours ? at - 20 * MINUTE : at;
  return {
    id, name, first_name: name.split(" ")[0] ?? name, last_name: name.split(" ").slice(1).join(" "), phone, assignee: null, conversation: { id: `cv_${id}`, opened_at: at - DAY }, status: "open", unread: 0, unreplied: !ours,
    failed: state === "failed" ? 1 : 0, blocked: false, tags: [], created_at: at - 30 * DAY, sorted_at: at, version: 1,
    last_message: { id: id * 1000 + 999, at, traffic: ours ? "outgoing" : "incoming", kind: "text", preview, channel_id: "ch_1", ...(state ? { state } : {}) },
    channels: [{ id: `co_${id}`, channel_id: "ch_1", source: "whatsapp_cloud", identity: phone, name, connected_at: at - 30 * DAY, last_inbound_at: inbound, last_message_at: at, window_closes_at: inbound + DAY }],
    ...more,
  } as ContactHead;
}

const window = (one: ContactHead, left: number): ContactHead => ({ ...one, channels: one.channels.map((channel) => ({ ...channel, last_inbound_at: NOW + left - DAY, window_closes_at: NOW + left })) });

const SHOWN: ContactHead[] = [
  head(1, "Rosa Chango", [2, false, "Buenas tardes, ¿tienen el sofá esquinero en gris?"], { unread: 2, tags: ["tg_1", "tg_2"] }),
  head(2, "Iván Loor", [9, false, "Ya hice la transferencia, le adjunto el comprobante"], { unread: 1, assignee: "us_2", tags: ["tg_4"] }),
  head(3, "Mercedes Paredes", [24, false, ""], { unread: 3, assignee: "us_1" }),
  window(head(4, "Martín Ayala", [23 * 60 + 19, false, "¿Me puede confirmar la medida de la cama?"], { assignee: "us_1" }), 41 * MINUTE),
  window(head(5, "Lucía Benalcázar", [26 * 60, true, "Le aviso cuando esté listo", "read"], { assignee: "us_3" }), -2 * HOUR),
  head(6, "Pablo Ríos", [95, true, "Le envío la cotización enseguida", "failed"], { assignee: "us_1" }),
  head(7, "Sofía Andrade", [130, true, "Con mucho gusto. Que tenga buen día.", "read"], { assignee: "us_4" }),
  head(9, "Jorge Tenesaca", [200, true, "¿Recibió la cotización?", "ambiguous"], { assignee: "us_1" }),
  head(10, "Nelly Farinango", [300, true, "Gracias por su compra", "read"], { assignee: "us_1", status: "closed", conversation: null }),
];
(SHOWN[2] as ContactHead).last_message = { ...(SHOWN[2] as ContactHead).last_message, kind: "voice", preview: "" } as NonNullable<ContactHead["last_message"]>;

const FIRST = ["Andrea", "Byron", "Carmen", "Daniela", "Edison", "Fernanda", "Galo", "Hilda", "Ismael", "Jhoanna", "Kléver", "Lourdes", "Marcelo", "Nancy", "Óscar", "Paulina"];
const LAST = ["Aguirre", "Bravo", "Chicaiza", "Delgado", "Espín", "Freire", "Guamán", "Hidalgo", "Intriago", "Jácome", "Lema", "Morocho", "Naranjo", "Oña", "Pilataxi", "Quinga"];
const SAID = ["¿Hacen entregas en Ambato?", "Gracias, quedó muy bonito", "¿Cuál es el precio del comedor de seis puestos?", "Buenos días, ¿a qué hora abren?", "Me interesa la cama de dos plazas y media con cajones y espaldar tapizado", "Ok"];

/** As many contacts as are asked for, the shown ones first. */
export function heads(count: number): ContactHead[] {
  const rest = Array.from({ length: Math.max(0, count - SHOWN.length) }, (_, index) => {
    const ours = index % 3 === 0;
    const name = `${FIRST[index % 16]} ${LAST[Math.floor(index / 16 + index) % 16]}`;
    const closed = index % 4 === 3;
    return head(11 + index, name, [320 + index * 37, ours, SAID[index % SAID.length] as string, ours ? (["delivered", "read", "sent"] as const)[index % 3] : undefined] as Last, {
      assignee: index % 5 === 0 ? null : `us_${1 + (index % 6)}`, unread: !ours && index % 7 === 1 ? 1 : 0, ...(closed ? { status: "closed", conversation: null } : {}),
    });
  });
  return [...SHOWN, ...rest].slice(0, count);
}

export const NOTIFICATIONS: Notification[] = [
  { id: "nt_1", kind: "message_failed", contact_id: 6, args: { name: "Pablo Ríos" }, at: NOW - 94 * MINUTE, read: false },
  { id: "nt_2", kind: "mention", contact_id: 2, args: { name: "Iván Loor", author_id: "us_2" }, at: NOW - 3 * HOUR, read: false },
  { id: "nt_3", kind: "assigned", contact_id: 4, args: { name: "Martín Ayala" }, at: NOW - 26 * HOUR, read: true },
];

const template = (name: string, status: Template["status"], body: string, more: Partial<Template> = {}): Template => ({
  channel_id: "ch_1", name, language: "es", category: "utility", status, components: [{ type: "body", text: body }], parameter_format: "positional", ...more,
});

export const TEMPLATES: Template[] = [
  template("pedido_listo", "approved", "Hola, {{1}}. Su pedido {{2}} está listo. Puede retirarlo hasta las 18:00.", { components: [{ type: "header", format: "text", text: "Muebles Ceibo" }, { type: "body", text: "Hola, {{1}}. Su pedido {{2}} está listo. Puede retirarlo hasta las 18:00." }, { type: "footer", text: "Gracias por su compra" }] }),
  template("recordatorio_pago", "approved", "Hola, {{1}}. Le recordamos el saldo de {{2}} de su pedido."),
  template("encuesta_entrega", "approved", "¿Cómo le fue con la entrega?", { components: [{ type: "body", text: "¿Cómo le fue con la entrega?" }, { type: "buttons", buttons: [{ type: "quick_reply", text: "Muy bien" }, { type: "quick_reply", text: "Regular" }] }] }),
  template("promo_navidad", "paused", "Llegó la Navidad a Muebles Ceibo.", { category: "marketing" }),
  template("feria_quito", "rejected", "Visítenos en la feria de Quito.", { category: "marketing", reason: "Le falta un ejemplo de sus variables." }),
];

const drawn = (inside: string, width: number, height: number): string => `data:image/svg+xml,${encodeURIComponent(`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}">${inside}</svg>`)}`;

/** Files by their ids. */
export const FILES: Record<string, string> = {
  fi_sala: drawn(
    '<path fill="#efe6d8" d="M0 0h900v600H0z"/><path fill="#cda878" d="M0 430h900v170H0z"/><path fill="#f7f3ec" d="M0 418h900v14H0z"/><path fill="#bcdcec" stroke="#8a6a44" stroke-width="10" d="M110 90h210v230H110z"/><path fill="#8fb79a" d="m115 315 70-95 45 55 35-40 50 80z"/>'
      + '<path fill="#dd9a72" d="M90 70h60v270H78c20-90 22-180 12-270zm250 0h-60v270h72c-20-90-22-180-12-270z"/><path fill="#8a6a44" d="M80 60h270v16H80z"/><path fill="#fff" stroke="#8a6a44" stroke-width="8" d="M470 110h130v100H470z"/><path fill="#5d8f7e" d="m480 200 45-55 30 30 20-20 18 45z"/>'
      + '<ellipse cx="470" cy="530" rx="300" ry="48" fill="#b5564a"/><ellipse cx="470" cy="530" rx="250" ry="34" fill="#c97a64"/><path fill="none" stroke="#5f666d" stroke-width="5" stroke-dasharray="14 10" d="M360 350h290v150H360z"/><text x="505" y="432" font-family="sans-serif" font-size="30" text-anchor="middle" fill="#3c4248">aquí iría el sofá</text>'
      + '<path stroke="#4d545b" stroke-width="8" d="M780 240v270"/><path fill="#f0c773" d="M735 160h90l28 90H707z"/><path fill="#6f9a76" d="M190 470c-30-70-80-60-40 0zm10 0c-10-110 30-110 20 0zm20 0c20-80 70-60 30 0z"/><path fill="#a9603f" d="M150 468h110l-16 80h-78z"/>', 900, 600),
};

/** What was said with a contact, oldest first. */
export function timeline(one: ContactHead): object[] {
  let id = one.id * 1000;
  const start = (one.last_message?.at ?? NOW) - 40 * MINUTE;
  const item = (after: number, over: object) => ({ item: "message", id: (id += 1), contact_id: one.id, contact_channel_id: `co_${one.id}`, channel_id: "ch_1", at: start + after * MINUTE, received_at: start + after * MINUTE, version: 1, reactions: [], statuses: [], ...over });
  const theirs = (after: number, text: string) => item(after, { traffic: "incoming", sender: { source: "contact" }, content: { kind: "text", text } });
  const ours = (after: number, text: string, state: string, over: object = {}) => item(after, { traffic: "outgoing", sender: { source: "user", user_id: "us_1" }, state, content: { kind: "text", text }, ...over });
  const last = one.last_message;
  const event = (after: number, type: string) => ({ item: "activity", id: (id += 1), contact_id: one.id, type, at: start + after * MINUTE, actor: { source: "contact" }, data: {} });
  return [
    event(0, "contact_created"), event(0, "conversation_opened"), theirs(0, "Buenos días, vi su catálogo en la web"), ours(4, "Buenos días, gracias por escribirnos. ¿En qué le ayudo?", "read"),
    theirs(8, "Busco muebles para la sala. Somos cinco en casa y tenemos poco espacio, entonces algo que se pueda mover con facilidad"), ours(11, "Tenemos tres modelos que le sirven. Le cuento de cada uno.", "read"),
    ...(one.id === 1 ? [theirs(15, "¿Y el sofá esquinero cabe aquí?"), item(16, { traffic: "incoming", sender: { source: "contact" }, content: { kind: "attachment", media: "image", state: "ready", caption: "Esta es mi sala", file: { id: "fi_sala", mime_type: "image/svg+xml", size: 48_000, width: 900, height: 600 } } })] : []),
    ...(one.id === 2 ? [{ item: "comment", id: (id += 1), contact_id: 2, author: { source: "user", user_id: "us_1" }, text: "{{@user.us_2}} ¿ya cayó la transferencia?", mentions: ["us_2"], at: start + 20 * MINUTE }] : []),
    ...(last ? [last.traffic === "incoming" ? theirs(40, last.preview || "¿Y el precio?") : ours(40, last.preview, last.state ?? "sent", last.state === "failed" ? { failure: { class: "final", reason: "undeliverable", retryable: true } } : {})] : []),
  ];
}

/** So many messages from before, oldest first: a month of a customer who writes a lot. */
export function past(one: ContactHead, count: number): object[] {
  const until = (one.last_message?.at ?? NOW) - HOUR;
  return Array.from({ length: count }, (_, index) => {
    const at = until - (count - index) * 4 * MINUTE;
    const ours = index % 5 > 2;
    const who = ours ? { traffic: "outgoing", sender: { source: "user", user_id: "us_1" }, state: "read" } : { traffic: "incoming", sender: { source: "contact" } };
    const text = `${SAID[index % SAID.length]} ${"y además quisiera saber ".repeat(index % 4)}`.trim();
    return { item: "message", id: one.id * 1000 - 20_000 + index, contact_id: one.id, contact_channel_id: `co_${one.id}`, channel_id: "ch_1", at, received_at: at, version: 1, reactions: [], statuses: [], content: { kind: "text", text }, ...who };
  });
}
