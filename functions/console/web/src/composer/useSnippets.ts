import { useCallback, useRef, useState } from "react";
import { useHost } from "../thread/host";
import type { SnippetRow } from "./slash";

/** How long a list is good for. */
const FRESH = 60_000;

/** The workspace's snippets, read when somebody first types `/` and again when that was a while ago. */
export function useSnippets(): { snippets: readonly SnippetRow[]; look: () => void } {
  const { api } = useHost();
  const [snippets, setSnippets] = useState<readonly SnippetRow[]>([]);
  const read = useRef(-FRESH);
  const look = useCallback(() => {
    const now = performance.now();
    if (now - read.current < FRESH) return;
    read.current = now;
    // Without them `/` is a letter like any other.
    api.snippets().then(setSnippets, () => { read.current = -FRESH; });
  }, [api]);
  return { snippets, look };
}
