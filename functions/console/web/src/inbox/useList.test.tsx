// @vitest-environment happy-dom
import { act, cleanup, renderHook, waitFor } from "@testing-library/react";
import type { ReactNode } from "react";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { WorkspaceContext, type WorkspaceValue } from "../app/workspace";
import type { ContactHead } from "../api/types";
import { Signal } from "../realtime/hub";
import { DEFAULT_QUERY, useHeads } from "../state/heads";
import { useList } from "./useList";

const head = (id: number, version: number, sorted_at: number) =>
  ({ id, version, sorted_at, name: `Contacto ${id}`, status: "open", assignee: null, blocked: false, unreplied: true, failed: 0 }) as unknown as ContactHead;

function started(held: () => boolean) {
  const stored: ContactHead[] = [head(1, 1, 100)];
  let answering: Promise<void> = Promise.resolve();
  const request = vi.fn(async (_method: string, _path: string, options?: { signal?: AbortSignal }) => {
    const items = [...stored].sort((a, b) => b.sorted_at - a.sorted_at);
    await answering;
    if (options?.signal?.aborted) throw new DOMException("aborted", "AbortError");
    return { items };
  });
  const signals = { heads: new Signal(), item: new Signal(), gone: new Signal(), hint: new Signal(), gap: new Signal(), notification: new Signal(), typing: new Signal() };
  const value = { request, signals, me: { user_id: "us_1" }, takeHeads: (heads: ContactHead[]) => useHeads.getState().take(heads) } as unknown as WorkspaceValue;
  const wrapper = ({ children }: { children: ReactNode }) => <WorkspaceContext value={value}>{children}</WorkspaceContext>;
  renderHook(() => useList(DEFAULT_QUERY, held, undefined), { wrapper });
  return { stored, signals, request, slow: (until: Promise<void>) => (answering = until) };
}

beforeEach(() => useHeads.getState().reset());
afterEach(cleanup);

it("shows what was stored between the first reading and the opening of the socket", async () => {
  const { stored, signals } = started(() => false);
  await waitFor(() => expect(useHeads.getState().list.ids).toEqual([1]));
  stored.push(head(2, 1, 200));
  act(() => signals.gap.emit());
  await waitFor(() => expect(useHeads.getState().list.ids).toEqual([2, 1]));
});

it("fills the list also when the socket opens before the first reading was answered and the pointer is over it", async () => {
  let answer: () => void = () => undefined;
  const until = new Promise<void>((resolve) => { answer = resolve; });
  const { signals, slow } = started(() => true);
  slow(until);
  act(() => signals.gap.emit());
  answer();
  await waitFor(() => expect(useHeads.getState().list).toMatchObject({ ids: [1], waiting: [], state: "ready" }));
});
