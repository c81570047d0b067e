// Writing, attaching, quoting, reacting.
let quoted = null;
let editing = null;
function quote(bubble) {
  quoted = bubble;
  editing = null;
  $("quoting").hidden = !bubble;
  if (bubble) {
    $("quoting-who").textContent = bubble.mine ? t("you") : $("business").textContent;
    $("quoting-text").textContent = preview(bubble);
    $("text").focus();
  }
}
async function act(what) {
  const done = await call("/phone/act", { ...thread(), act: what });
  quote(null);
  return done;
}
function grow() {
  const box = $("text");
  box.style.height = "auto";
  box.style.height = `${Math.min(box.scrollHeight + 2, 132)}px`;
}
$("composer").addEventListener("submit", async (event) => {
  event.preventDefault();
  if (recorder) return stopRecording();
  const text = $("text").value.trim();
  if (!text) return;
  const change = editing;
  const quoteId = quoted?.id;
  $("text").value = "";
  grow();
  try {
    await act(change ? { do: "edit", to: change.id, text } : { do: "text", text, quote: quoteId });
  } catch { $("text").value = text; grow(); }
  $("thread").scrollTop = $("thread").scrollHeight;
});
$("text").addEventListener("input", grow);
$("text").addEventListener("keydown", (event) => {
  if (event.key === "Enter" && !event.shiftKey && !event.isComposing) { event.preventDefault(); $("composer").requestSubmit(); }
  if (event.key === "Escape") quote(null);
});
$("unquote").addEventListener("click", () => { quote(null); $("text").focus(); });

function sheet(open) {
  $("sheet").hidden = !open;
  $("attach").setAttribute("aria-expanded", String(open));
  if (open) $("sheet").querySelector("button:not([hidden])").focus();
}
$("attach").addEventListener("click", () => sheet($("sheet").hidden));
$("sheet").addEventListener("keydown", (event) => { if (event.key === "Escape") { sheet(false); $("attach").focus(); } });
document.addEventListener("pointerdown", (event) => {
  if (!event.target.closest("#sheet,#attach")) sheet(false);
  if (!event.target.closest("#menu,.more")) closeMenu();
});
for (const button of document.querySelectorAll("[data-sample]")) {
  button.addEventListener("click", () => {
    const [media, sample] = button.dataset.sample.split(":");
    sheet(false);
    const caption = media === "image" || media === "document" ? $("text").value.trim() || undefined : undefined;
    if (caption) { $("text").value = ""; grow(); }
    act({ do: "media", media, sample, caption, quote: quoted?.id });
  });
}
function sendPlace(to) {
  sheet(false);
  act({ do: "location", latitude: -1.6636, longitude: -78.6546, name: "Parque Maldonado", address: "Primera Constituyente y Espejo, Riobamba", quote: to || quoted?.id });
}
$("place").addEventListener("click", () => sendPlace());
$("card").addEventListener("click", () => { sheet(false); act({ do: "contact", name: "Mateo Chango", phone: "+593 90 000 0021" }); });
const SHARED = { post: "https://www.instagram.com/p/ceibo-sofa/", reel: "https://www.instagram.com/reel/ceibo-taller/", link: "https://ceibo.example/catalogo", story_mention: "https://lookaside.fbsbx.com/ig_messaging_cdn/?asset_id=1", story_reply: "https://lookaside.fbsbx.com/ig_messaging_cdn/?asset_id=2" };
for (const button of document.querySelectorAll("[data-share]")) {
  button.addEventListener("click", () => {
    const text = $("text").value.trim() || undefined;
    sheet(false);
    $("text").value = "";
    grow();
    act({ do: "share", what: button.dataset.share, url: SHARED[button.dataset.share] || "", text });
  });
}
/** Only what this provider's app has. */
function drawSheet() {
  for (const button of document.querySelectorAll("[data-for]")) button.hidden = !button.dataset.for.split(" ").includes(thread().provider);
}
$("own-file").addEventListener("click", () => $("file").click());
$("file").addEventListener("change", async () => {
  const file = $("file").files[0];
  $("file").value = "";
  sheet(false);
  if (file) await sendFile(file, file.name);
});
async function sendFile(blob, name, media) {
  const type = blob.type || "application/octet-stream";
  const kind = media || (/^image\/(jpeg|png)/.test(type) ? "image" : /^video\/(mp4|3gpp)/.test(type) ? "video" : /^audio\//.test(type) ? "audio" : type === "image/webp" ? "sticker" : "document");
  const bytes = new Uint8Array(await blob.arrayBuffer());
  let binary = "";
  for (let from = 0; from < bytes.length; from += 32768) binary += String.fromCharCode(...bytes.subarray(from, from + 32768));
  await act({ do: "media", media: kind, base64: btoa(binary), mime_type: type, file_name: name, quote: quoted?.id });
}
addEventListener("paste", (event) => { const file = event.clipboardData?.files?.[0]; if (file) { event.preventDefault(); sendFile(file, file.name); } });
addEventListener("dragover", (event) => event.preventDefault());
addEventListener("drop", (event) => { event.preventDefault(); const file = event.dataTransfer?.files?.[0]; if (file) sendFile(file, file.name); });

// Voice notes: Ogg where the browser records it, else its own container as a sound file.
let recorder = null;
$("record").addEventListener("click", async () => {
  sheet(false);
  try {
    const stream = await navigator.mediaDevices.getUserMedia({ audio: true });
    const ogg = MediaRecorder.isTypeSupported("audio/ogg;codecs=opus");
    const mp4 = MediaRecorder.isTypeSupported("audio/mp4");
    const mimeType = ogg ? "audio/ogg;codecs=opus" : mp4 ? "audio/mp4" : "audio/webm";
    const chunks = [];
    recorder = new MediaRecorder(stream, { mimeType });
    recorder.ondataavailable = (event) => chunks.push(event.data);
    recorder.onstop = () => {
      stream.getTracks().forEach((track) => track.stop());
      const type = ogg ? "audio/ogg; codecs=opus" : mimeType;
      sendFile(new Blob(chunks, { type }), undefined, ogg ? "voice" : "audio");
    };
    recorder.start();
    $("send").classList.add("recording");
    $("send").setAttribute("aria-label", t("stop"));
  } catch { toast(t("noMic")); recorder = null; }
});
function stopRecording() {
  recorder.stop();
  recorder = null;
  $("send").classList.remove("recording");
  $("send").setAttribute("aria-label", t("send"));
}

// The menu of one message.
let menuOwner = null;
function openMenu(owner, bubble) {
  const menu = $("menu");
  const item = (label, run) => make("button", { type: "button", role: "menuitem", onclick: () => { closeMenu(); run(); } }, label);
  const emojis = make("div", { class: "emojis", role: "group" }, ...["👍", "❤️", "😂", "😮", "🙏"].map((emoji) => make("button", { type: "button", role: "menuitem", "aria-label": t("react", { emoji }), onclick: () => { closeMenu(); act({ do: "react", to: bubble.id, emoji: bubble.my_reaction === emoji ? "" : emoji }); } }, emoji)));
  menu.replaceChildren(emojis, item(t("reply"), () => quote(bubble)));
  if (bubble.mine && bubble.content.kind === "text") menu.append(item(t("edit"), () => { quote(bubble); editing = bubble; quoted = null; $("text").value = bubble.content.text; grow(); }));
  if (bubble.mine) menu.append(item(t("revoke"), () => act({ do: "revoke", to: bubble.id })));
  menu.hidden = false;
  const spot = owner.getBoundingClientRect();
  menu.style.left = `${Math.max(8, Math.min(spot.left, innerWidth - menu.offsetWidth - 8))}px`;
  menu.style.top = `${Math.max(8, Math.min(spot.bottom + 4, innerHeight - menu.offsetHeight - 8))}px`;
  menuOwner = owner;
  menu.querySelector("button").focus();
}
function closeMenu() { $("menu").hidden = true; }
$("menu").addEventListener("keydown", (event) => {
  const items = [...$("menu").querySelectorAll("button")];
  const step = { ArrowDown: 1, ArrowRight: 1, ArrowUp: -1, ArrowLeft: -1 }[event.key];
  if (step) { event.preventDefault(); items[(items.indexOf(document.activeElement) + step + items.length) % items.length].focus(); }
  if (event.key === "Escape") { closeMenu(); menuOwner?.focus(); }
});

function openList(part, press) {
  $("list-title").textContent = part.action.button;
  const rows = part.action.sections.flatMap((section) => [
    section.title ? make("h3", {}, section.title) : null,
    ...section.rows.map((row) => make("button", { type: "button", class: "list-row", onclick: () => { $("list-dialog").close(); press(row.id, row.title, row.description); } }, row.title, row.description ? make("small", {}, row.description) : null)),
  ]);
  $("list-rows").replaceChildren(...rows.filter(Boolean));
  $("list-dialog").showModal();
}
