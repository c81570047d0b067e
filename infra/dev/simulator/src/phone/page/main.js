// State, live events, start.
let state = { lines: [], people: [], script: {} };
let businessTyping = false;
const currentLine = () => state.lines.find((line) => line.id === $("line").value) || state.lines[0];
const currentPerson = () => state.people.find((person) => person.id === $("person").value);
const thread = () => ({ provider: currentLine()?.provider, line: currentLine()?.id, person: $("person").value });
const isHere = (key) => { const here = thread(); return key.provider === here.provider && key.line === here.line && key.person === here.person; };

async function loadState(person) {
  state = await (await fetch("/phone/state")).json();
  const line = $("line").value || query.get("line") || state.lines[0]?.id;
  $("line").replaceChildren(...state.lines.map((entry) => make("option", { value: entry.id }, entry.display)));
  $("line").value = line;
  $("line").hidden = state.lines.length < 2;
  const wanted = person || $("person").value || query.get("customer") || localStorage.getItem("phone.person");
  const people = state.people.filter((entry) => entry.provider === currentLine()?.provider).sort((a, b) => (a.display || "~").localeCompare(b.display || "~"));
  $("person").replaceChildren(...people.map((entry) => make("option", { value: entry.id }, `${entry.name} · ${entry.display ? `…${entry.display.slice(-4)}` : t("hidden")}`)));
  $("person").value = people.some((entry) => entry.id === wanted) ? wanted : people[0]?.id;
  $("business").textContent = currentLine()?.name || "";
  $("business-avatar").textContent = initials(currentLine()?.name || "");
  drawScript(state.script);
  drawSheet();
  faultButtons();
  drawPhone();
  await loadThread();
}
async function loadThread() {
  const key = thread();
  const held = await (await fetch(`/phone/thread?${new URLSearchParams(key)}`)).json();
  if (!isHere(key)) return;
  bubbles = new Map(held.bubbles.map((bubble) => [bubble.id, bubble]));
  known = new Set();
  $("thread").replaceChildren();
  draw();
  $("thread").scrollTop = $("thread").scrollHeight;
}
let typingTimer, businessTimer;
function showTyping(event) {
  if (event.who === "business") {
    businessTyping = true;
    clearTimeout(businessTimer);
    businessTimer = setTimeout(() => { businessTyping = false; drawPhone(); }, event.ms);
    drawPhone();
    return;
  }
  $("typing-words").textContent = t("personTyping", { name: currentPerson()?.name.split(" ")[0] });
  $("typing").hidden = false;
  clearTimeout(typingTimer);
  typingTimer = setTimeout(() => { $("typing").hidden = true; }, event.ms);
}
const HANDLERS = {
  bubble: (event) => {
    if (!isHere(event.thread)) return;
    bubbles.set(event.bubble.id, event.bubble);
    if (!event.bubble.mine && !event.bubble.hidden) { businessTyping = false; drawPhone(); }
    if (event.bubble.mine) $("typing").hidden = true;
    draw();
    drawFaults();
  },
  typing: (event) => { if (isHere(event.thread)) showTyping(event); },
  people: () => loadState(),
  script: (event) => drawScript(event.script),
  faults: () => drawFaults(),
  reset: () => { loadState(); drawFaults(); },
  reload: () => loadState(),
};
function listen() {
  const events = new EventSource("/phone/events");
  let lost = false;
  events.onmessage = (message) => { const event = JSON.parse(message.data); HANDLERS[event.type]?.(event); };
  events.onerror = () => { lost = true; };
  events.onopen = () => { if (lost) { lost = false; loadState(); } };
}
$("person").addEventListener("change", () => { localStorage.setItem("phone.person", $("person").value); quote(null); drawPhone(); loadThread(); });
$("line").addEventListener("change", () => loadState());
document.addEventListener("play", (event) => {
  const bubble = bubbles.get(event.target.closest?.("[data-id]")?.dataset.id);
  if (bubble && !bubble.mine && bubble.content.media === "voice" && !bubble.played) { bubble.played = true; act({ do: "play", to: bubble.id }); }
}, true);
translate();
faultButtons();
loadState().then(() => { drawFaults(); listen(); });
