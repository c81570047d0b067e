import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { clean, find, hidden, key, open, reset, server, settle, texts, type, visit, write } from "./harness";

beforeEach(reset);
afterEach(clean);

const PRECHAT = { enabled: true, fields: [{ name: "name", required: true }, { name: "email", required: true }, { name: "phone", required: false }] } as const;
const prechat = () => server({ prechat: { enabled: true, fields: [...PRECHAT.fields] } });
const active = (page: { root: ShadowRoot }) => page.root.activeElement;

function fill(page: { root: ShadowRoot }, values: Record<string, string>): void {
  Object.entries(values).forEach(([name, value]) => {
    find<HTMLInputElement>(page, `#field-${name}`).value = value;
  });
  find(page, ".form").dispatchEvent(new Event("submit", { bubbles: true, cancelable: true }));
}

describe("the form before the conversation", () => {
  test("tells what is missing beside each field and goes to the first", async () => {
    const page = await visit(prechat());
    await open(page);
    expect(hidden(page, ".compose")).toBe(true);
    fill(page, { name: "", email: "ana@", phone: "12" });
    expect(["name", "email", "phone"].map((one) => find(page, `#problem-${one}`).textContent)).toEqual([
      "Complete este dato.", "Escriba un correo como nombre@ejemplo.com.", "Escriba el teléfono con su código de país, por ejemplo +593 99 123 4567.",
    ]);
    expect(active(page)).toBe(find(page, "#field-name"));
    expect(find(page, "#field-name").getAttribute("aria-invalid")).toBe("true");
    expect(page.server.conversations.size).toBe(0);
  });

  test("makes the contact when it is sent, and gives way to the conversation", async () => {
    const page = await visit(prechat());
    await open(page);
    fill(page, { name: "Ana Ruiz", email: "ana@example.com", phone: "" });
    await settle();
    expect(page.server.only.contact).toEqual({ name: "Ana Ruiz", email: "ana@example.com" });
    expect(hidden(page, ".form")).toBe(true);
    await write(page, "Hola");
    expect(texts(page)).toEqual(["Hola"]);
  });

  test("is not asked of who is identified", async () => {
    const page = await visit(prechat(), { identity: { id: "42", hash: "hash of 42" } });
    await open(page);
    expect(hidden(page, ".form")).toBe(true);
  });

  test("comes back when the server insists, and the message is sent after it", async () => {
    const made = prechat();
    made.config = { prechat: { enabled: true, fields: [{ name: "name", required: true }] } };
    localStorage.setItem("colibri.key1.introduced", "1");
    const page = await visit(made);
    await open(page);
    await write(page, "Hola");
    expect(hidden(page, ".form")).toBe(false);
    fill(page, { name: "Ana" });
    await settle();
    expect(made.only.messages.map((one) => one.text)).toEqual(["Hola"]);
    expect(texts(page)).toEqual(["Hola"]);
  });

  test("says when it could not be sent", async () => {
    const page = await visit(prechat());
    await open(page);
    page.server.faults.set("prechat", [{ status: 500 }]);
    fill(page, { name: "Ana", email: "ana@example.com" });
    await settle();
    expect(find(page, ".form > .problem").textContent).toBe("No pudimos enviar sus datos. Intente de nuevo.");
  });
});

describe("nobody attends", () => {
  test("after a while without an answer the note is shown and an address asked for", async () => {
    const page = await visit(server({ offline: { note: "Atendemos de 9:00 a 18:00." } }));
    await open(page);
    await write(page, "¿Hay alguien?");
    expect(hidden(page, ".away")).toBe(true);
    await settle(121_000);
    expect(find(page, ".away").textContent).toBe("Atendemos de 9:00 a 18:00.");
    expect(hidden(page, ".away")).toBe(false);
    find<HTMLInputElement>(page, "#ask-email").value = "ana@example.com";
    find(page, "form.ask").dispatchEvent(new Event("submit", { bubbles: true, cancelable: true }));
    await settle();
    expect(page.server.only.contact).toEqual({ email: "ana@example.com" });
    expect(find(page, "p.ask").textContent).toBe("Le avisaremos en ana@example.com.");
    page.server.say("Buenos días");
    expect(hidden(page, ".away")).toBe(true);
  });
});

describe("text of strangers", () => {
  const EVIL = `<img src=x onerror="alert(1)"><script>alert(2)</script> javascript:alert(3) https://example.com/a?b=(c). data:text/html,x`;

  test("stays text; only web addresses become links", async () => {
    const page = await visit(server());
    await open(page);
    await write(page, "Hola");
    page.server.say(EVIL, { author: "<b>Ana</b>" });
    page.server.say("Vea", { type: "card", card: { title: "Aquí", url: "javascript:alert(4)" } });
    page.server.say("", { type: "attachment", file: { url: "javascript:alert(5)", name: "<i>.png", type: "image/png", size: 3, inline: true } });
    expect(page.root.querySelectorAll(".msg script, .who b, .text img, .picture")).toHaveLength(0);
    expect(texts(page)[1]).toBe(EVIL);
    const links = [...page.root.querySelectorAll<HTMLAnchorElement>(".msg a")];
    expect(links.map((one) => one.getAttribute("href"))).toEqual(["https://example.com/a?b=(c)"]);
    expect(links[0]?.rel).toBe("noopener nofollow noreferrer");
    expect(links[0]?.target).toBe("_blank");
  });

  test("settings of a server gone wrong do no harm", async () => {
    const page = await visit(server({ colour: "red;}*{display:none" as string, icon: "<svg>" as "chat", title: "<script>" }));
    expect(find(page, "h2").textContent).toBe("<script>");
    const rules = page.root.adoptedStyleSheets.flatMap((one) => [...one.cssRules].map((rule) => rule.cssText)).join();
    expect(rules).not.toContain("red;}");
  });
});

describe("by keyboard", () => {
  test("opening goes to where one writes; Escape closes and goes back to the launcher", async () => {
    const page = await visit(server());
    await open(page);
    expect(active(page)).toBe(find(page, "textarea"));
    expect(find(page, ".launcher").getAttribute("aria-expanded")).toBe("true");
    key(find(page, "textarea"), "Escape");
    expect(hidden(page, ".panel")).toBe(true);
    expect(active(page)).toBe(find(page, ".launcher"));
  });

  test("Escape closes the emojis first", async () => {
    const page = await visit(server());
    await open(page);
    const smile = find(page, "[aria-expanded][class='tool']");
    smile.click();
    key(active(page) as HTMLElement, "ArrowRight");
    (active(page) as HTMLElement).click();
    expect(find<HTMLTextAreaElement>(page, "textarea").value).toBe("😀");
    smile.click();
    key(active(page) as HTMLElement, "Escape");
    expect(hidden(page, ".emojis")).toBe(true);
    expect(hidden(page, ".panel")).toBe(false);
  });

  test("the focus stays inside only where the panel covers the screen", async () => {
    const page = await visit(server());
    const wide = vi.spyOn(window, "matchMedia");
    const match = (full: boolean) => wide.mockImplementation((query) => ({ matches: full && query.includes("480") }) as MediaQueryList);
    match(true);
    await open(page);
    expect(find(page, ".panel").getAttribute("aria-modal")).toBe("true");
    type(page, "algo");
    const go = find(page, ".go");
    go.focus();
    key(go, "Tab");
    expect(active(page)).toBe(find(page, ".head .tool"));
    key(find(page, ".head .tool"), "Tab", { shiftKey: true });
    expect(active(page)).toBe(go);
    match(false);
    page.chat.close();
    page.chat.open();
    expect(find(page, ".panel").getAttribute("aria-modal")).toBeNull();
    go.focus();
    key(go, "Tab");
    expect(active(page)).toBe(go);
  });

  test("Enter sends, Shift+Enter and an unfinished letter do not", async () => {
    const page = await visit(server());
    await open(page);
    type(page, "Hola");
    const area = find(page, "textarea");
    key(area, "Enter", { shiftKey: true });
    key(area, "Enter", { isComposing: true });
    expect(texts(page)).toEqual([]);
    key(area, "Enter");
    expect(texts(page)).toEqual(["Hola"]);
  });

  test("shortcuts of the page do not hear what is typed", async () => {
    const page = await visit(server());
    await open(page);
    const heard = vi.fn();
    document.addEventListener("keydown", heard);
    key(find(page, "textarea"), "j");
    document.removeEventListener("keydown", heard);
    expect(heard).not.toHaveBeenCalled();
  });
});

test("the length is told near the limit, and too much is not sent", async () => {
  const page = await visit(server({ limits: { text: 20, file_bytes: 1, file_types: [] } }));
  await open(page);
  type(page, "👋".repeat(15));
  expect(find(page, ".count").textContent).toBe("Le quedan 5 caracteres");
  type(page, "👋".repeat(21));
  expect(find(page, ".count").textContent).toBe("Sobran 1 caracteres");
  expect(find<HTMLButtonElement>(page, ".go").disabled).toBe(true);
});

test("the log is announced as it grows, and only what is new is drawn", async () => {
  const page = await visit(server());
  await open(page);
  await write(page, "Hola");
  const log = find(page, "[role='log']");
  expect([log.getAttribute("aria-live"), log.getAttribute("aria-label")]).toEqual(["polite", "Conversación"]);
  const added: Node[] = [];
  new MutationObserver((records) => records.forEach((one) => added.push(...one.addedNodes))).observe(find(page, "ol"), { childList: true });
  page.server.say("Respuesta");
  await settle();
  expect(added.map((one) => one.textContent)).toHaveLength(1);
});

test("days are told apart, and a run of one author has one face", async () => {
  const made = server();
  const page = await visit(made);
  await open(page);
  await write(page, "Hola");
  made.say("ayer 1", { at: "2026-11-21T15:00:00Z", seq: -2, id: "a" });
  made.say("ayer 2", { at: "2026-11-21T15:01:00Z", seq: -1, id: "b" });
  expect([...page.root.querySelectorAll(".day")].map((one) => one.textContent)).toEqual(["Ayer", "Hoy"]);
  expect(page.root.querySelectorAll(".msg[data-from='agent'] .face")).toHaveLength(1);
});

test("speaks English where the page does, and changes on request", async () => {
  document.documentElement.lang = "en-GB";
  const page = await visit(server({ language: "auto" }));
  expect(find(page, ".launcher").getAttribute("aria-label")).toBe("Open chat");
  page.host.run("language", "es");
  expect(find(page, ".launcher").getAttribute("aria-label")).toBe("Abrir el chat");
});

test("the page can open, close, hide and listen, also before the chat is there", async () => {
  const { Host } = await import("../src/host");
  const host = new Host();
  const opened = vi.fn();
  host.run("on", "open", opened);
  host.run("open");
  const page = await visit(server());
  host.attach(page.chat);
  expect(hidden(page, ".panel")).toBe(false);
  page.host.run("toggle");
  expect(hidden(page, ".panel")).toBe(true);
  page.host.run("hide");
  expect(hidden(page, ".launcher")).toBe(true);
});

test("nothing is written into the page but one element, and no style attribute", async () => {
  const before = [document.head.innerHTML, document.body.children.length];
  const page = await visit(server());
  await open(page);
  await write(page, "Hola");
  expect(document.head.innerHTML).toBe(before[0]);
  expect(document.body.children.length).toBe((before[1] as number) + 1);
  expect(page.root.querySelectorAll("[style]")).toHaveLength(0);
});
