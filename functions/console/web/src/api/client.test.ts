import { expect, test, vi } from "vitest";
import { ApiClient, ApiError } from "./client";

const answer = (status: number, body: unknown) => new Response(body === undefined ? null : JSON.stringify(body), { status });

test("requests that fail together renew the token once", async () => {
  let token = "";
  const fetcher = vi.fn(async (path: RequestInfo | URL, init?: RequestInit) => {
    if (path === "/session/refresh") {
      token = "fresh";
      return answer(200, { access_token: "fresh", expires_in: 900 });
    }
    const given = (init?.headers as Record<string, string>)["authorization"];
    return given === `Bearer ${token}` && token ? answer(200, { ok: true }) : answer(401, { code: "unauthenticated" });
  });
  const client = new ApiClient(fetcher as typeof fetch);
  const results = await Promise.all([client.request("GET", "/me"), client.request("GET", "/me"), client.request("GET", "/me")]);
  expect(results).toEqual([{ ok: true }, { ok: true }, { ok: true }]);
  expect(fetcher.mock.calls.filter(([path]) => path === "/session/refresh")).toHaveLength(1);
});

test("a session that cannot be continued is told once and the request fails", async () => {
  const client = new ApiClient((async () => answer(401, { code: "unauthenticated" })) as typeof fetch);
  const ended = vi.fn();
  client.onEnded = ended;
  await expect(client.request("GET", "/me")).rejects.toMatchObject({ status: 401 });
  expect(ended).toHaveBeenCalledOnce();
});

test("an unreachable server does not end the session", async () => {
  const client = new ApiClient((async (path: RequestInfo | URL) => {
    if (path === "/session/refresh") throw new TypeError("network");
    return answer(401, {});
  }) as typeof fetch);
  const ended = vi.fn();
  client.onEnded = ended;
  await expect(client.request("GET", "/me")).rejects.toMatchObject({ status: 0, code: "offline" });
  expect(ended).not.toHaveBeenCalled();
});

test("problems keep their code and pointers", async () => {
  const problem = { code: "invalid_request", detail: "bad", errors: [{ pointer: "/phone", code: "invalid_phone", detail: "no" }] };
  const client = new ApiClient((async () => answer(400, problem)) as typeof fetch);
  const error = await client.request("PATCH", "/console/ws_1/contacts/1", { body: {} }).catch((caught: unknown) => caught);
  expect(error).toBeInstanceOf(ApiError);
  expect(error).toMatchObject({ status: 400, code: "invalid_request", errors: problem.errors });
});
