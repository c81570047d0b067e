import { useEffect, useState } from "react";
import type { ConversationHost } from "../thread/host";
import type { ContactChannel } from "../thread/model";
import { countdown, nextChange, windowOf, type WindowState } from "./window";

/** The window of a contact channel, woken only when its words or its state change. */
export function useWindow(channel: ContactChannel | undefined, length: number | undefined): WindowState {
  const [now, setNow] = useState(() => Date.now());
  const state = windowOf(channel ?? {}, channel ? length : undefined, now);
  const left = state.open && state.limited ? state.left : 0;
  useEffect(() => {
    setNow(Date.now());
  }, [channel?.window_closes_at, channel?.last_inbound_at, channel?.id]);
  useEffect(() => {
    if (left <= 0) return undefined;
    const timer = setTimeout(() => setNow(Date.now()), nextChange(left));
    return () => clearTimeout(timer);
  }, [left, now]);
  return state;
}

/** "5 h 12 min" */
export function leftText(left: number, t: ConversationHost["t"]): string {
  const { unit, ...args } = countdown(left);
  return t(`composer.left_${unit}`, args as Record<string, number>);
}
