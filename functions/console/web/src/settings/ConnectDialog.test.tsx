// @vitest-environment happy-dom
import { cleanup, render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, describe, expect, it, vi } from "vitest";
import { WordsProvider } from "../i18n";
import { TipProvider } from "../ui/Tip";
import { ConnectDialog, type Kind } from "./ConnectDialog";

const request = vi.fn();
vi.mock("../app/workspace", () => ({ useWorkspace: () => ({ request }) }));

afterEach(() => {
  cleanup();
  request.mockReset();
});

/** Ticks what must be true first and goes on to the data. */
async function begin(kind: Kind, points: number) {
  render(<WordsProvider locale="es"><TipProvider><ConnectDialog kind={kind} again={undefined} onClose={() => undefined} /></TipProvider></WordsProvider>);
  const go = screen.getByRole("button", { name: "Continuar" });
  const boxes = screen.getAllByRole("checkbox");
  expect(boxes).toHaveLength(points);
  for (const box of boxes) {
    expect(go).toHaveProperty("disabled", true);
    await userEvent.click(box);
  }
  await userEvent.click(go);
}
const enter = (label: string | RegExp, text: string) => userEvent.type(screen.getByLabelText(label), text);

describe("connecting an account of Meta's", () => {
  it("asks a page for its conditions first and sends what its server reads", async () => {
    request.mockResolvedValue({ channel: { display: "Ceibo" }, setup: { webhook_url: "https://h.example/messenger/1", verify_token: "v" } });
    await begin("facebook", 4);
    await enter("Nombre del canal", "Página");
    await enter("Identificador de la página", "11");
    await enter("Identificador de la aplicación de Meta", "22");
    await enter("Token de acceso de la página", "EAAG1");
    await userEvent.click(screen.getByRole("button", { name: "Conectar" }));
    expect(request.mock.calls[0]?.[2]).toEqual({ body: {
      source: "facebook", name: "Página", config: { page_id: "11", app_id: "22", access_token: "EAAG1" },
      checklist: ["page_is_ours", "page_name_is_bot_name", "operator_is_agency", "human_agent_granted"],
    } });
    expect(await screen.findByText(/en Messenger, Configuración, Webhook/)).toBeTruthy();
  });
  it("lets an Instagram account do without a page and says what is missing", async () => {
    await begin("instagram", 3);
    await userEvent.click(screen.getByRole("button", { name: "Conectar" }));
    expect(request).not.toHaveBeenCalled();
    expect(screen.getAllByText("Falta este dato.")).toHaveLength(4);
  });
});
