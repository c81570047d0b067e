// Words in both languages, and small helpers.
const WORDS = {
  es: {
    playing: "Usted hace de", newPerson: "Persona nueva", quiet: "Modo tranquilo", tools: "Ajustes y fallas", line: "Número del negocio",
    messages: "Mensajes", write: "Escribir un mensaje", send: "Enviar", attach: "Adjuntar", cancel: "Cancelar", close: "Cerrar", create: "Crear",
    photo: "Foto de la sala", receipt: "Comprobante", voice: "Nota de voz", record: "Grabar", stop: "Detener y enviar", document: "Documento", sticker: "Sticker", video: "Video",
    place: "Ubicación", card: "Contacto", post: "Publicación", reel: "Reel", link: "Enlace", storyMention: "Mención en una historia", storyReply: "Respuesta a una historia", heart: "Corazón", ownFile: "Archivo propio", name: "Nombre", number: "Número con código de país", hides: "Oculta su número (solo usuario)",
    thisPhone: "Este teléfono", phoneOn: "Teléfono encendido", receipts: "Confirmaciones de lectura", script: "Guion de demostración",
    scriptStart: "Empezar de nuevo", nextAnswer: "Con el próximo mensaje del negocio", nextMine: "Con el próximo mensaje de esta persona",
    waiting: "Fallas en espera", look: "Aspecto", theme: "Claro u oscuro", none: "Ninguna.", remove: "Quitar", online: "en línea", off: "su teléfono está apagado",
    typing: "escribiendo…", personTyping: "{name} está escribiendo…", today: "Hoy", yesterday: "Ayer", you: "Usted", reply: "Responder", edit: "Editar", revoke: "Eliminar para todos",
    options: "Opciones del mensaje", revoked: "Mensaje eliminado", edited: "editado", lost: "Un mensaje del negocio no llegó ({code})", empty: "Escriba al negocio: el mensaje llega enseguida a la consola.",
    tickSent: "enviado", tickDelivered: "entregado", tickRead: "leído", picture: "Imagen", openPicture: "Abrir la imagen", react: "Reaccionar con {emoji}", form: "Llenar el formulario", shareLocation: "Enviar mi ubicación",
    scriptQuiet: "El modo tranquilo lo tiene detenido.", scriptIdle: "Empieza 8 segundos después de iniciar sesión.", scriptAt: "Turno {turn} de {turns}.", scriptDone: "Terminado.", noMic: "Este navegador no deja grabar aquí.",
    hidden: "sin número", other: "English", failed: "No se pudo: {reason}", you_said: "Usted",
  },
  en: {
    playing: "You play", newPerson: "New person", quiet: "Quiet mode", tools: "Settings and faults", line: "Business number",
    messages: "Messages", write: "Write a message", send: "Send", attach: "Attach", cancel: "Cancel", close: "Close", create: "Create",
    photo: "Living room photo", receipt: "Receipt", voice: "Voice note", record: "Record", stop: "Stop and send", document: "Document", sticker: "Sticker", video: "Video",
    place: "Location", card: "Contact", post: "Post", reel: "Reel", link: "Link", storyMention: "Story mention", storyReply: "Reply to a story", heart: "Heart", ownFile: "Own file", name: "Name", number: "Number with country code", hides: "Hides the number (username only)",
    thisPhone: "This phone", phoneOn: "Phone switched on", receipts: "Read receipts", script: "Demo script",
    scriptStart: "Start over", nextAnswer: "With the next message of the business", nextMine: "With the next message of this person",
    waiting: "Waiting faults", look: "Appearance", theme: "Light or dark", none: "None.", remove: "Remove", online: "online", off: "this phone is switched off",
    typing: "typing…", personTyping: "{name} is typing…", today: "Today", yesterday: "Yesterday", you: "You", reply: "Reply", edit: "Edit", revoke: "Delete for everyone",
    options: "Message options", revoked: "Message deleted", edited: "edited", lost: "A message of the business did not arrive ({code})", empty: "Write to the business: the message reaches the console at once.",
    tickSent: "sent", tickDelivered: "delivered", tickRead: "read", picture: "Picture", openPicture: "Open the picture", react: "React with {emoji}", form: "Fill in the form", shareLocation: "Send my location",
    scriptQuiet: "Quiet mode holds it.", scriptIdle: "It begins 8 seconds after sign-in.", scriptAt: "Turn {turn} of {turns}.", scriptDone: "Finished.", noMic: "This browser does not allow recording here.",
    hidden: "no number", other: "Español", failed: "It did not work: {reason}", you_said: "You",
  },
};
const query = new URLSearchParams(location.search);
let language = query.get("lang") || localStorage.getItem("phone.lang") || (navigator.language.startsWith("en") ? "en" : "es");
if (!WORDS[language]) language = "es";
const t = (key, parts = {}) => (WORDS[language][key] || key).replace(/\{(\w+)\}/g, (_, name) => parts[name]);
const $ = (id) => document.getElementById(id);

/** Builds an element: attributes, then children; text stays text. */
function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (value === true) element.setAttribute(name, "");
    else if (value !== false && value != null) element.setAttribute(name, value);
  }
  element.append(...children.filter((child) => child != null && child !== ""));
  return element;
}
function drawing(path, attributes = {}) {
  const holder = document.createElement("span");
  holder.innerHTML = `<svg viewBox="0 0 20 20" aria-hidden="true">${path}</svg>`;
  const svg = holder.firstChild;
  for (const [name, value] of Object.entries(attributes)) svg.setAttribute(name, value);
  return svg;
}
const initials = (name) => name.replace(/\(.*\)/, "").split(/\s+/).filter((word) => /[\p{L}\d]/u.test(word)).slice(0, 2).map((word) => word.replace("+", "")[0]).join("").toUpperCase();
const clockTime = (at) => new Date(at).toLocaleTimeString(language === "es" ? "es-EC" : "en-US", { hour: "2-digit", minute: "2-digit", hour12: false });

function translate() {
  document.documentElement.lang = language;
  for (const element of document.querySelectorAll("[data-t]")) element.textContent = t(element.dataset.t);
  for (const element of document.querySelectorAll("[data-label]")) { element.setAttribute("aria-label", t(element.dataset.label)); if (element.tagName === "BUTTON") element.title = t(element.dataset.label); }
  for (const element of document.querySelectorAll("[data-placeholder]")) element.placeholder = t(element.dataset.placeholder);
  $("language").textContent = t("other");
}

let toastTimer;
function toast(text) {
  $("toast").textContent = text;
  $("toast").hidden = false;
  clearTimeout(toastTimer);
  toastTimer = setTimeout(() => { $("toast").hidden = true; }, 5000);
}
async function call(path, body, method = "POST") {
  const answer = await fetch(path, body === undefined && method === "GET" ? {} : { method, headers: { "content-type": "application/json" }, body: JSON.stringify(body ?? {}) });
  const value = await answer.json().catch(() => ({}));
  if (!answer.ok) { toast(t("failed", { reason: value.error || answer.status })); throw new Error(value.error || String(answer.status)); }
  return value;
}
