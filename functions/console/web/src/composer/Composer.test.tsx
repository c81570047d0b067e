// @vitest-environment happy-dom
import { WHATSAPP } from "../testing/capabilities";
import { act, cleanup, fireEvent, render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { ConversationHost } from "../thread/host";
import type { ContactHead } from "../thread/model";
import type { Outbox } from "../thread/outbox";
import { makeHead, makeHost, makeMessage } from "../thread/testing";
import { defaultChannel } from "./choice";
import { Composer } from "./Composer";

const outbox = { send: vi.fn(), comment: vi.fn() };
beforeEach(() => localStorage.clear());
afterEach(() => {
  cleanup();
  vi.clearAllMocks();
});

function show(head: Partial<ContactHead> = {}, host: Partial<ConversationHost> = {}, replyTo?: ReturnType<typeof makeMessage>) {
  const made = makeHost(host);
  const cancel = vi.fn();
  const view = render(<Composer head={makeHead(head)} outbox={outbox as unknown as Outbox} replyTo={replyTo} onCancelReply={cancel} />, { wrapper: made.Wrapper });
  return { ...made, ...view, cancel, user: userEvent.setup() };
}
const box = () => screen.getByRole<HTMLTextAreaElement>("textbox");
const sent = () => outbox.send.mock.calls.map(([one]) => one.content);
const whatsapp = makeHead().channels[0]!;

describe("answering", () => {
  it("sends with Enter, breaks the line with Shift+Enter, and empties the box", async () => {
    const { user } = show();
    await user.type(box(), "Buenas{Shift>}{Enter}{/Shift}tardes{Enter}");
    expect(sent()).toEqual([{ kind: "text", text: "Buenas\ntardes", preview_url: true }]);
    expect(box().value).toBe("");
  });

  it("sends nothing empty", async () => {
    const { user } = show();
    await user.type(box(), "   {Enter}");
    expect(outbox.send).not.toHaveBeenCalled();
    expect(screen.getByRole<HTMLButtonElement>("button", { name: "Enviar" }).disabled).toBe(true);
  });

  it("carries the message that it answers", async () => {
    const { user, cancel } = show({}, {}, makeMessage({ kind: "text", text: "¿Tienen en gris?" }, { id: 9 }));
    expect(screen.getByText("Respuesta a Rosa Chango")).toBeTruthy();
    await user.type(box(), "Sí{Enter}");
    expect(outbox.send.mock.calls[0]?.[0].reply).toEqual({ id: 9, preview: "¿Tienen en gris?", traffic: "incoming" });
    expect(cancel).toHaveBeenCalled();
  });

  it("counts near the limit and offers to split above it", async () => {
    const { user } = show();
    fireEvent.change(box(), { target: { value: "palabra ".repeat(600) } });
    expect(screen.getByRole<HTMLButtonElement>("button", { name: "Enviar" }).disabled).toBe(true);
    await user.click(screen.getByRole("button", { name: "Enviar en 2 mensajes" }));
    expect(sent()).toHaveLength(2);
    expect(sent().every((one) => one.text.length <= 4096)).toBe(true);
  });

  it("keeps what was not sent", async () => {
    const first = show();
    await first.user.type(box(), "a medias");
    first.unmount();
    show();
    expect(box().value).toBe("a medias");
  });
});

describe("where nothing can be written freely", () => {
  const closed = [{ ...whatsapp, last_inbound_at: Date.now() - 25 * 3_600_000 }];

  it("offers a template once the window has closed, and comments still", async () => {
    const { user } = show({ channels: closed });
    expect(screen.queryByRole("textbox")).toBeNull();
    expect(screen.getByText(/más de 24 horas/)).toBeTruthy();
    expect(screen.getByRole("button", { name: "Elegir plantilla" })).toBeTruthy();
    await user.click(screen.getByRole("tab", { name: "Comentario interno" }));
    await user.type(box(), "Llamarle mañana{Enter}");
    expect(outbox.comment).toHaveBeenCalledWith("Llamarle mañana");
  });

  it("closes while one looks on", () => {
    vi.useFakeTimers();
    try {
      show({ channels: [{ ...whatsapp, window_closes_at: Date.now() + 90_000 }] });
      expect(screen.getByText("1 min")).toBeTruthy();
      act(() => void vi.advanceTimersByTime(31_000));
      expect(screen.getByText("menos de 1 min")).toBeTruthy();
      act(() => void vi.advanceTimersByTime(61_000));
      expect(screen.queryByRole("textbox")).toBeNull();
    } finally {
      vi.useRealTimers();
    }
  });

  it.each<[string, Partial<ContactHead>, Partial<ConversationHost>, RegExp]>([
    ["a blocked contact", { blocked: true }, {}, /está bloqueado/],
    ["no permission", {}, { canReply: false }, /no le permite responder/],
    ["a disconnected channel", {}, { channels: [{ id: "ch_1", source: "whatsapp_cloud", name: "Ventas", state: "disconnected", display: "", capabilities: WHATSAPP }] }, /Ventas está desconectado/],
    ["somebody who never wrote", { channels: [] }, {}, /todavía no le ha escrito/],
    ["no way at all", { channels: [], phone: undefined as never }, {}, /no tiene un canal/],
  ])("says so for %s", (_what, head, host, words) => {
    show(head, host);
    expect(screen.queryByRole("textbox")).toBeNull();
    expect(screen.getByText(words)).toBeTruthy();
  });
});

describe("a template", () => {
  it("asks for its values, shows them in place, and is sent filled in", async () => {
    const template = {
      channel_id: "ch_1", name: "pedido_listo", language: "es", category: "utility" as const, status: "approved" as const, parameter_format: "positional" as const,
      components: [{ type: "body" as const, text: "Hola {{1}}, su pedido está listo." }],
    };
    const { user, api } = show({ channels: [] });
    api.templates.mockResolvedValue([template, { ...template, name: "pausada", status: "paused" }]);
    await user.click(screen.getByRole("button", { name: "Elegir plantilla" }));
    await user.click(await screen.findByRole("button", { name: /Pedido listo/ }));
    expect(screen.queryByText("Pausada")).toBeNull();
    await user.click(screen.getByRole("button", { name: "Enviar" }));
    expect(screen.getByText("Falta este dato.")).toBeTruthy();
    await user.type(screen.getByLabelText("Dato 1"), "Lucía");
    expect(screen.getByText("Hola Lucía, su pedido está listo.")).toBeTruthy();
    await user.click(screen.getByRole("button", { name: "Enviar" }));
    expect(outbox.send.mock.calls[0]?.[0]).toMatchObject({ contactChannel: "", channel: "ch_1", shown: { kind: "template", text: "Hola Lucía, su pedido está listo." } });
    expect(sent()).toEqual([{ kind: "template", name: "pedido_listo", language: "es", parameters: { body: [{ text: "Lucía" }], buttons: [] } }]);
  });
});

describe("files", () => {
  const add = (file: File) => fireEvent.paste(box(), { clipboardData: { files: [file] } });
  const sized = (name: string, type: string, size: number) => {
    const file = new File(["x"], name, { type });
    Object.defineProperty(file, "size", { value: size });
    return file;
  };

  it("go with the text as their caption", async () => {
    const { user } = show();
    add(sized("sala.jpg", "image/jpeg", 2000));
    await user.type(box(), "Así queda{Enter}");
    expect(sent()).toEqual([{ kind: "attachment", file_id: "", media: "image", caption: "Así queda" }]);
    expect(outbox.send.mock.calls[0]?.[0].file).toMatchObject({ name: "sala.jpg", mime: "image/jpeg" });
  });

  it("that sound take no caption: the text follows", async () => {
    const { user } = show();
    add(sized("saludo.mp3", "audio/mpeg", 2000));
    await user.type(box(), "Escuche{Enter}");
    expect(sent()).toEqual([{ kind: "attachment", file_id: "", media: "audio" }, { kind: "text", text: "Escuche", preview_url: true }]);
  });

  it("that are too large are refused before anything is uploaded, with a way out", async () => {
    const { user } = show();
    add(sized("sala.png", "image/png", 9 * 1024 * 1024));
    expect(screen.getByText(/Pesa 9 MB; así este canal admite hasta 5 MB/)).toBeTruthy();
    expect(screen.getByRole<HTMLButtonElement>("button", { name: "Enviar" }).disabled).toBe(true);
    await user.click(screen.getByRole("button", { name: "Enviar como documento" }));
    await user.click(screen.getByRole("button", { name: "Enviar" }));
    expect(sent()).toEqual([{ kind: "attachment", file_id: "", media: "file" }]);
  });
});

describe("comments", () => {
  it("mention a colleague by name and store the person", async () => {
    const { user } = show();
    await user.click(screen.getByRole("tab", { name: "Comentario interno" }));
    await user.type(box(), "@bru");
    expect(screen.getByRole("option", { name: "Bruno Zambrano" })).toBeTruthy();
    await user.keyboard("{Enter}");
    await user.type(box(), "¿ya cayó?{Enter}");
    expect(outbox.comment).toHaveBeenCalledWith("{{@user.us_2}} ¿ya cayó?");
  });
});

describe("channels", () => {
  it("begin with the one that was written on last", () => {
    const old = { ...whatsapp, id: "a", last_inbound_at: 1, last_message_at: 5 };
    const fresh = { ...whatsapp, id: "b", last_inbound_at: 9 };
    expect(defaultChannel([old, fresh])?.id).toBe("b");
    expect(defaultChannel([])).toBeUndefined();
  });
});
