/** Addresses of files: signed for five minutes, so each is asked anew after four. */
import { useEffect, useState } from "react";
import { useHost } from "../thread/host";
import type { ConversationApi } from "../thread/host";

const KEEP_MS = 4 * 60_000;
const cache = new Map<string, { url: Promise<string>; until: number }>();

export function fileUrl(api: Pick<ConversationApi, "fileUrl">, id: string): Promise<string> {
  const known = cache.get(id);
  if (known && known.until > Date.now()) return known.url;
  const url = api.fileUrl(id);
  cache.set(id, { url, until: Date.now() + KEEP_MS });
  url.catch(() => cache.delete(id));
  return url;
}

export type FileUrl = { state: "loading" } | { state: "ready"; url: string } | { state: "failed" };

/** The address of a file; `local` stands in for what this page has just sent. */
export function useFileUrl(id: string | undefined, local?: string): FileUrl {
  const { api } = useHost();
  const [found, setFound] = useState<{ id: string; result: FileUrl }>();
  useEffect(() => {
    if (!id || local) return undefined;
    let live = true;
    const settle = (result: FileUrl) => live && setFound({ id, result });
    fileUrl(api, id).then((url) => settle({ state: "ready", url }), () => settle({ state: "failed" }));
    return () => {
      live = false;
    };
  }, [api, id, local]);
  if (local) return { state: "ready", url: local };
  return found && found.id === id ? found.result : { state: "loading" };
}
