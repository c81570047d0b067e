/** Who else writes to a contact right now. */
import { useEffect, useState } from "react";
import { useHost } from "./host";
import { nameOfUser } from "./words";

/** Screens tell at most every three seconds: after two missed ones nobody types any more. */
const SHOWN_MS = 7_000;

/** The words for it, or nothing. Who has just written does not type. */
export function useTyping(contact: number, contactName: string): string {
  const { onTyping, onItem, users, me, t } = useHost();
  const [typing, setTyping] = useState<ReadonlyMap<string, number>>(new Map());
  useEffect(() => {
    const drop = (gone: (user: string, until: number) => boolean) =>
      setTyping((held) => ([...held].some(([user, until]) => gone(user, until)) ? new Map([...held].filter(([user, until]) => !gone(user, until))) : held));
    const stopTyping = onTyping((about, user) => {
      if (about !== contact || user === me) return;
      setTyping((held) => new Map(held).set(user ?? "", Date.now() + SHOWN_MS));
    });
    const stopItems = onItem((about, item) => {
      const { traffic, sender } = item as { traffic?: string; sender?: { user_id?: string } };
      if (about === contact && traffic) drop((user) => user === (traffic === "incoming" ? "" : sender?.user_id));
    });
    const timer = setInterval(() => drop((_, until) => until <= Date.now()), 1_000);
    return () => {
      stopTyping();
      stopItems();
      clearInterval(timer);
    };
  }, [contact, me, onTyping, onItem]);
  const names = [...typing.keys()].map((user) => (user === "" ? contactName : nameOfUser(users, user, t)).split(" ")[0] ?? "");
  if (names.length === 0) return "";
  return names.length === 1 ? t("thread.typing", { name: names[0] ?? "" }) : t("thread.typing_many", { count: names.length });
}
