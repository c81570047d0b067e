import type { MessageState } from "./model";
import { useHost } from "./host";

const LINE = { fill: "none", stroke: "currentColor", strokeWidth: 1.5, strokeLinecap: "round", strokeLinejoin: "round" } as const;

function Shape({ state }: { state: MessageState }) {
  switch (state) {
    case "pending":
      return (<><circle cx="7" cy="7" r="5" {...LINE} /><path d="M7 4.2V7l1.8 1.2" {...LINE} /></>);
    case "sent":
      return <path d="m3 7.4 2.8 2.8L11 4.6" {...LINE} />;
    case "failed":
      return (<><circle cx="7" cy="7" r="5.2" {...LINE} /><path d="M7 4.2v3.2M7 9.6v.2" {...LINE} /></>);
    case "ambiguous":
      // A broken ring with a question, never a tick: nobody knows whether it arrived.
      return (<><circle cx="7" cy="7" r="5.2" {...LINE} strokeDasharray="2.6 2.2" /><path d="M5.6 5.6a1.5 1.5 0 1 1 2 1.5c-.4.2-.6.5-.6.9M7 9.8v.1" {...LINE} /></>);
    default:
      return <path d="m1.4 7.4 2.8 2.8 5-5.6M7 9.6l.6.6 5-5.6" {...LINE} />;
  }
}

/** How far a message of ours has come; `channel` tells what its provider will never say. */
export function Ticks({ state, channel }: { state: MessageState; channel?: string | undefined }) {
  const { t, channels } = useHost();
  const told = channels.find((one) => one.id === channel)?.capabilities.statuses;
  const silent = told && ((state === "sent" && !told.includes("delivered") && !told.includes("read") && "state.sent_not_delivered")
    || ((state === "sent" || state === "delivered") && !told.includes("read") && "state.sent_not_read"));
  const plain = t(`state.${state}`);
  const label = silent ? t(silent, { state: plain }) : plain;
  return (
    <span className={`cv-ticks cv-ticks-${state}`} role="img" aria-label={label} title={label}>
      <svg width="14" height="14" viewBox="0 0 14 14" aria-hidden="true"><Shape state={state} /></svg>
    </span>
  );
}
