/** One workspace: its settings, its socket, and the requests below its address. */
import { createContext, useCallback, useContext, useEffect, useMemo, useRef, useState, type ReactNode } from "react";
import { ApiError, type Method, type Options } from "../api/client";
import type { ContactHead, Notification, TeamUser, WorkspaceBundle } from "../api/types";
import { debounced, Signal } from "../realtime/hub";
import { Realtime, type Frame } from "../realtime/socket";
import { useHeads } from "../state/heads";
import type { MessageState } from "../thread/model";
import { remember } from "./preferences";
import { useSession } from "./session";

export interface Signals {
  /** Heads that are news. */
  heads: Signal<[ContactHead[]]>;
  item: Signal<[number, unknown]>;
  gone: Signal<[number]>;
  /** Lists have changed in a way that no head tells. */
  hint: Signal<[]>;
  /** Something may have passed unheard: what is shown must be read again. */
  gap: Signal<[]>;
  notification: Signal<[Notification]>;
  /** Somebody types: a user, or without one the contact. */
  typing: Signal<[number, string | undefined]>;
}

export interface WorkspaceValue extends WorkspaceBundle {
  id: string;
  request: <T>(method: Method, path: string, options?: Options) => Promise<T>;
  reload: () => Promise<void>;
  may: (right: string) => boolean;
  user: (id: string | null | undefined) => TeamUser | undefined;
  signals: Signals;
  /** Takes heads that an answer brought. */
  takeHeads: (heads: ContactHead[]) => void;
  view: (contact: number | null) => void;
  /** This person writes to a contact. */
  typing: (contact: number) => void;
  connection: "starting" | "open" | "lost";
}

const WorkspaceContext = createContext<WorkspaceValue | undefined>(undefined);

export function useWorkspace(): WorkspaceValue {
  const value = useContext(WorkspaceContext);
  if (!value) throw new Error("a workspace outside of its provider");
  return value;
}

function makeSignals(): Signals {
  return { heads: new Signal(), item: new Signal(), gone: new Signal(), hint: new Signal(), gap: new Signal(), notification: new Signal(), typing: new Signal() };
}

interface ProviderProps {
  id: string;
  children: ReactNode;
  waiting: ReactNode;
  failed: (error: unknown, retry: () => void) => ReactNode;
}

export function WorkspaceProvider({ id, children, waiting, failed }: ProviderProps) {
  const { client } = useSession();
  const [bundle, setBundle] = useState<WorkspaceBundle>();
  const [error, setError] = useState<unknown>();
  const [connection, setConnection] = useState<WorkspaceValue["connection"]>("starting");
  const [signals] = useState(makeSignals);
  const realtime = useRef<Realtime>(undefined);
  const version = useRef(-1);

  const request = useCallback(<T,>(method: Method, path: string, options?: Options) => client.request<T>(method, `/console/${id}/${path}`, options), [client, id]);
  const reload = useCallback(async () => {
    try {
      const read = await request<WorkspaceBundle>("GET", "workspace");
      version.current = read.version;
      setBundle(read);
      setError(undefined);
    } catch (caught) {
      setError(caught);
    }
  }, [request]);
  const takeHeads = useCallback((heads: ContactHead[]) => {
    const news = useHeads.getState().take(heads);
    if (news.length > 0) signals.heads.emit(news);
  }, [signals]);

  useEffect(() => {
    useHeads.getState().reset();
    void reload();
  }, [reload]);

  useEffect(() => {
    const settings = debounced(() => void reload(), 300, 2000);
    const hint = debounced(() => signals.hint.emit(), 800, 4000);
    const frame = (one: Frame) => {
      if (one.type === "head") takeHeads([one.head as ContactHead]);
      else if (one.type === "item") {
        const item = one.item as { item?: string; id: number; state?: MessageState };
        if (item.item === "message" && item.state) useHeads.getState().progress(one.contact_id, item.id, item.state);
        signals.item.emit(one.contact_id, one.item);
      } else if (one.type === "typing") signals.typing.emit(one.contact_id, one.user_id);
      else if (one.type === "gone") signals.gone.emit(one.contact_id);
      else if (one.type === "hint") hint.call();
      else if (one.type === "notification") signals.notification.emit(one.notification as Notification);
      else if (one.type === "settings" && one.version !== version.current) settings.call();
    };
    const made = new Realtime(() => request("POST", "sockets"), {
      frame,
      open: () => setConnection("open"),
      catchUp: () => signals.gap.emit(),
      lost: () => setConnection("lost"),
    });
    realtime.current = made;
    made.start();
    return () => {
      made.stop();
      settings.stop();
      hint.stop();
      realtime.current = undefined;
    };
  }, [request, reload, signals, takeHeads]);

  const view = useCallback((contact: number | null) => realtime.current?.view(contact), []);
  const typing = useCallback((contact: number) => realtime.current?.typing(contact), []);
  const value = useMemo<WorkspaceValue | undefined>(() => bundle && {
    ...bundle, id, request, reload, signals, takeHeads, view, typing, connection,
    may: (right) => bundle.me.rights.includes(right),
    user: (wanted) => bundle.users.find((one) => one.id === wanted),
  }, [bundle, id, request, reload, signals, takeHeads, view, typing, connection]);

  useEffect(() => {
    if (bundle) remember("workspace", id);
  }, [bundle, id]);
  if (error !== undefined && (!bundle || (error instanceof ApiError && error.status === 403))) return failed(error, () => void reload());
  return value ? <WorkspaceContext value={value}>{children}</WorkspaceContext> : waiting;
}

export { WorkspaceContext };
