import { describe, expect, it, vi } from "vitest";
import { ApiError } from "../api/client";
import type { WorkspaceBundle } from "../api/types";
import { wordsFor } from "../i18n";
import { consoleHost } from "./consoleHost";

function host(rights: string[] = ["message_send"]) {
  const request = vi.fn().mockResolvedValue({ items: [], file: { id: "fi_1" }, upload: { url: "https://files.example/x" }, url: "https://files.example/y" });
  const bundle = { workspace: { id: "ws_1", timezone: "America/Guayaquil" }, me: { user_id: "us_1", rights }, users: [], channels: [] } as unknown as WorkspaceBundle;
  const made = consoleHost({
    request, bundle, words: wordsFor("es", "America/Guayaquil"),
    onItem: () => () => undefined, onReconnect: () => () => undefined, onTyping: () => () => undefined, typing: () => undefined, updateHead: () => undefined, toast: () => undefined,
  });
  return { made, request };
}

describe("the console as a conversation's host", () => {
  it("asks with the idempotency key of the send", async () => {
    const { made, request } = host();
    await made.api.page(7, "a b");
    expect(request).toHaveBeenLastCalledWith("GET", "messages/7?limit=50&cursor=a+b");
    const body = { channel_id: "ch_1", content: { kind: "text" as const, text: "hola" } };
    await made.api.send(7, "key", body);
    expect(request).toHaveBeenLastCalledWith("POST", "messages/7", { body, headers: { "Idempotency-Key": "key" } });
    expect(await made.api.createUpload({ name: "a.png", mime_type: "image/png", size: 1 })).toEqual({ fileId: "fi_1", url: "https://files.example/x", method: "PUT", headers: {} });
    expect(await made.api.fileUrl("fi_1")).toBe("https://files.example/y");
  });

  it("lets only those answer who have the right", () => {
    expect(host().made.canReply).toBe(true);
    expect(host(["contact_read"]).made.canReply).toBe(false);
  });

  it("tells a lost connection from a refusal, and takes a field's code where it says more", () => {
    const { refusalOf } = host().made;
    expect(refusalOf(new ApiError(0, "offline"))).toMatchObject({ status: 0 });
    expect(refusalOf(new ApiError(409, "window_closed"))).toMatchObject({ status: 409, code: "window_closed" });
    expect(refusalOf(new ApiError(422, "content_refused", "x", [{ pointer: "/content/text", code: "too_long", detail: "y" }]))).toEqual({ status: 422, code: "too_long", detail: "y" });
    expect(refusalOf(new Error("bug"))).toMatchObject({ status: 400 });
  });
});
