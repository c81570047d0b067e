/** The host of conversations within the console: its session, workspace and words. */
import { ApiError } from "../api/client";
import type { WorkspaceBundle } from "../api/types";
import type { Words } from "../i18n";
import { conversationApi, type Request } from "./api";
import type { ApiRefusal, ConversationHost } from "./host";

export interface ConsoleParts extends Pick<ConversationHost, "onItem" | "onReconnect" | "onTyping" | "typing" | "updateHead" | "toast"> {
  /** Sends requests below the workspace's address. */
  request: Request;
  bundle: WorkspaceBundle;
  words: Words;
}

/** The right that lets somebody answer. */
const SEND = "message_send";

/** Of a refusal that names fields, the first field's code says most. */
function refusalOf(error: unknown): ApiRefusal {
  if (!(error instanceof ApiError)) return { status: 400, code: "unknown" };
  const general = error.code === "content_refused" || error.code === "invalid_request";
  const field = general ? error.errors[0] : undefined;
  return { status: error.status, code: field?.code ?? error.code, detail: field?.detail ?? error.detail };
}

export function consoleHost({ request, bundle, words, ...rest }: ConsoleParts): ConversationHost {
  const { workspace, me, users, channels } = bundle;
  return {
    t: words.t,
    locale: words.region,
    zone: workspace.timezone,
    workspace: workspace.id,
    me: me.user_id,
    canReply: me.rights.includes(SEND),
    users,
    channels,
    api: conversationApi(request),
    refusalOf,
    ...rest,
  };
}
