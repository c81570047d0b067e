// How messages look.
let bubbles = new Map();
const shown = () => [...bubbles.values()].sort((a, b) => a.at - b.at);

function preview(bubble) {
  const content = bubble.content;
  if (bubble.revoked) return t("revoked");
  switch (content.kind) {
    case "text": return content.text || "";
    case "media": return content.caption || { image: t("picture"), voice: t("voice"), audio: t("voice"), video: t("video"), sticker: t("sticker") }[content.media] || content.file_name || t("document");
    case "location": return content.name || t("place");
    case "contacts": return content.contacts?.[0]?.name?.formatted_name || t("card");
    case "interactive": return content.interactive.body?.text || "";
    default: return content.text || "";
  }
}
const safeLink = (url) => (/^(https?:|\/)/.test(url || "") ? url : "#");

function picture(source, caption) {
  const label = caption || t("picture");
  return make("a", { class: "picture", href: safeLink(source), target: "_blank", rel: "noopener", "aria-label": `${t("openPicture")}: ${label}` },
    make("img", { src: safeLink(source), alt: label, loading: "lazy", onload: stickToEnd }));
}
function mediaPart(content) {
  const source = safeLink(content.src);
  switch (content.media) {
    case "image": return picture(source, content.caption);
    case "video": return make("video", { src: source, controls: true, preload: "metadata" });
    case "sticker": return make("img", { class: "sticker", src: source, alt: t("sticker"), onload: stickToEnd });
    case "voice": case "audio": return make("audio", { src: source, controls: true, preload: "metadata" });
    default: return make("a", { class: "file", href: source, target: "_blank", rel: "noopener", download: content.file_name || true },
      drawing('<path d="M6 2.500h5l4 4V17.500H6zM11 2.500v4h4"/>'), make("span", {}, content.file_name || t("document"), make("small", {}, content.mime_type || "")));
  }
}
const MAP = '<rect width="240" height="110" fill="#DCE8DF"/><path d="M0 78h240v14H0zM60 0h12v110H60zM150 0l40 110h-13L138 0z" fill="#fff"/><path d="M84 12h44v36H84zM8 16h40v44H8z" fill="#C9D9CE"/><path d="M196 0h44v60c-20 0-34-20-44-60z" fill="#BFDDEA"/><path d="M120 84s18-17 18-30a18 18 0 0 0-36 0c0 13 18 30 18 30z" fill="#B42A63"/><circle cx="120" cy="54" r="7" fill="#fff"/>';
function place(content) {
  const spot = `${content.latitude},${content.longitude}`;
  const map = drawing(MAP, { viewBox: "0 0 240 110", preserveAspectRatio: "xMidYMid slice" });
  return make("a", { class: "map", href: `https://www.openstreetmap.org/?mlat=${content.latitude}&mlon=${content.longitude}#map=16/${content.latitude}/${content.longitude}`, target: "_blank", rel: "noopener" },
    map, make("span", {}, content.name || t("place")), make("small", {}, content.address || spot));
}
function cards(content) {
  return make("div", {}, ...(content.contacts || []).map((card) => make("div", { class: "person-card" },
    make("span", { class: "avatar", "aria-hidden": "true" }, initials(card.name.formatted_name || "?")),
    make("span", {}, card.name.formatted_name, make("small", {}, (card.phones || []).map((phone) => phone.phone).join(", "))))));
}
const headOf = (text) => (text ? make("div", { class: "head" }, text) : null);
const bodyOf = (text) => (text ? make("div", { class: "body" }, ...styled(text)) : null);
const footOf = (text) => (text ? make("div", { class: "foot" }, text) : null);

/** Links become links; everything else stays text. */
function styled(text) {
  return text.split(/(https?:\/\/[^\s]+)/).map((part) => (/^https?:\/\//.test(part) ? make("a", { href: part, target: "_blank", rel: "noopener" }, part) : part));
}
function headerPart(header) {
  if (!header) return null;
  if (header.type === "text" || !header.type) return headOf(header.text);
  return mediaPart({ media: header.type, src: header.src, file_name: header[header.type]?.filename });
}
function interactive(bubble) {
  const part = bubble.content.interactive;
  const press = (on) => (id, title, description) => act({ do: "press", to: bubble.id, id, title, description, on });
  const actions = make("div", { class: "actions" });
  const button = (label, run) => actions.append(make("button", { type: "button", onclick: run }, label));
  if (part.type === "button") for (const { reply } of part.action.buttons) button(reply.title, () => press("button")(reply.id, reply.title));
  if (part.type === "list") button(part.action.button, () => openList(part, press("row")));
  if (part.type === "cta_url") actions.append(make("a", { href: safeLink(part.action.parameters.url), target: "_blank", rel: "noopener" }, part.action.parameters.display_text));
  if (part.type === "location_request_message") button(t("shareLocation"), () => sendPlace(bubble.id));
  if (part.type === "flow") button(part.action.parameters.flow_cta || t("form"), () => act({ do: "form", to: bubble.id, fields: { flow_token: part.action.parameters.flow_token || "unused", nombre: currentPerson().name, ciudad: "Riobamba" } }));
  return [headerPart(part.header), bodyOf(part.body?.text), footOf(part.footer?.text), actions];
}
function template(bubble) {
  const content = bubble.content;
  const actions = make("div", { class: "actions" });
  for (const button of content.buttons || []) {
    if (button.type === "QUICK_REPLY") actions.append(make("button", { type: "button", onclick: () => act({ do: "press", to: bubble.id, id: button.payload, title: button.text, on: "template" }) }, button.text));
    else actions.append(make("a", { href: safeLink((button.url || "#").replace(/\{\{.*?\}\}/, button.payload || "")), target: "_blank", rel: "noopener" }, button.text));
  }
  const head = content.header_src ? mediaPart({ media: content.header_kind || "image", src: content.header_src }) : headOf(content.header);
  return [head, bodyOf(content.text), footOf(content.footer), actions.children.length ? actions : null];
}
function contentParts(bubble) {
  const content = bubble.content;
  if (bubble.revoked) return [make("div", { class: "gone" }, t("revoked"))];
  switch (content.kind) {
    case "media": return [mediaPart(content), bodyOf(content.caption)];
    case "location": return [place(content)];
    case "contacts": return [cards(content)];
    case "interactive": return interactive(bubble);
    case "template": return template(bubble);
    default: return [bodyOf(content.text || "")];
  }
}
const ONE = '<path d="M4 10.500l3.500 3.500L15 6"/>';
const TWO = '<path d="M1 10.500L4.500 14 12 6M9 13l1 1 7.500-8"/>';
function tick(bubble) {
  if (!bubble.mine) return null;
  const key = { sent: "tickSent", delivered: "tickDelivered", read: "tickRead" }[bubble.tick] || "tickSent";
  const svg = drawing(bubble.tick === "sent" ? ONE : TWO, { class: bubble.tick, role: "img", viewBox: "0 3 20 14" });
  svg.removeAttribute("aria-hidden");
  svg.setAttribute("aria-label", t(key));
  return svg;
}
function quotePart(bubble) {
  const quoted = bubble.quote && bubbles.get(bubble.quote);
  if (!quoted) return null;
  const jump = () => document.querySelector(`[data-id="${CSS.escape(quoted.id)}"]`)?.scrollIntoView({ block: "center", behavior: "smooth" });
  return make("button", { type: "button", class: "quote", onclick: jump }, make("strong", {}, quoted.mine ? t("you") : $("business").textContent), make("span", {}, preview(quoted)));
}
function message(bubble, first, fresh) {
  const bare = bubble.content.media === "sticker" && !bubble.revoked;
  const meta = make("div", { class: "meta" }, bubble.edited ? t("edited") : "", make("time", { datetime: new Date(bubble.at).toISOString() }, clockTime(bubble.at)), tick(bubble));
  const parts = contentParts(bubble);
  const last = parts.at(-1);
  const actions = last?.classList?.contains("actions") ? parts.pop() : null;
  const box = make("div", { class: `bubble${bare ? " bare" : ""}` }, quotePart(bubble), ...parts, meta, actions);
  const emojis = [bubble.my_reaction, bubble.their_reaction].filter(Boolean);
  if (emojis.length) box.append(make("span", { class: "reactions" }, emojis.join("")));
  const more = make("button", { type: "button", class: "more", "aria-haspopup": "menu", "aria-label": t("options"), onclick: (event) => openMenu(event.currentTarget, bubble) },
    drawing('<circle cx="10" cy="4" r="1.200"/><circle cx="10" cy="10" r="1.200"/><circle cx="10" cy="16" r="1.200"/>'));
  const classes = ["message", bubble.mine && "mine", first && "tail", emojis.length && "reacted", fresh && "fresh"].filter(Boolean).join(" ");
  return make("li", { class: classes, "data-id": bubble.id }, box, bubble.revoked ? null : more);
}
function dayName(at) {
  const day = new Date(at).toDateString();
  if (day === new Date().toDateString()) return t("today");
  if (day === new Date(Date.now() - 86400000).toDateString()) return t("yesterday");
  return new Date(at).toLocaleDateString(language, { day: "numeric", month: "long", year: "numeric" });
}
let known = new Set();
function draw() {
  const list = $("thread");
  const atEnd = list.scrollHeight - list.scrollTop - list.clientHeight < 80;
  const rows = [];
  let day, author;
  for (const bubble of shown()) {
    const failed = bubble.tick === "failed";
    if (bubble.hidden && !failed) continue;
    if (dayName(bubble.at) !== day) { day = dayName(bubble.at); author = undefined; rows.push(make("li", { class: "day" }, day)); }
    if (failed && !bubble.mine) { rows.push(make("li", { class: "note bad" }, t("lost", { code: bubble.code || "?" }))); author = undefined; continue; }
    rows.push(message(bubble, bubble.mine !== author, known.size > 0 && !known.has(bubble.id)));
    author = bubble.mine;
  }
  const focused = document.activeElement?.closest?.("[data-id]")?.dataset.id;
  const playing = [...list.querySelectorAll("audio,video")].filter((sound) => !sound.paused);
  if (!rows.length) rows.push(make("li", { class: "empty" }, t("empty")));
  patch(list, rows, playing);
  known = new Set([...bubbles.values()].filter((bubble) => !bubble.hidden).map((bubble) => bubble.id)).add("drawn");
  if (focused) list.querySelector(`[data-id="${CSS.escape(focused)}"] .more`)?.focus();
  if (atEnd) list.scrollTop = list.scrollHeight;
}
/** Keeps rows that did not change, so that sounds play on and readers announce only what is new. */
function patch(list, rows, playing) {
  const held = [...list.children];
  rows.forEach((row, place) => {
    const old = held[place];
    const same = old && (old.signature === row.outerHTML || playing.some((sound) => old.contains(sound)));
    row.signature = row.outerHTML.replace(" fresh", "");
    if (same) return;
    if (old) old.replaceWith(row); else list.append(row);
  });
  for (const extra of held.slice(rows.length)) extra.remove();
}
function stickToEnd() {
  const list = $("thread");
  if (list.scrollHeight - list.scrollTop - list.clientHeight < 420) list.scrollTop = list.scrollHeight;
}
