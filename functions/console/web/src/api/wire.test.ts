/** The shapes that the console uses against those that the API says it sends: a difference is an error of the type check. */
import { expect, test } from "vitest";
import type { components } from "./schema";
import type * as own from "./types";
import type * as model from "../thread/model";

type Schemas = components["schemas"];

/** Names and kinds only: whether an absent value is left out or null is the reader's to bear. */
type Plain<T> = T extends string | number | boolean ? T : T extends readonly (infer U)[] ? Plain<U>[] : T extends object ? { [K in keyof T]-?: Plain<Exclude<T[K], null | undefined>> } : T;

/** The keys of `Used` that the API does not send, or sends as something else. */
type Differs<Used, Sent> = { [K in keyof Used]-?: K extends keyof Sent ? (Plain<Exclude<Sent[K], null | undefined>> extends Plain<Exclude<Used[K], null | undefined>> ? never : K) : K }[keyof Used];

/** `Differs` with what is known to be absent. */
type Same<Used, Sent, Absent = never> = [Exclude<Differs<Used, Sent>, Absent>] extends [never] ? true : Exclude<Differs<Used, Sent>, Absent>;

const head: Same<own.ContactHead, Schemas["ContactHead"], "avatar_url"> = true;
const channel: Same<own.Channel, Schemas["ChannelView"]> = true;
const contactChannel: Same<model.ContactChannel, Schemas["ContactChannelView"]> = true;
const bundle: Same<own.WorkspaceBundle, Schemas["WorkspaceBundle"]> = true;
const me: Same<own.Me, Schemas["Me"]> = true;
const counts: Same<own.InboxCounts, Schemas["InboxCounts"]> = true;
const profile: Same<own.Profile, Schemas["Profile"]> = true;
// Its components are a union there and one shape with absent parts here.
const template: Same<model.Template, Schemas["Template"], "components"> = true;
const file: Same<model.FileRef, Schemas["FileRef"]> = true;

test("the console and the API speak of the same things", () => {
  expect([head, channel, contactChannel, bundle, me, counts, profile, template, file]).not.toContain(false);
});
