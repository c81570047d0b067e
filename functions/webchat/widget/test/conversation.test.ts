import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { Uploader } from "../src/upload";
import { clean, FakeSocket, find, hidden, leave, open, reset, server, settle, states, texts, visit, write } from "./harness";

beforeEach(reset);
afterEach(clean);

describe("a visitor who only looks", () => {
  test("asks for the settings and for nothing else, also with the panel open", async () => {
    const page = await visit(server());
    await open(page);
    await settle(60_000);
    expect(page.server.asked).toEqual(["GET config"]);
    expect(page.server.conversations.size).toBe(0);
  });

  test("sees no launcher where the origin is not allowed", async () => {
    const warn = vi.spyOn(console, "warn").mockReturnValue();
    const made = server();
    made.faults.set("config", [{ status: 403, body: { code: "origin_not_allowed" } }]);
    await expect(visit(made)).rejects.toThrow("stayed away");
    expect(document.querySelector("colibri-chat")).toBeNull();
    expect(warn).toHaveBeenCalledOnce();
  });
});

describe("writing", () => {
  test("shows the message at once and ticks it when the server has it and when it is read", async () => {
    const page = await visit(server());
    await open(page);
    page.chat.send("Buenos días");
    expect([texts(page), states(page)]).toEqual([["Buenos días"], ["sending"]]);
    await settle();
    expect(states(page)).toEqual(["sent"]);
    page.server.read();
    expect(states(page)).toEqual(["read"]);
    expect(texts(page)).toEqual(["Buenos días"]);
  });

  test("an answer arrives over the socket, with who wrote it", async () => {
    const page = await visit(server());
    await open(page);
    await write(page, "Hola");
    page.server.push(page.server.only, { type: "typing" });
    expect(hidden(page, ".typing")).toBe(false);
    page.server.say("¿En qué le ayudo?");
    expect(texts(page)).toEqual(["Hola", "¿En qué le ayudo?"]);
    expect(hidden(page, ".typing")).toBe(true);
    expect(find(page, ".msg[data-from='agent'] .who").textContent).toBe("Ana");
  });

  test("a lost answer makes no second message: it goes again under the same id", async () => {
    const page = await visit(server());
    await open(page);
    const answer = page.server.answer.bind(page.server);
    let broken = 1;
    page.server.answer = (question) => {
      const made = answer(question);
      return question.path === "messages" && question.method === "POST" && broken-- > 0 ? 0 : made;
    };
    await write(page, "Una sola vez");
    await settle(5_000);
    expect(page.server.count("POST messages")).toBe(2);
    expect(page.server.only.messages).toHaveLength(1);
    expect(texts(page)).toEqual(["Una sola vez"]);
    expect(states(page)).toEqual(["sent"]);
  });

  test("messages keep their order while the first of them has to wait", async () => {
    const page = await visit(server());
    await open(page);
    page.server.faults.set("messages", [{ status: 503 }, { status: 503 }]);
    for (const text of ["uno", "dos", "tres"]) page.chat.send(text);
    await settle(10_000);
    expect(page.server.only.messages.map((one) => one.text)).toEqual(["uno", "dos", "tres"]);
    expect(texts(page)).toEqual(["uno", "dos", "tres"]);
  });

  test("waits as long as the server asks, and says so", async () => {
    const page = await visit(server());
    await open(page);
    await write(page, "Primero");
    page.server.faults.set("messages", [{ status: 429, body: { code: "rate_limited" }, headers: { "retry-after": "20" } }]);
    await write(page, "Segundo");
    expect(find(page, ".notice").textContent).toBe("Demasiados mensajes seguidos. Los enviaremos en un momento.");
    await settle(19_000);
    expect(page.server.only.messages).toHaveLength(1);
    await settle(2_000);
    expect(page.server.only.messages).toHaveLength(2);
    expect(find(page, ".notice").textContent).toBe("");
  });

  test("a refused message stays with its reason, and may be sent again or discarded", async () => {
    const page = await visit(server());
    await open(page);
    page.server.faults.set("messages", [{ status: 422, body: { code: "invalid" } }, { status: 422, body: { code: "invalid" } }]);
    await write(page, "Mal");
    expect(find(page, ".msg .meta").textContent).toContain("No se envió: el servidor no aceptó este mensaje.");
    const [retry] = page.root.querySelectorAll<HTMLButtonElement>(".meta button");
    retry?.click();
    await settle();
    expect(states(page)).toEqual(["failed"]);
    page.root.querySelectorAll<HTMLButtonElement>(".meta button")[1]?.click();
    expect(texts(page)).toEqual([]);
    expect(localStorage.length).toBeLessThan(5);
  });

  test("what could not be sent survives the page", async () => {
    const made = server();
    const first = await visit(made);
    await open(first);
    made.faults.set("sessions", Array.from({ length: 20 }, () => 0 as const));
    await write(first, "Desde el bus");
    leave(first);
    made.faults.clear();
    const second = await visit(made);
    await settle();
    expect(made.only.messages.map((one) => one.text)).toEqual(["Desde el bus"]);
    expect(texts(second)).toEqual(["Desde el bus"]);
  });

  test("works where the browser keeps nothing", async () => {
    vi.spyOn(Storage.prototype, "setItem").mockImplementation(() => {
      throw new DOMException("denied", "SecurityError");
    });
    const page = await visit(server());
    await open(page);
    await write(page, "Hola");
    expect(states(page)).toEqual(["sent"]);
  });

  test("quick replies are offered under the newest message and go as a reply", async () => {
    const page = await visit(server());
    await open(page);
    await write(page, "Hola");
    page.server.say("¿Qué desea?", { type: "quick_replies", replies: [{ id: "a", title: "Precios" }, { id: "b", title: "Horario" }] });
    const asked = vi.spyOn(page.server, "answer");
    page.root.querySelectorAll<HTMLButtonElement>(".replies button")[1]?.click();
    await settle();
    const body = asked.mock.calls.map(([one]) => one).find((one) => one.path === "messages" && one.method === "POST")?.body;
    expect(body).toMatchObject({ type: "reply", reply: { id: "b", title: "Horario" } });
    expect(texts(page).at(-1)).toBe("Horario");
    expect(hidden(page, ".replies")).toBe(true);
  });
});

describe("after a drop", () => {
  test("the socket is opened again and what came meanwhile is read, once", async () => {
    const page = await visit(server());
    await open(page);
    await write(page, "Hola");
    const sockets = FakeSocket.all.length;
    FakeSocket.last.close();
    expect(find(page, ".notice").textContent).toBe("Reconectando…");
    page.server.say("Mientras tanto");
    await settle(2_000);
    expect(FakeSocket.all.length).toBe(sockets + 1);
    page.server.say("Y después");
    expect(texts(page)).toEqual(["Hola", "Mientras tanto", "Y después"]);
  });

  test("a frame that skips a number makes the widget read what is between", async () => {
    const page = await visit(server());
    await open(page);
    await write(page, "Hola");
    page.server.add(page.server.only, { from: "agent", type: "text", text: "perdido" });
    page.server.say("llegó");
    await settle();
    expect(texts(page)).toEqual(["Hola", "perdido", "llegó"]);
  });

  test("a socket that answers no ping is given up", async () => {
    const page = await visit(server());
    await open(page);
    await write(page, "Hola");
    const dead = FakeSocket.last;
    dead.send = () => undefined;
    await settle(4 * 60_000 + 16_000);
    expect(dead.readyState).toBe(3);
    await settle(2_000);
    expect(FakeSocket.last).not.toBe(dead);
    expect(FakeSocket.last.readyState).toBe(1);
  });

  test("where no socket gets through, it asks instead", async () => {
    const made = server();
    made.sockets = false;
    const page = await visit(made);
    await open(page);
    await write(page, "Hola");
    await settle(10_000);
    page.server.say("Por consulta");
    await settle(7_000);
    expect(texts(page)).toEqual(["Hola", "Por consulta"]);
    made.sockets = true;
    await settle(80_000);
    expect(FakeSocket.last.readyState).toBe(1);
    const asked = made.count("GET messages");
    await settle(60_000);
    expect(made.count("GET messages")).toBe(asked);
  });

  test("more news than one page holds are all read", async () => {
    const page = await visit(server());
    await open(page);
    await write(page, "Hola");
    FakeSocket.last.close();
    for (let n = 1; n <= 120; n += 1) page.server.add(page.server.only, { from: "agent", type: "text", text: String(n) });
    await settle(3_000);
    expect(texts(page)).toHaveLength(121);
    expect(texts(page).at(-1)).toBe("120");
  });
});

describe("coming back", () => {
  test("the newest messages are shown and older ones on request", async () => {
    const made = server();
    const first = await visit(made);
    await open(first);
    await write(first, "Hola");
    for (let n = 2; n <= 80; n += 1) made.add(made.only, { from: "agent", type: "text", text: String(n) });
    leave(first);
    const page = await visit(made);
    await settle();
    expect(texts(page)).toHaveLength(50);
    find(page, ".older").click();
    await settle();
    expect(texts(page)).toHaveLength(80);
    expect(texts(page)[0]).toBe("Hola");
    expect(hidden(page, ".older")).toBe(true);
  });

  test("unread answers are counted until the panel shows them, and the server hears of both", async () => {
    const made = server();
    const page = await visit(made);
    await open(page);
    await write(page, "Hola");
    find(page, ".launcher").click();
    const heard: unknown[] = [];
    page.host.run("on", "unread", (count: unknown) => heard.push(count));
    made.say("uno");
    made.say("dos");
    expect(find(page, ".badge").textContent).toBe("2");
    expect(find(page, ".launcher").getAttribute("aria-label")).toBe("Abrir el chat, 2 mensajes sin leer");
    await settle(2_000);
    expect([made.only.delivered, made.only.seenUpTo]).toEqual([3, 0]);
    await open(page);
    expect(made.only.seenUpTo).toBe(3);
    expect(hidden(page, ".badge")).toBe(true);
    expect(heard).toEqual([1, 2, 0]);
  });

  test("a token that has run out is renewed and the message goes through", async () => {
    const page = await visit(server());
    await open(page);
    await write(page, "Hola");
    page.server.faults.set("messages", [{ status: 401, body: { code: "unauthenticated" } }]);
    await write(page, "¿Siguen ahí?");
    expect(page.server.only.messages.map((one) => one.text)).toEqual(["Hola", "¿Siguen ahí?"]);
    expect(page.server.conversations.size).toBe(1);
  });

  test("a session that the server has forgotten begins anew, and loses nothing that was being sent", async () => {
    const page = await visit(server());
    await open(page);
    await write(page, "Vieja");
    page.server.expire();
    await write(page, "Nueva");
    await settle(5_000);
    expect(page.server.conversations.size).toBe(2);
    expect(page.server.only.messages.map((one) => one.text)).toEqual(["Nueva"]);
    expect(texts(page)).toEqual(["Nueva"]);
  });

  test("a link from an e-mail opens the conversation, and leaves the address bar", async () => {
    const made = server();
    const first = await visit(made);
    await open(first);
    await write(first, "Hola");
    const token = localStorage.getItem("colibri.key1.token") as string;
    made.say("Su pedido está listo");
    leave(first);
    localStorage.clear();
    sessionStorage.clear();
    history.replaceState(null, "", `/tienda?a=1#colibri-chat=${encodeURIComponent(token)}`);
    const page = await visit(made);
    expect(texts(page)).toEqual(["Hola", "Su pedido está listo"]);
    expect(hidden(page, ".panel")).toBe(false);
    expect(location.href).toMatch(/\/tienda\?a=1$/);
  });
});

describe("several tabs", () => {
  test("show the same messages, each once", async () => {
    const made = server();
    const one = await visit(made);
    await open(one);
    await write(one, "Hola");
    const two = await visit(made);
    await open(two);
    await write(two, "Desde la otra");
    made.say("Respuesta");
    await settle();
    for (const page of [one, two]) expect(texts(page)).toEqual(["Hola", "Desde la otra", "Respuesta"]);
  });

  test("leaving in one leaves the other too", async () => {
    const made = server();
    const one = await visit(made);
    await open(one);
    await write(one, "Hola");
    const two = await visit(made);
    one.host.run("logout");
    dispatchEvent(new StorageEvent("storage", { key: "colibri.key1.token", storageArea: localStorage }));
    await settle();
    expect(texts(one)).toEqual([]);
    expect(texts(two)).toEqual([]);
    expect(Object.keys(localStorage).filter((key) => /token|out|who|email/.test(key))).toEqual([]);
  });
});

describe("identified visitors", () => {
  const ANA = { id: "42", hash: "hash of 42", name: "Ana" };

  test("find their conversation on another device", async () => {
    const made = server();
    const first = await visit(made, { identity: ANA });
    await open(first);
    await write(first, "Desde el teléfono");
    leave(first);
    localStorage.clear();
    const page = await visit(made, { identity: ANA });
    expect(texts(page)).toEqual(["Desde el teléfono"]);
  });

  test("never see what another person wrote in the same browser", async () => {
    const made = server();
    const page = await visit(made, { identity: ANA });
    await open(page);
    await write(page, "Privado");
    page.host.run("identify", { id: "43", hash: "hash of 43" });
    await settle();
    expect(texts(page)).toEqual([]);
    await write(page, "De otra persona");
    expect(made.conversations.size).toBe(2);
  });

  test("who has signed out of the site without a word leaves nothing to read", async () => {
    const made = server();
    const first = await visit(made, { identity: ANA });
    await open(first);
    await write(first, "Privado");
    leave(first);
    const page = await visit(made);
    expect(texts(page)).toEqual([]);
    page.host.run("identify", ANA);
    await settle();
    expect(texts(page)).toEqual(["Privado"]);
  });

  test("keep what they wrote before they signed in", async () => {
    const page = await visit(server());
    await open(page);
    await write(page, "Todavía sin nombre");
    page.host.run("identify", ANA);
    await settle();
    expect(texts(page)).toEqual(["Todavía sin nombre"]);
  });

  test("a page that names its visitor again begins no second session", async () => {
    const page = await visit(server(), { identity: ANA });
    const begun = page.server.count("POST sessions");
    page.host.run("identify", { ...ANA });
    await settle();
    expect(page.server.count("POST sessions")).toBe(begun);
  });
});

describe("files", () => {
  const photo = () => new File(["x".repeat(2000)], "silla.png", { type: "image/png" });

  test("show their progress, then the message", async () => {
    let progress: (share: number) => void = () => undefined;
    let finish: () => void = () => undefined;
    const uploader: Uploader = (_, __, tell) => {
      progress = tell;
      return { done: new Promise((done) => (finish = done)), stop: () => undefined };
    };
    const page = await visit(server(), {}, uploader);
    await open(page);
    expect(page.chat.attach(photo())).toBeUndefined();
    await settle();
    progress(0.4);
    expect(find(page, "progress").getAttribute("value")).toBe("0.4");
    finish();
    await settle();
    expect(states(page)).toEqual(["sent"]);
    expect(page.server.only.messages[0]).toMatchObject({ type: "attachment", file: { name: "silla.png", size: 2000 } });
    expect(page.root.querySelectorAll(".picture img")).toHaveLength(1);
  });

  test("a failed upload can be tried again", async () => {
    let times = 0;
    const uploader: Uploader = () => ({ done: (times += 1) === 1 ? Promise.reject(new Error("cut")) : Promise.resolve(), stop: () => undefined });
    const page = await visit(server(), {}, uploader);
    await open(page);
    page.chat.attach(photo());
    await settle();
    expect(find(page, ".meta").textContent).toContain("no pudimos subir el archivo");
    find(page, ".meta button").click();
    await settle();
    expect(states(page)).toEqual(["sent"]);
  });

  test.each([
    [new File(["x".repeat(3000)], "grande.png", { type: "image/png" }), "«grande.png» pesa más de 2,4 KB. Elija un archivo más liviano."],
    [new File(["x"], "virus.exe", { type: "application/x-msdownload" }), "«virus.exe» es de un tipo que no se puede enviar aquí."],
    [new File([], "nada.png", { type: "image/png" }), "«nada.png» está vacío."],
  ])("that cannot be sent are refused before they travel: %#", async (file, words) => {
    const page = await visit(server({ limits: { text: 4096, file_bytes: 2500, file_types: ["image/*", "application/pdf"] } }));
    await open(page);
    const drop = new Event("drop", { bubbles: true, cancelable: true });
    Object.assign(drop, { dataTransfer: { files: [file], types: ["Files"] } });
    find(page, ".panel").dispatchEvent(drop);
    expect(find(page, ".compose .problem").textContent).toBe(words);
    expect(page.server.count("POST files")).toBe(0);
  });
});
