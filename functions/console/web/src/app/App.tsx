import { CloudOff, TriangleAlert, UserRoundX } from "lucide-react";
import { lazy, Suspense, useEffect, useState } from "react";
import { Redirect, Route, Switch, useLocation } from "wouter";
import { ApiClient, ApiError } from "../api/client";
import { seesBilling } from "../billing/model";
import { useWords, WordsProvider } from "../i18n";
import { Inbox } from "../inbox/Inbox";
import { SessionPages } from "../session/SessionPages";
import { Button } from "../ui/Button";
import { EmptyState } from "../ui/State";
import { TipProvider } from "../ui/Tip";
import { ToastProvider } from "../ui/Toast";
import { ErrorBoundary } from "./ErrorBoundary";
import { followSystemTheme, remembered, usePreferences } from "./preferences";
import { SessionProvider, useSession } from "./session";
import { Shell } from "./Shell";
import { useWorkspace, WorkspaceProvider } from "./workspace";

const JoinPage = lazy(() => import("../session/JoinPage"));
const SignUpPage = lazy(() => import("../session/SignUpPage"));
const ContactsPage = lazy(() => import("../contacts/ContactsPage"));
const BillingPage = lazy(() => import("../billing/BillingPage"));
const Settings = lazy(() => import("../settings/Settings"));

export function App() {
  const [client] = useState(() => new ApiClient());
  const locale = usePreferences((state) => state.locale);
  useEffect(followSystemTheme, []);
  return (
    <WordsProvider locale={locale}>
      <TipProvider delayDuration={400} skipDelayDuration={200}>
        <ErrorBoundary fallback={() => <Broken />}>
          <SessionProvider client={client}><Pages /></SessionProvider>
        </ErrorBoundary>
      </TipProvider>
    </WordsProvider>
  );
}

function Broken() {
  const { t } = useWords();
  return <EmptyState icon={TriangleAlert} text={t("app.failed")} alert><Button onClick={() => location.reload()}>{t("app.reload")}</Button></EmptyState>;
}

function Pages() {
  const { t } = useWords();
  const session = useSession();
  const [path] = useLocation();
  if (session.state === "starting") return null;
  if (session.state === "unreachable") {
    return <EmptyState icon={CloudOff} text={t("session.unreachable")} alert><Button onClick={session.restart}>{t("app.retry")}</Button></EmptyState>;
  }
  if (path === "/join" || path === "/sign-up") return <Suspense fallback={null}>{path === "/join" ? <JoinPage /> : <SignUpPage />}</Suspense>;
  if (session.state === "out") {
    if (path !== "/sign-in") return <Redirect to={path === "/" ? "/sign-in" : `/sign-in?to=${encodeURIComponent(path + (path.startsWith("/settings/") ? location.search : ""))}`} replace />;
    return <SessionPages />;
  }
  return (
    <Switch>
      <Route path="/w/:ws" nest>{({ ws }) => <InWorkspace key={ws} id={ws} />}</Route>
      <Route><Home /></Route>
    </Switch>
  );
}

/** Where a signed-in person begins: the page asked for, else the last workspace. */
function Home() {
  const { t } = useWords();
  const { me, signOut } = useSession();
  const asked = new URLSearchParams(location.search).get("to");
  const wanted = asked ?? location.pathname + location.search;
  if (asked && /^\/w\/[\w-]+(\/|$)/.test(asked)) return <Redirect to={asked} replace />;
  const known = me?.workspaces ?? [];
  const last = known.find((one) => one.id === remembered("workspace")) ?? known[0];
  // Mails lead to a page of the organization, whichever workspace it is opened in.
  if (last && /^\/settings\/billing(\?|$)/.test(wanted)) return <Redirect to={`/w/${last.id}${wanted}`} replace />;
  if (last) return <Redirect to={`/w/${last.id}/inbox/all`} replace />;
  if (seesBilling(me?.user.organization_role)) return <PayerHome />;
  return <EmptyState icon={UserRoundX} text={t("session.no_workspace")}><Button onClick={() => void signOut()}>{t("account.sign_out")}</Button></EmptyState>;
}

/** Who pays and works in no workspace has the subscription, and nothing else. */
function PayerHome() {
  const { t } = useWords();
  const { signOut } = useSession();
  return (
    <ToastProvider>
      <main className="settings-page payer-home">
        <div className="settings-column">
          <Suspense fallback={null}><BillingPage /></Suspense>
          <p><Button tone="quiet" onClick={() => void signOut()}>{t("account.sign_out")}</Button></p>
        </div>
      </main>
    </ToastProvider>
  );
}

function InWorkspace({ id }: { id: string }) {
  const { t } = useWords();
  const failed = (error: unknown, retry: () => void) => {
    const unknown = error instanceof ApiError && (error.status === 404 || error.status === 403);
    return (
      <EmptyState icon={unknown ? UserRoundX : CloudOff} text={t(unknown ? "error.not_found" : "error.unavailable")} alert>
        {unknown ? <Button onClick={() => location.assign("/")}>{t("app.back")}</Button> : <Button onClick={retry}>{t("app.retry")}</Button>}
      </EmptyState>
    );
  };
  return <WorkspaceProvider id={id} waiting={null} failed={failed}><Screens /></WorkspaceProvider>;
}

function Screens() {
  const { t } = useWords();
  const locale = usePreferences((state) => state.locale);
  const { workspace } = useWorkspace();
  return (
    <WordsProvider locale={locale} zone={workspace.timezone}>
      <ToastProvider>
        <Shell>
          <ErrorBoundary fallback={(again) => <EmptyState icon={TriangleAlert} text={t("app.failed")} alert><Button onClick={again}>{t("app.retry")}</Button></EmptyState>}>
            <Suspense fallback={null}>
              <Switch>
                <Route path="/inbox/:inbox/:contact?">{({ inbox, contact }) => <Inbox inbox={inbox} contact={contact === undefined ? undefined : Number(contact)} />}</Route>
                <Route path="/contacts/:view?">{({ view }) => <ContactsPage view={view} />}</Route>
                <Route path="/settings/:page?/:id?">{({ page, id }) => <Settings page={page} id={id} />}</Route>
                <Route><Redirect to="/inbox/all" replace /></Route>
              </Switch>
            </Suspense>
          </ErrorBoundary>
        </Shell>
      </ToastProvider>
    </WordsProvider>
  );
}
