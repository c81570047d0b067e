// @vitest-environment happy-dom
import { cleanup, render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, expect, test, vi } from "vitest";
import { ApiClient } from "../api/client";
import { SessionProvider } from "../app/session";
import { WordsProvider, type Locale } from "../i18n";
import { ToastProvider } from "../ui/Toast";
import { Password } from "./Password";

afterEach(cleanup);

const ME = { user: { id: "us_1", email: "alba@ceibo.example", first_name: "Alba", last_name: "Quishpe", locale: "es" }, workspaces: [] };

async function change(locale: Locale, status: number, body: unknown) {
  let refreshed = 0;
  const fetcher = vi.fn(async (path: RequestInfo | URL, _init?: RequestInit) => {
    if (path === "/session/refresh") return Response.json({ access_token: `old-${++refreshed}`, expires_in: 900 });
    return path === "/me" ? Response.json(ME) : Response.json(body, { status });
  });
  const client = new ApiClient(fetcher as typeof fetch);
  render(<WordsProvider locale={locale}><ToastProvider><SessionProvider client={client}><Password /></SessionProvider></ToastProvider></WordsProvider>);
  await userEvent.type(screen.getByLabelText(locale === "es" ? "Contraseña actual" : "Current password"), "Ceibo-1234");
  await userEvent.type(screen.getByLabelText(locale === "es" ? "Contraseña nueva" : "New password"), "Guayacan-2026");
  await userEvent.click(screen.getByRole("button", { name: locale === "es" ? "Cambiar contraseña" : "Change password" }));
  return { fetcher, client };
}

test("the password changes, the fields are empty and the session goes on with its new token", async () => {
  const { fetcher, client } = await change("es", 200, { access_token: "new", expires_in: 900 });
  expect(await screen.findByText("Contraseña cambiada. Su sesión se cerró en los demás dispositivos.")).toBeTruthy();
  expect(screen.getByLabelText<HTMLInputElement>("Contraseña actual").value).toBe("");
  const sent = fetcher.mock.calls.find(([path]) => path === "/session/password")?.[1];
  expect(JSON.parse(String(sent?.body))).toEqual({ old_password: "Ceibo-1234", new_password: "Guayacan-2026" });
  await client.request("GET", "/me");
  expect(fetcher.mock.lastCall?.[1]?.headers).toMatchObject({ authorization: "Bearer new" });
});

test.each<[Locale, number, unknown, string]>([
  ["es", 400, { code: "invalid_request", errors: [{ pointer: "/old_password", code: "wrong_password", detail: "" }] }, "La contraseña actual no es correcta."],
  ["en", 400, { code: "invalid_request", errors: [{ pointer: "/old_password", code: "wrong_password", detail: "" }] }, "The current password is not correct."],
  ["es", 400, { code: "invalid_request", errors: [{ pointer: "/new_password", code: "weak_password", detail: "" }] }, "Elija una contraseña más larga, con letras y números."],
  ["es", 429, { code: "too_many_requests" }, "Demasiados intentos. Espere un minuto y vuelva a intentar."],
  ["es", 503, { code: "sessions_not_ended" }, "La contraseña ya cambió, pero no pudimos cerrar sus otras sesiones. Entre de nuevo con la contraseña nueva."],
])("a refusal is said in words and what was typed stays (%s, %i)", async (locale, status, body, words) => {
  await change(locale, status, body);
  expect((await screen.findByRole("alert")).textContent).toBe(words);
  expect(screen.getByLabelText<HTMLInputElement>(locale === "es" ? "Contraseña nueva" : "New password").value).toBe("Guayacan-2026");
});

test("who needs a new token while the password changes waits for it instead of ending the session", async () => {
  let answer: (response: Response) => void = () => undefined;
  let changed = false;
  const fetcher = vi.fn(async (path: RequestInfo | URL, init?: RequestInit) => {
    const token = (init?.headers as Record<string, string>)["authorization"];
    if (path === "/session/refresh") return changed ? Response.json({}, { status: 401 }) : Response.json({ access_token: "old", expires_in: 900 });
    if (path === "/me") return token === "Bearer new" ? Response.json(ME) : Response.json({}, { status: 401 });
    changed = true;
    return new Promise<Response>((resolve) => { answer = resolve; });
  });
  const client = new ApiClient(fetcher as typeof fetch);
  client.onEnded = vi.fn();
  const change = client.changePassword("Ceibo-1234", "Guayacan-2026");
  await vi.waitFor(() => expect(changed).toBe(true));
  const me = client.request("GET", "/me");
  await vi.waitFor(() => expect(fetcher.mock.calls.some(([path]) => path === "/me")).toBe(true));
  answer(Response.json({ access_token: "new", expires_in: 900 }));
  await change;
  expect(await me).toEqual(ME);
  expect(client.onEnded).not.toHaveBeenCalled();
});
