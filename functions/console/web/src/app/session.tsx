/** Who is signed in. At the start the refresh cookie tells; later the API client does. */
import { createContext, useCallback, useContext, useEffect, useMemo, useState, type ReactNode } from "react";
import { ApiClient } from "../api/client";
import type { Me } from "../api/types";
import { forgetConversations } from "../thread/conversations";
import { usePreferences } from "./preferences";

export interface Session {
  client: ApiClient;
  state: "starting" | "out" | "in" | "unreachable";
  me: Me | undefined;
  /** True when a running session was cut off. */
  ended: boolean;
  /** Reads who is signed in, after signing in or after a change. */
  reload: () => Promise<void>;
  restart: () => void;
  signOut: () => Promise<void>;
  setMe: (me: Me) => void;
}

const SessionContext = createContext<Session | undefined>(undefined);

export function SessionProvider({ client, children }: { client: ApiClient; children: ReactNode }) {
  const [state, setState] = useState<Session["state"]>("starting");
  const [me, setMe] = useState<Me>();
  const [ended, setEnded] = useState(false);

  const take = useCallback((value: Me) => {
    setMe(value);
    const { localeOpen, setLocale } = usePreferences.getState();
    if (localeOpen) setLocale(value.user.locale === "en" ? "en" : "es");
  }, []);
  const reload = useCallback(async () => {
    take(await client.request<Me>("GET", "/me"));
    setEnded(false);
    setState("in");
  }, [client, take]);
  const restart = useCallback(() => {
    setState("starting");
    client.refresh()
      .then(async (signedIn) => (signedIn ? reload() : setState("out")))
      .catch(() => setState("unreachable"));
  }, [client, reload]);
  useEffect(() => {
    client.onEnded = () => {
      forgetConversations(false);
      setEnded(true);
      setMe(undefined);
      setState("out");
    };
    restart();
  }, [client, restart]);
  const signOut = useCallback(async () => {
    await client.signOut();
    forgetConversations(true);
    setEnded(false);
    setMe(undefined);
    setState("out");
  }, [client]);
  const value = useMemo(() => ({ client, state, me, ended, reload, restart, signOut, setMe: take }), [client, state, me, ended, reload, restart, signOut, take]);
  return <SessionContext value={value}>{children}</SessionContext>;
}

export function useSession(): Session {
  const session = useContext(SessionContext);
  if (!session) throw new Error("a session outside of its provider");
  return session;
}
