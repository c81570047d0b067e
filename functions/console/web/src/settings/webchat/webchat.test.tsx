import { cleanup, render, screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { createHmac } from "node:crypto";
import { afterEach, beforeAll, beforeEach, expect, test, vi } from "vitest";
import { ApiError } from "../../api/client";
import { WorkspaceContext, type WorkspaceValue } from "../../app/workspace";
import { WordsProvider } from "../../i18n";
import { BUNDLE } from "../../testing/demo-data";
import { installCheck, WEBCHAT, webchat, WEBCHAT_CHANNEL } from "../../testing/webchat";
import { ToastProvider } from "../../ui/Toast";
import { originOf } from "./api";
import { ConnectWebchat } from "./ConnectWebchat";
import { allowed } from "./Install";
import { HASH, PLATFORMS, STEPS } from "./snippets";
import { es } from "./catalogue.es";
import { WebchatPage } from "./WebchatPage";

// Loaded late on the page; here its loading must not count against what waits for it.
beforeAll(() => import("./Preview"), 60_000);
beforeEach(() => void webchat(WEBCHAT));
afterEach(cleanup);

type Answers = Record<string, (body: unknown) => unknown>;

function show(node: React.ReactNode, answers: Answers = {}, rights = ["channel_write"]) {
  const asked: [string, unknown][] = [];
  const request = vi.fn(async (method: string, path: string, options?: { body?: unknown }) => {
    asked.push([`${method} ${path}`, options?.body]);
    const answer = answers[`${method} ${path}`];
    if (answer) return answer(options?.body);
    if (path.endsWith("/webchat")) return webchat((options?.body ?? {}) as object);
    if (path.endsWith("/install-check")) return installCheck((options?.body as { url: string }).url);
    return { secret: method === "POST" ? "new-secret" : "old-secret" };
  });
  const value = { ...BUNDLE, channels: [WEBCHAT_CHANNEL], id: "ws_1", request, reload: async () => undefined, may: (right: string) => rights.includes(right) } as unknown as WorkspaceValue;
  render(<WordsProvider locale="es"><WorkspaceContext value={value}><ToastProvider>{node}</ToastProvider></WorkspaceContext></WordsProvider>);
  return asked;
}

test("connecting takes a name and sites, nothing else", async () => {
  const asked = show(<ConnectWebchat onClose={() => undefined} />, { "POST channels": () => ({ channel: WEBCHAT_CHANNEL }) });
  await userEvent.click(screen.getByRole("button", { name: "Conectar" }));
  expect(screen.getAllByText("Complete este dato.")).toHaveLength(2);
  await userEvent.type(screen.getByLabelText("Nombre del canal"), "Chat de la tienda");
  await userEvent.type(screen.getByLabelText("Sitios que pueden mostrar el chat"), "www.ceibo.example{enter}tienda");
  await userEvent.click(screen.getByRole("button", { name: "Conectar" }));
  expect(screen.getByText(/«tienda» no es un sitio/)).toBeTruthy();
  expect(asked).toEqual([]);
  await userEvent.type(screen.getByLabelText("Sitios que pueden mostrar el chat"), ".ceibo.example/catalogo");
  await userEvent.click(screen.getByRole("button", { name: "Conectar" }));
  await waitFor(() => expect(asked).toEqual([["POST channels", { source: "webchat", name: "Chat de la tienda", config: { allowed_origins: ["https://www.ceibo.example", "https://tienda.ceibo.example"] }, checklist: [] }]]));
  expect(location.pathname).toBe("/settings/webchat/ch_2");
});

test("changes are sent as they are, and shown in the preview before", async () => {
  const asked = show(<WebchatPage id="ch_2" />);
  const title = await screen.findByLabelText<HTMLInputElement>("Título");
  await userEvent.clear(title);
  await userEvent.type(title, "Ceibo");
  await waitFor(() => expect(document.querySelector("colibri-chat")?.shadowRoot?.querySelector("h2")?.textContent).toBe("Ceibo"), { timeout: 4_000 });
  await userEvent.click(screen.getByRole("button", { name: "Guardar cambios" }));
  const sent = asked.find(([path]) => path.startsWith("PATCH"))?.[1];
  expect(sent).toMatchObject({ title: "Ceibo", colour: "#0f766e", allowed_origins: ["https://www.ceibo.example"], prechat: WEBCHAT.prechat });
  expect(await screen.findByText(/Chat web guardado/)).toBeTruthy();
  expect(screen.getByRole<HTMLButtonElement>("button", { name: "Guardar cambios" }).disabled).toBe(true);
});

test("what cannot be saved is told beside its field, before and after asking", async () => {
  show(<WebchatPage id="ch_2" />, { "PATCH channels/ch_2/webchat": () => { throw new ApiError(422, "invalid", undefined, [{ pointer: "/avatar_url", code: "invalid_url", detail: "" }]); } });
  const colour = await screen.findByLabelText<HTMLInputElement>("Color", { selector: "input:not([type=color])" });
  await userEvent.clear(colour);
  await userEvent.type(colour, "rojo");
  expect(screen.getByText("Escriba el color como #0B6B73.")).toBeTruthy();
  expect(screen.getByRole<HTMLButtonElement>("button", { name: "Guardar cambios" }).disabled).toBe(true);
  await userEvent.clear(colour);
  await userEvent.type(colour, "#112233");
  await userEvent.click(screen.getByRole("button", { name: "Guardar cambios" }));
  expect(await screen.findByText("Este dato no es válido.")).toBeTruthy();
});

test("the form before the chat needs a detail to ask for", async () => {
  const asked = show(<WebchatPage id="ch_2" />);
  const set = (await screen.findByText("Formulario previo")).closest("fieldset") as HTMLElement;
  await userEvent.click(within(set).getByLabelText("Nombre"));
  await userEvent.click(within(set).getByLabelText("Correo electrónico"));
  expect(within(set).getByText("Elija al menos un dato, o desactive el formulario.")).toBeTruthy();
  await userEvent.click(within(set).getByLabelText("Teléfono"));
  await userEvent.click(within(set).getByLabelText("Obligatorio: Teléfono"));
  await userEvent.click(screen.getByRole("button", { name: "Guardar cambios" }));
  expect(asked.at(-1)?.[1]).toMatchObject({ prechat: { enabled: true, fields: [{ name: "phone", required: true }] } });
});

test("each kind of site has its steps, and the code is the API's", async () => {
  show(<WebchatPage id="ch_2" />);
  expect((await screen.findByLabelText("Código del chat")).textContent).toBe(webchat().snippet);
  for (const one of PLATFORMS) {
    await userEvent.click(screen.getByRole("radio", { name: es[`webchat.${one}`] }));
    const steps = [...document.querySelectorAll(".install-steps li")].map((step) => step.textContent ?? "");
    expect(steps).toHaveLength(STEPS[one]);
    for (const step of steps) expect(step).not.toMatch(/^webchat\./);
    expect(Object.keys(es).filter((key) => new RegExp(`^webchat\\.${one}_\\d$`).test(key))).toHaveLength(STEPS[one]);
  }
});

test.each([
  ["https://www.ceibo.example/", "El chat está instalado en esta página."],
  ["https://otra.example/", "La página no lleva el código."],
  ["https://otra.example/other_channel", "La página lleva el código de otro chat."],
  ["https://otra.example/unreachable", "No pudimos abrir la página."],
  ["https://otra.example/not_html", "Esa dirección no es una página web."],
])("the check of %s says: %s", async (url, words) => {
  show(<WebchatPage id="ch_2" />);
  const field = await screen.findByLabelText("Una página pública de su sitio");
  await userEvent.clear(field);
  await userEvent.type(field, url);
  await userEvent.click(screen.getByRole("button", { name: "Comprobar" }));
  expect(await screen.findByText((text) => text.startsWith(words))).toBeTruthy();
  expect(screen.queryByText(/no está entre los sitios permitidos/) !== null).toBe(url.includes("otra"));
});

test("the secret is shown on request only, and renewing it is confirmed", async () => {
  const asked = show(<WebchatPage id="ch_2" />);
  await userEvent.click(await screen.findByRole("button", { name: "Mostrar la clave" }));
  expect((await screen.findByLabelText("Clave de identidad")).textContent).toBe("old-secret");
  await userEvent.click(screen.getByRole("button", { name: "Crear otra clave" }));
  expect(asked.some(([path]) => path === "POST channels/ch_2/webchat/identity")).toBe(false);
  await userEvent.click(within(screen.getByRole("dialog")).getByRole("button", { name: "Crear otra clave" }));
  await waitFor(() => expect(screen.getByLabelText("Clave de identidad").textContent).toBe("new-secret"));
  await userEvent.click(screen.getByRole("button", { name: "Ocultar la clave" }));
  expect(screen.queryByLabelText("Clave de identidad")).toBeNull();
});

test("the sample for Node makes the hash that the server expects", () => {
  const code = HASH.node.replace(/^import .*$/m, "").replace("process.env.COLIBRI_SECRET", '"secret"').replace("user.id", "42");
  const made = new Function("createHmac", `${code}; return hash;`)(createHmac) as string;
  expect(made).toBe(createHmac("sha256", "secret").update("42").digest("hex"));
});

test("who may not change channels sees neither the secret nor a save button", async () => {
  show(<WebchatPage id="ch_2" />, {}, []);
  await screen.findByLabelText("Título");
  expect(screen.queryByRole("button", { name: "Guardar cambios" })).toBeNull();
  expect(screen.queryByRole("button", { name: "Mostrar la clave" })).toBeNull();
});

test.each([
  ["www.shop.example", "https://www.shop.example"], ["https://shop.example/path?x#y", "https://shop.example"], ["https://*.shop.example", "https://*.shop.example"], ["*.shop.example", "https://*.shop.example"],
  ["http://shop.example", "http://shop.example"], ["ftp://shop.example", undefined], ["https://a.*.example", undefined], ["http://localhost:3000", "http://localhost:3000"], ["shop", undefined], ["javascript:alert(1)", undefined], ["", undefined],
])("%s means %s", (text, expected) => {
  expect(originOf(text)).toBe(expected);
});

test.each([
  ["https://a.shop.example/x", ["https://*.shop.example"], true], ["https://shop.example", ["https://*.shop.example"], false], ["https://evilshop.example", ["https://*.shop.example"], false],
  ["shop.example", ["https://shop.example"], true], ["https://other.example", [], false],
])("%s on %j is allowed: %s", (page, origins, expected) => {
  expect(allowed(page, origins)).toBe(expected);
});
