import { cleanup, render, screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, expect, test, vi } from "vitest";
import { ApiClient } from "../api/client";
import { SessionProvider } from "../app/session";
import { WordsProvider } from "../i18n";
import { SessionPages } from "./SessionPages";

afterEach(cleanup);

function open(answers: Record<string, [number, unknown]>) {
  const fetcher = vi.fn(async (path: RequestInfo | URL, _init?: RequestInit) => {
    const [status, body] = answers[String(path)] ?? [401, { code: "unauthenticated" }];
    return new Response(body === undefined ? null : JSON.stringify(body), { status });
  });
  render(<WordsProvider locale="es"><SessionProvider client={new ApiClient(fetcher as typeof fetch)}><SessionPages /></SessionProvider></WordsProvider>);
  return fetcher;
}

async function enter(password: string) {
  await userEvent.type(screen.getByLabelText("Correo"), "alba@ceibo.example");
  await userEvent.type(screen.getByLabelText("Contraseña"), password);
  await userEvent.click(screen.getByRole("button", { name: "Entrar" }));
}

test("a wrong password is said in words and the form stays", async () => {
  open({ "/session/sign-in": [401, { code: "wrong_credentials" }] });
  await enter("nada");
  expect((await screen.findByRole("alert")).textContent).toBe("El correo o la contraseña no son correctos.");
  expect(screen.getByLabelText<HTMLInputElement>("Correo").value).toBe("alba@ceibo.example");
});

test("too many attempts are not called a wrong password", async () => {
  open({ "/session/sign-in": [429, { code: "too_many_requests" }] });
  await enter("nada");
  expect((await screen.findByRole("alert")).textContent).toContain("Demasiados intentos");
});

test("the first sign-in asks for a password of one's own and then enters", async () => {
  const me = { user: { id: "us_1", email: "alba@ceibo.example", first_name: "Alba", last_name: "Quishpe", locale: "es" }, workspaces: [] };
  const fetcher = open({
    "/session/sign-in": [200, { challenge: "new_password", session: "s1", email: "alba@ceibo.example" }],
    "/session/new-password": [200, { access_token: "t", expires_in: 900 }],
    "/me": [200, me],
  });
  await enter("temporal-123");
  await userEvent.type(await screen.findByLabelText("Contraseña nueva"), "una-mejor-2026");
  await userEvent.click(screen.getByRole("button", { name: "Guardar contraseña" }));
  await waitFor(() => expect(fetcher.mock.calls.some(([path]) => path === "/me")).toBe(true));
  const sent = fetcher.mock.calls.find(([path]) => path === "/session/new-password")?.[1];
  expect(JSON.parse(String(sent?.body))).toEqual({ email: "alba@ceibo.example", session: "s1", password: "una-mejor-2026" });
});

test("asking for a code answers alike for known and unknown addresses", async () => {
  open({ "/session/forgot": [204, undefined] });
  await userEvent.click(screen.getByRole("button", { name: "Olvidé mi contraseña" }));
  await userEvent.type(screen.getByLabelText("Correo"), "quien@sea.example");
  await userEvent.click(screen.getByRole("button", { name: "Enviar código" }));
  expect(await screen.findByText(/Si hay una cuenta con quien@sea.example/)).toBeTruthy();
});
