// Settings and faults.
const SEND_FAULTS = [
  ["Demorar 5 s", "Delay 5 s", { kind: "delay", ms: 5000 }],
  ["Límite de ritmo (429)", "Rate limit (429)", { kind: "rate_limited", retry_after: 5 }],
  ["Caída del proveedor (503)", "Provider down (503)", { kind: "server_error", status: 503 }],
  ["Conexión cortada antes", "Connection cut before", { kind: "reset" }],
  ["Aceptado y conexión perdida", "Accepted, connection lost", { kind: "lost" }],
  ["Respuesta dañada", "Broken answer", { kind: "malformed" }],
  ["Token vencido (190)", "Token expired (190)", { kind: "error", code: 190 }],
  ["No se puede entregar (131026)", "Undeliverable (131026)", { kind: "fail_status", code: 131026 }, "whatsapp"],
  ["Ventana cerrada (131047)", "Window closed (131047)", { kind: "fail_status", code: 131047 }, "whatsapp"],
  ["Retenido por Meta (131049)", "Held back by Meta (131049)", { kind: "fail_status", code: 131049 }, "whatsapp"],
  ["Ventana cerrada (2018278)", "Window closed (2018278)", { kind: "error", code: 10, subcode: 2018278 }, "facebook"],
  ["Ventana cerrada (2534022)", "Window closed (2534022)", { kind: "error", code: 10, subcode: 2534022 }, "instagram"],
  ["Persona no disponible (551)", "Person not available (551)", { kind: "error", code: 551 }, "facebook instagram"],
  ["Sin estados", "No statuses", { kind: "no_status" }],
  ["Estado antes de la respuesta", "Status before the answer", { kind: "status_first" }],
  ["Estados al revés", "Statuses reversed", { kind: "statuses_reversed" }],
].map(([es, en, fault, only]) => ({ es, en, fault, only, operation: "send" }));
const HOOK_FAULTS = [
  ["Entregar dos veces", "Deliver twice", { kind: "duplicate", copies: 2 }, "webhook"],
  ["Entregar después del siguiente", "Deliver after the next", { kind: "reorder" }, "webhook"],
  ["Demorar 5 s", "Delay 5 s", { kind: "delay", ms: 5000 }, "webhook"],
  ["Firma falsa", "Wrong signature", { kind: "signature", flaw: "bad" }, "webhook"],
  ["Perder la entrega", "Drop the delivery", { kind: "drop" }, "webhook"],
  ["Archivo vencido", "Expired file", { kind: "expired_media" }, "media_info"],
].map(([es, en, fault, operation]) => ({ es, en, fault, operation }));

function faultButtons() {
  for (const [holder, list] of [["send-faults", SEND_FAULTS], ["hook-faults", HOOK_FAULTS]]) {
    $(holder).replaceChildren(...list.filter((entry) => !entry.only || entry.only.split(" ").includes(thread().provider)).map((entry) => make("button", { type: "button", onclick: () => addFault(entry) }, entry[language])));
  }
}
async function addFault(entry) {
  const key = thread();
  const scope = { provider: key.provider, operation: entry.operation };
  // A medium is fetched by its id: Meta's call does not say whose it is.
  if (entry.operation !== "media_info") scope.customer = key.person;
  await call("/control/faults", { ...entry.fault, scope });
}
async function drawFaults() {
  const rules = await (await fetch("/control/faults")).json();
  $("fault-count").hidden = !rules.length;
  $("fault-count").textContent = rules.length;
  const name = (rule) => [...SEND_FAULTS, ...HOOK_FAULTS].find((entry) => entry.fault.kind === rule.kind && entry.operation === rule.scope.operation && (entry.fault.code ?? rule.code) === rule.code && (entry.fault.subcode ?? rule.subcode) === rule.subcode)?.[language] || rule.kind;
  $("waiting").replaceChildren(...(rules.length ? rules.map((rule) => make("li", {}, name(rule),
    make("button", { type: "button", class: "quiet-button", onclick: () => call(`/control/faults/${rule.id}`, {}, "DELETE") }, t("remove")))) : [make("li", {}, t("none"))]));
}
function drawScript(script) {
  $("quiet").checked = script.quiet;
  const parts = { turn: script.turn, turns: script.turns };
  $("script-state").textContent = script.quiet ? t("scriptQuiet") : script.running ? t("scriptAt", parts) : script.turn >= script.turns ? t("scriptDone") : t("scriptIdle");
}
function drawPhone() {
  const person = currentPerson();
  $("reachable").checked = person?.reachable ?? true;
  $("receipts").checked = person?.receipts ?? true;
  $("presence").textContent = person && !person.reachable ? t("off") : businessTyping ? t("typing") : t("online");
}
const savePerson = (change) => {
  const id = thread().person;
  return call(`/phone/people/${thread().provider}`, { ...(id.includes(".") ? { user_id: id } : { wa_id: id }), ...change });
};
$("reachable").addEventListener("change", (event) => savePerson({ reachable: event.target.checked }));
$("receipts").addEventListener("change", (event) => savePerson({ receipts: event.target.checked }));
$("quiet").addEventListener("change", (event) => call("/control/demo/quiet", { on: event.target.checked }));
$("script-start").addEventListener("click", async () => { await call("/control/demo/rewind"); await call("/control/demo/signed-in"); });
$("open-tools").addEventListener("click", () => { drawFaults(); $("tools").showModal(); });
$("new-person").addEventListener("click", () => {
  $("person-number").value = `+593 90 000 0${String(100 + Math.floor(Math.random() * 899))}`;
  $("person-dialog").showModal();
  $("person-name").focus();
});
$("person-dialog").querySelector("form").addEventListener("submit", async () => {
  const digits = $("person-number").value.replace(/\D/g, "");
  const name = $("person-name").value.trim();
  const country = "EC";
  const person = $("person-hidden").checked
    ? { user_id: `${country}.${digits}`, username: name.toLowerCase().replace(/[^a-z0-9]+/g, "."), name }
    : { wa_id: digits, user_id: `${country}.${[...digits].reverse().join("")}`, name };
  const saved = await call(`/phone/people/${thread().provider}`, person);
  $("person-name").value = "";
  await loadState(saved.id);
});
for (const button of document.querySelectorAll("[data-close]")) button.addEventListener("click", () => button.closest("dialog").close());
for (const dialog of document.querySelectorAll("dialog")) dialog.addEventListener("click", (event) => { if (event.target === dialog) dialog.close(); });
$("language").addEventListener("click", () => { language = language === "es" ? "en" : "es"; localStorage.setItem("phone.lang", language); translate(); faultButtons(); loadState(thread().person); drawFaults(); });
$("theme").addEventListener("click", () => {
  const root = document.documentElement;
  const dark = root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
  root.dataset.theme = dark ? "light" : "dark";
  localStorage.setItem("phone.theme", root.dataset.theme);
});
