/** Which channel an answer goes over, and what stands against writing freely. */
import type { Channel, ContactChannel, ContactHead } from "../thread/model";
import type { ClosedReason } from "./ClosedPanel";

/** The channel that was last written on, of those that still exist. */
export function defaultChannel(channels: readonly ContactChannel[]): ContactChannel | undefined {
  const last = (one: ContactChannel) => Math.max(one.last_message_at ?? 0, one.last_inbound_at ?? 0, one.connected_at);
  return [...channels].sort((a, b) => last(b) - last(a))[0];
}

/** The channel over which somebody without an identity may be written to first: by their phone number. */
export function firstChannel(head: ContactHead, channels: readonly Channel[]): Channel | undefined {
  return head.phone && head.channels.length === 0 ? channels.find((one) => one.state === "connected" && one.capabilities.starts_first) : undefined;
}

/** Why nothing can be written freely, if so. */
export function closedReason(head: ContactHead, contactChannel: ContactChannel | undefined, channel: Channel | undefined, open: boolean, canReply: boolean): ClosedReason | undefined {
  if (!canReply) return "permission";
  if (head.blocked) return "blocked";
  if (!contactChannel) return channel ? "never" : "no_channel";
  if (!channel || channel.state === "disconnected") return "disconnected";
  if (!open) return contactChannel.last_inbound_at === undefined && contactChannel.window_closes_at === undefined ? "never" : "window";
  return undefined;
}
