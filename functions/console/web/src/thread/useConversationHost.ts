import { useMemo } from "react";
import { useWorkspace } from "../app/workspace";
import type { ContactHead } from "../api/types";
import { useWords } from "../i18n";
import { useToast } from "../ui/Toast";
import { consoleHost } from "./consoleHost";
import type { ConversationHost } from "./host";

/** The host of the conversations of the workspace that is open. */
export function useConversationHost(): ConversationHost {
  const workspace = useWorkspace();
  const words = useWords();
  const toast = useToast();
  const { request, signals, takeHeads, typing } = workspace;
  return useMemo(
    () =>
      consoleHost({
        request,
        bundle: workspace,
        words,
        onItem: signals.item.on,
        onReconnect: signals.gap.on,
        onTyping: signals.typing.on,
        typing,
        updateHead: (head) => takeHeads([head as ContactHead]),
        toast,
      }),
    [request, workspace, words, signals, takeHeads, typing, toast],
  );
}
