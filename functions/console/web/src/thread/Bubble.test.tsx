// @vitest-environment happy-dom
import { cleanup, render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, describe, expect, it, vi } from "vitest";
import { Bubble } from "./Bubble";
import type { Content, Message } from "./model";
import { makeHost, makeMessage } from "./testing";

const actions = { reply: vi.fn(), react: vi.fn(), retry: vi.fn(), discard: vi.fn(), jump: vi.fn() };
afterEach(() => {
  cleanup();
  vi.clearAllMocks();
});

function show(message: Message, quoted?: Message) {
  const { Wrapper } = makeHost();
  return render(<Bubble message={message} first last contactName="Rosa Chango" quoted={quoted} actions={actions} />, { wrapper: Wrapper });
}
const ours = (content: Content, over: Partial<Message> = {}) =>
  makeMessage(content, { traffic: "outgoing", sender: { source: "user", user_id: "us_1" }, state: "sent", ...over });
const text = (words: string): Content => ({ kind: "text", text: words });

describe("every kind of content", () => {
  it.each<[Content, string | RegExp]>([
    [text("Buenas *tardes*"), "tardes"],
    [{ kind: "attachment", media: "file", file_name: "Factura.pdf", state: "ready", file: { id: "f", mime_type: "application/pdf", size: 2048 } }, /PDF · 2 KB/],
    [{ kind: "attachment", media: "image", state: "fetching" }, "Descargando"],
    [{ kind: "attachment", media: "video", state: "failed" }, "No se pudo descargar este archivo."],
    [{ kind: "location", latitude: -3.99, longitude: -79.2, name: "Casa" }, "Casa"],
    [{ kind: "contacts", contacts: [{ name: "Iván Loor", phones: ["+593 90 000 0202"] }] }, "+593 90 000 0202"],
    [{ kind: "quick_reply", title: "Gris" }, "Gris"],
    [{ kind: "form_reply", name: "Entrega", fields: { ciudad: "Loja" } }, "Loja"],
    [{ kind: "order", items: [{ sku: "A", quantity: 2, price_micros: 9_500_000, currency: "USD" }] }, /2 × A/],
    [{ kind: "interactive", body: "¿Cuál?", action: { type: "list", label: "Ver", sections: [{ rows: [{ id: "1", title: "Sofá" }] }] } }, "Sofá"],
    [{ kind: "template", name: "pedido_listo", language: "es", text: "Listo", buttons: ["Ver"] }, "Plantilla · pedido_listo"],
    [{ kind: "shared", what: "story_mention", url: "https://lookaside.example/s" }, "Mencionó su cuenta en una historia"],
    [{ kind: "shared", what: "story_reply", text: "lindo" }, "Ya no está disponible."],
    [{ kind: "unsupported", type: "poll" }, "Tipo: poll"],
    [{ kind: "invented_later" } as never, /no entregó el contenido/],
  ])("shows %j", (content, words) => {
    show(makeMessage(content));
    expect(screen.getAllByText(words).length).toBeGreaterThan(0);
  });

  it("never turns a customer's text into markup", () => {
    const { container } = show(makeMessage(text('<img src=x onerror="alert(1)"> javascript:alert(1)')));
    expect(container.querySelector("img, .cv-text a")).toBeNull();
  });

  it("loads no map: it only links to one", () => {
    const { container } = show(makeMessage({ kind: "location", latitude: 1, longitude: 2 }));
    expect(container.querySelector("img, iframe")).toBeNull();
    expect(screen.getByText("Abrir en OpenStreetMap").getAttribute("rel")).toBe("noopener noreferrer");
  });
});

describe("what became of a message", () => {
  it("says why it failed, beside it, and tries again", async () => {
    const message = ours(text("x"), { state: "failed", failure: { reason: "undeliverable", retryable: true } });
    show(message);
    expect(screen.getByText(/el número no tiene WhatsApp/)).toBeTruthy();
    await userEvent.click(screen.getByRole("button", { name: "Reintentar" }));
    expect(actions.retry).toHaveBeenCalledWith(message);
  });

  it("offers no retry where it would only fail again", () => {
    show(ours(text("x"), { state: "failed", failure: { reason: "window_closed", retryable: false } }));
    expect(screen.queryByRole("button", { name: "Reintentar" })).toBeNull();
  });

  it("marks an unconfirmed one with its own shape and warns of sending twice", () => {
    show(ours(text("x"), { state: "ambiguous" }));
    expect(screen.getByRole("img", { name: "Sin confirmar" })).toBeTruthy();
    expect(screen.getByText(/podría recibirlo dos veces/)).toBeTruthy();
  });

  it("lets go of what was never sent", async () => {
    show(ours(text("x"), { state: "failed", version: 0, client_key: "k", failure: { reason: "invalid", retryable: true, provider_text: "Falta un dato" } }));
    expect(screen.getByText("No se envió: Falta un dato")).toBeTruthy();
    await userEvent.click(screen.getByRole("button", { name: "Descartar" }));
    expect(actions.discard).toHaveBeenCalled();
  });
});

describe("what hangs on a message", () => {
  it("names what a workflow wrote", () => {
    show(ours(text("x"), { sender: { source: "workflow", name: "Bienvenida" } }));
    expect(screen.getByText("Flujo · Bienvenida")).toBeTruthy();
  });

  it("hides the words of a deleted message", () => {
    show(makeMessage(text("secreto"), { revoked_at: 1 }));
    expect(screen.queryByText("secreto")).toBeNull();
    expect(screen.getByText("Rosa Chango eliminó este mensaje")).toBeTruthy();
  });

  it("leads to the quoted message", async () => {
    show(makeMessage(text("sí"), { reply: { id: 3 } }), ours(text("¿Lo quiere?"), { id: 3 }));
    await userEvent.click(screen.getByRole("button", { name: /¿Lo quiere\?/ }));
    expect(actions.jump).toHaveBeenCalledWith(3);
  });

  it("takes back our reaction", async () => {
    const message = makeMessage(text("x"), { reactions: [{ from: "us", emoji: "👍", at: 1 }, { from: "contact", emoji: "❤️", at: 1 }] });
    show(message);
    expect(screen.getByRole("img", { name: "Rosa Chango reaccionó con ❤️" })).toBeTruthy();
    await userEvent.click(screen.getByRole("button", { name: /Quitar/ }));
    expect(actions.react).toHaveBeenCalledWith(message, "");
  });

  it("shows the ad through which somebody came", () => {
    show(makeMessage(text("Hola"), { referral: { source_type: "ad", headline: "Sofá", source_url: "javascript:alert(1)" } }));
    expect(screen.getByText("Llegó por un anuncio")).toBeTruthy();
    expect(screen.queryByText("Ver anuncio")).toBeNull();
  });
});
