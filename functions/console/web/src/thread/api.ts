/** The console's API as a conversation uses it, over whatever carries requests. */
import type { SnippetRow } from "../composer/slash";
import type { ConversationApi, FilledSnippet, TimelinePage } from "./host";
import type { ContactHead, Template } from "./model";

export interface RequestOptions {
  body?: unknown;
  headers?: Record<string, string>;
}

/** Sends a request below `/console/{workspace}/` and returns the decoded answer; throws on a refusal. */
export type Request = (method: "GET" | "POST", path: string, options?: RequestOptions) => Promise<unknown>;

const PAGE = 50;

interface Upload {
  file: { id: string };
  upload: { url: string; method?: string; headers?: Record<string, string> };
}

export function conversationApi(request: Request): ConversationApi {
  const post = (path: string, body?: unknown, headers?: Record<string, string>) =>
    request("POST", path, { ...(body === undefined ? {} : { body }), ...(headers ? { headers } : {}) });
  return {
    page: (contact, cursor) => {
      const query = new URLSearchParams({ limit: String(PAGE), ...(cursor ? { cursor } : {}) });
      return request("GET", `messages/${contact}?${query}`) as Promise<TimelinePage>;
    },
    send: (contact, key, body) => post(`messages/${contact}`, body, { "Idempotency-Key": key }) as Promise<{ message: object; head?: ContactHead }>,
    retry: (contact, message) => post(`messages/${contact}/${message}/retry`) as Promise<{ message: object }>,
    react: (contact, message, emoji) => post(`messages/${contact}/${message}/reaction`, { emoji }).then((answer) => (answer ?? {}) as { message?: object }),
    comment: (contact, text, key) => post(`comments/${contact}`, { text }, { "Idempotency-Key": key }) as Promise<{ comment: object }>,
    templates: async (channel) => ((await request("GET", `templates?channel=${encodeURIComponent(channel)}`)) as { items: Template[] }).items,
    createUpload: async (file) => {
      const { file: made, upload } = (await post("files", file)) as Upload;
      return { fileId: made.id, url: upload.url, method: upload.method ?? "PUT", headers: upload.headers ?? {} };
    },
    completeUpload: async (file) => {
      await post(`files/${file}/complete`);
    },
    snippets: async () => {
      const all: SnippetRow[] = [];
      for (let cursor: string | undefined = ""; cursor !== undefined; ) {
        const page = (await request("GET", `snippets${cursor ? `?cursor=${encodeURIComponent(cursor)}` : ""}`)) as { items: SnippetRow[]; next_cursor?: string };
        all.push(...page.items);
        cursor = page.next_cursor;
      }
      return all;
    },
    fillSnippet: (snippet, contact) => request("GET", `snippets/${encodeURIComponent(snippet)}/for/${contact}`) as Promise<FilledSnippet>,
    fileUrl: async (file) => ((await request("GET", `files/${file}?json=1`)) as { url: string }).url,
  };
}
