// @vitest-environment happy-dom
import { cleanup, render, screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, expect, test, vi } from "vitest";
import { ApiClient } from "../api/client";
import { SessionProvider } from "../app/session";
import { WordsProvider } from "../i18n";
import JoinPage from "./JoinPage";
import SignUpPage from "./SignUpPage";

afterEach(() => {
  cleanup();
  history.replaceState(null, "", "/");
});

const OFFER = { email: "eva@ceibo.example", workspace_name: "Ceibo", invited_by_name: "Alba Quishpe", role: "agent", expires_at: 1, known: false };
const ME = { user: { id: "us_eva", email: "eva@ceibo.example", first_name: "Eva", last_name: "", locale: "es" }, workspaces: [] };
const DOCUMENTS = { items: ["terms", "privacy", "prohibited_business"].map((document) => ({ document, version: "2026-01-01" })) };

function open(page: "join" | "sign-up", token: string, answers: Record<string, [number, unknown]>) {
  history.replaceState(null, "", `/${page}${token ? `#${token}` : ""}`);
  const bodies: Record<string, unknown> = {};
  const fetcher = vi.fn(async (path: RequestInfo | URL, init?: RequestInit) => {
    if (init?.body) bodies[String(path)] = JSON.parse(String(init.body));
    const [status, body] = answers[String(path)] ?? [401, { code: "unauthenticated" }];
    return new Response(body === undefined ? null : JSON.stringify(body), { status });
  });
  render(<WordsProvider locale="es"><SessionProvider client={new ApiClient(fetcher as typeof fetch)}>{page === "join" ? <JoinPage /> : <SignUpPage />}</SessionProvider></WordsProvider>);
  return bodies;
}

test("a new person joins with the documents shown and is inside", async () => {
  const bodies = open("join", "t0ken", {
    "/signup/invitation": [200, OFFER], "/signup/documents": [200, DOCUMENTS], "/signup/join": [201, { email: OFFER.email, workspace_id: "ws_ceibo" }],
    "/session/sign-in": [200, { access_token: "a", expires_in: 3600 }], "/me": [200, ME],
  });
  expect(await screen.findByText("Alba Quishpe lo invita como Agente.")).toBeTruthy();
  expect(bodies["/signup/invitation"]).toEqual({ token: "t0ken" });
  await userEvent.type(screen.getByLabelText("Nombre"), "Eva");
  await userEvent.type(screen.getByLabelText("Contraseña"), "Ceibo-1234");
  expect(screen.getByRole("button", { name: "Crear cuenta y entrar" })).toHaveProperty("disabled", true);
  await userEvent.click(screen.getByRole("checkbox"));
  await userEvent.click(screen.getByRole("button", { name: "Crear cuenta y entrar" }));
  await waitFor(() => expect(location.pathname).toBe("/w/ws_ceibo/inbox/all"));
  expect(bodies["/signup/join"]).toEqual({ token: "t0ken", password: "Ceibo-1234", first_name: "Eva", last_name: "", accepted: DOCUMENTS.items.slice(0, 2) });
});

test("who has an account signs in first and comes back", async () => {
  open("join", "t0ken", { "/signup/invitation": [200, { ...OFFER, known: true }] });
  const link = await screen.findByRole("link", { name: "Iniciar sesión" });
  expect(link.getAttribute("href")).toBe("/sign-in?to=%2Fjoin%23t0ken");
});

test("who is signed in accepts with one click; somebody else is told whom it is for", async () => {
  const signedIn = { "/session/refresh": [200, { access_token: "a", expires_in: 3600 }] as [number, unknown], "/me": [200, ME] as [number, unknown] };
  open("join", "t0ken", { ...signedIn, "/signup/invitation": [200, { ...OFFER, known: true }], "/signup/accept": [410, { code: "link_used_up" }] });
  await userEvent.click(await screen.findByRole("button", { name: "Aceptar la invitación" }));
  expect((await screen.findByRole("alert")).textContent).toContain("ya no vale");
  cleanup();
  open("join", "t0ken", { ...signedIn, "/signup/invitation": [200, { ...OFFER, known: true, email: "otra@ceibo.example" }] });
  expect(await screen.findByText("La invitación es para otra@ceibo.example, y usted entró con otro correo.")).toBeTruthy();
});

test("a used link and an unreachable server are told apart", async () => {
  open("join", "old", { "/signup/invitation": [410, { code: "link_used_up" }] });
  expect((await screen.findByRole("alert")).textContent).toContain("Esta invitación ya no vale");
  cleanup();
  open("join", "old", { "/signup/invitation": [503, { code: "unavailable" }] });
  expect((await screen.findByRole("alert")).textContent).not.toContain("ya no vale");
});

test("sign-up says the same whether or not the address is known, and finishes by the link", async () => {
  const first = open("sign-up", "", { "/signup/start": [202, undefined] });
  await userEvent.type(screen.getByLabelText("Correo"), "eva@ceibo.example");
  await userEvent.click(screen.getByRole("button", { name: "Enviar enlace" }));
  expect((await screen.findByRole("status")).textContent).toContain("eva@ceibo.example");
  expect(first["/signup/start"]).toEqual({ email: "eva@ceibo.example", locale: "es" });
  cleanup();
  const bodies = open("sign-up", "t0ken", {
    "/signup/documents": [200, DOCUMENTS], "/signup/complete": [201, { email: "eva@ceibo.example", workspace_id: "ws_1" }],
    "/session/sign-in": [200, { access_token: "a", expires_in: 3600 }], "/me": [200, ME],
  });
  await userEvent.type(screen.getByLabelText("Nombre"), "Eva");
  await userEvent.type(screen.getByLabelText("Nombre de la empresa"), "Ceibo");
  await userEvent.type(screen.getByLabelText("Contraseña"), "Ceibo-1234");
  await userEvent.click(screen.getByRole("checkbox"));
  await userEvent.click(screen.getByRole("button", { name: "Crear cuenta" }));
  await waitFor(() => expect(location.pathname).toBe("/w/ws_1/inbox/all"));
  expect(bodies["/signup/complete"]).toMatchObject({ token: "t0ken", organization_name: "Ceibo", workspace_name: "Ceibo", country: "EC", accepted: DOCUMENTS.items });
});
