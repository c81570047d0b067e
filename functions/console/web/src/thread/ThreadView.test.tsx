// @vitest-environment happy-dom
import { act, cleanup, render, screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { forgetConversations } from "./conversations";
import { makeHead, makeHost, NOW } from "./testing";
import { ThreadView } from "./ThreadView";

const message = (id: number, words: string, over: object = {}) => ({
  item: "message", id, contact_id: 1, contact_channel_id: "cc_1", channel_id: "ch_1", traffic: "incoming", at: NOW + id, received_at: NOW + id,
  content: { kind: "text", text: words }, sender: { source: "contact" }, reactions: [], version: 1, ...over,
});

// This page has no layout: give the boxes the sizes that a browser would.
beforeEach(() => {
  localStorage.clear();
  forgetConversations(false);
  vi.spyOn(HTMLElement.prototype, "offsetHeight", "get").mockReturnValue(60);
  vi.spyOn(HTMLElement.prototype, "clientHeight", "get").mockReturnValue(600);
  vi.spyOn(HTMLElement.prototype, "clientWidth", "get").mockReturnValue(640);
});
afterEach(() => {
  cleanup();
  vi.restoreAllMocks();
});

function open(items: object[], over = {}) {
  const made = makeHost();
  made.api.page.mockResolvedValue({ items });
  render(<ThreadView head={makeHead(over)} />, { wrapper: made.Wrapper });
  return made;
}

describe("an open conversation", () => {
  it("shows its messages in a log and where the new ones begin", async () => {
    open([message(2, "¿Hay en gris?"), message(1, "Buenas")], { unread: 1 });
    await waitFor(() => expect(screen.getByRole("log")).toBeTruthy());
    expect(screen.getByText("¿Hay en gris?")).toBeTruthy();
    expect(screen.getByText("1 mensaje nuevo")).toBeTruthy();
    expect(screen.getByText(/Aquí empieza la conversación con Rosa Chango/)).toBeTruthy();
  });

  it("reads a new message of the contact out, and none that was there", async () => {
    const { push } = open([message(1, "Buenas")]);
    await screen.findByText("Buenas");
    expect(screen.queryByText("Rosa Chango: Buenas")).toBeNull();
    act(() => push(message(2, "¿Sigue ahí?")));
    expect(await screen.findByText("Rosa Chango: ¿Sigue ahí?")).toBeTruthy();
  });

  it("shows what is sent at once, then what became of it", async () => {
    const { api, push } = open([message(1, "Buenas")]);
    await screen.findByText("Buenas");
    let answer: (value: { message: object }) => void = () => undefined;
    api.send.mockReturnValue(new Promise((resolve) => { answer = resolve; }));
    await userEvent.type(screen.getByRole("textbox"), "Claro que sí{Enter}");
    expect(screen.getByText("Claro que sí")).toBeTruthy();
    expect(screen.getByRole("img", { name: "Pendiente" })).toBeTruthy();
    const mine = message(2, "Claro que sí", { traffic: "outgoing", sender: { source: "user", user_id: "us_1" }, state: "sent" });
    await act(async () => answer({ message: mine }));
    act(() => push({ ...mine, state: "read", version: 2 }));
    expect(await screen.findByRole("img", { name: "Leído" })).toBeTruthy();
    expect(screen.getAllByText("Claro que sí")).toHaveLength(1);
  });

  it("keeps what was being sent when one leaves and comes back", async () => {
    const { Wrapper, api } = makeHost();
    api.page.mockResolvedValue({ items: [message(1, "Buenas")] });
    const first = render(<ThreadView head={makeHead()} />, { wrapper: Wrapper });
    await screen.findByText("Buenas");
    await userEvent.type(screen.getByRole("textbox"), "Claro{Enter}");
    first.unmount();
    render(<ThreadView head={makeHead()} />, { wrapper: Wrapper });
    expect(screen.getByText("Buenas")).toBeTruthy();
    expect(screen.getByRole("img", { name: "Pendiente" })).toBeTruthy();
    expect(api.send).toHaveBeenCalledTimes(1);
  });

  it("is walked through by arrow keys, message by message", async () => {
    open([message(2, "dos"), message(1, "uno")]);
    await screen.findByText("dos");
    screen.getByRole("log").focus();
    await userEvent.keyboard("{ArrowUp}");
    expect(document.activeElement?.getAttribute("aria-label")).toMatch(/dos$/);
    await userEvent.keyboard("{ArrowUp}");
    expect(document.activeElement?.getAttribute("aria-label")).toMatch(/uno$/);
  });

  it("reacts at once and takes it back when that fails", async () => {
    const { api, host } = open([message(1, "Gracias", { reactions: [{ from: "us", emoji: "👍", at: 1 }] })]);
    await screen.findByText("Gracias");
    api.react.mockRejectedValue(new Error("no"));
    await userEvent.click(screen.getByRole("button", { name: /reaccionaron con 👍/ }));
    await waitFor(() => expect(host.toast).toHaveBeenCalledWith("No se pudo enviar la reacción."));
    expect(screen.getByRole("button", { name: /reaccionaron con 👍/ })).toBeTruthy();
  });

  it("answers a message that one points at", async () => {
    open([message(1, "¿Hay en gris?")]);
    await screen.findByText("¿Hay en gris?");
    await userEvent.click(screen.getByRole("button", { name: "Responder" }));
    expect(screen.getByText("Respuesta a Rosa Chango")).toBeTruthy();
  });

  it("says so when it cannot be read, and reads it again", async () => {
    const made = makeHost();
    made.api.page.mockRejectedValueOnce(new Error("offline")).mockResolvedValueOnce({ items: [message(1, "Buenas")] });
    render(<ThreadView head={makeHead()} />, { wrapper: made.Wrapper });
    await userEvent.click(await screen.findByRole("button", { name: "Intentar de nuevo" }));
    expect(await screen.findByText("Buenas")).toBeTruthy();
  });
});
