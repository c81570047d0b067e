import { useEffect, useMemo, useRef, useState } from "react";
import { useHost } from "../thread/host";
import { Drafts } from "./drafts";

/** What is being written to a contact; kept shortly after each change, and when one leaves. */
export function useDraft(contact: number) {
  const { me, workspace } = useHost();
  const drafts = useMemo(() => new Drafts(localStorage, me, workspace), [me, workspace]);
  const [draft, setDraft] = useState(() => drafts.load(contact));
  const latest = useRef(draft);
  latest.current = draft;
  useEffect(() => {
    const timer = setTimeout(() => drafts.save(contact, draft), 400);
    return () => clearTimeout(timer);
  }, [draft, drafts, contact]);
  useEffect(() => () => drafts.save(contact, latest.current), [drafts, contact]);
  return [draft, setDraft] as const;
}
