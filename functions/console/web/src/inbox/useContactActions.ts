/** What can be done with a conversation from anywhere in the inbox; each change shows at once and can be taken back. */
import { useMemo } from "react";
import { problemText } from "../api/problem";
import type { ContactHead } from "../api/types";
import { useWorkspace } from "../app/workspace";
import { useWords } from "../i18n";
import { useHeads } from "../state/heads";
import { useToast } from "../ui/Toast";
import type { ClosingNote } from "./CloseDialog";

export interface ContactActions {
  assign: (head: ContactHead, user: string | null) => void;
  open: (head: ContactHead) => void;
  close: (head: ContactHead, note: ClosingNote) => void;
  block: (head: ContactHead, blocked: boolean) => void;
  markUnread: (head: ContactHead) => void;
  markRead: (id: number, opened: boolean) => void;
}

export function useContactActions(): ContactActions {
  const { t } = useWords();
  const { request, takeHeads, user } = useWorkspace();
  const toast = useToast();
  return useMemo(() => {
    /** Shows a change before the server has answered; its own version is kept so that the answer replaces it. */
    const guess = (head: ContactHead, change: Partial<ContactHead>) => {
      const heads = new Map(useHeads.getState().heads);
      heads.set(head.id, { ...head, ...change });
      useHeads.setState({ heads });
    };
    const run = async (head: ContactHead, path: string, body: object | undefined, change: Partial<ContactHead>, failed: string): Promise<boolean> => {
      guess(head, change);
      try {
        const answer = await request<{ head: ContactHead }>("POST", path, body ? { body } : {});
        // A guess has the version that it was made from: anything the server says is newer or the same.
        if (answer.head.version === head.version) guess(answer.head, {});
        takeHeads([answer.head]);
        return true;
      } catch (error) {
        const now = useHeads.getState().heads.get(head.id);
        if (now && now.version === head.version) guess(head, {});
        toast(problemText(error, t, failed));
        return false;
      }
    };
    const latest = (head: ContactHead) => useHeads.getState().heads.get(head.id) ?? head;
    const assign = async (head: ContactHead, to: string | null, quiet = false) => {
      if (head.assignee === to) return;
      const before = head.assignee;
      const done = await run(head, `conversations/${head.id}/assign`, { user_id: to }, { assignee: to }, "assign.failed");
      if (!done || quiet) return;
      const name = user(to)?.name;
      toast({ text: to === null ? t("assign.undone") : t("assign.done", { name: name ?? "" }), undo: () => void assign(latest(head), before, true) });
    };
    const open = async (head: ContactHead, quiet = false) => {
      const done = await run(head, `conversations/${head.id}/open`, undefined, { status: "open" }, "open.failed");
      if (done && !quiet) toast(t("open.done"));
    };
    const close = async (head: ContactHead, note: ClosingNote) => {
      const done = await run(head, `conversations/${head.id}/close`, note, { status: "closed", conversation: null }, "close.failed");
      if (done) toast({ text: t("close.done"), undo: () => void open(latest(head), true) });
    };
    const block = async (head: ContactHead, blocked: boolean, quiet = false) => {
      const done = await run(head, `contacts/${head.id}/${blocked ? "block" : "unblock"}`, undefined, { blocked }, "block.failed");
      if (done && !quiet) toast({ text: t(blocked ? "block.done" : "block.undone"), undo: () => void block(latest(head), !blocked, true) });
    };
    return {
      assign: (head, to) => void assign(head, to),
      open: (head) => void open(head),
      close: (head, note) => void close(head, note),
      block: (head, blocked) => void block(head, blocked),
      markUnread: (head) => {
        void run(head, `contacts/${head.id}/unread`, undefined, { unread: Math.max(1, head.unread) }, "unread.failed").then((done) => done && toast(t("unread.done")));
      },
      markRead: (id, opened) => {
        request<{ head: ContactHead }>("POST", `contacts/${id}/read${opened ? "?opened=1" : ""}`).then(({ head }) => takeHeads([head]), () => undefined);
      },
    };
  }, [request, takeHeads, toast, t, user]);
}
