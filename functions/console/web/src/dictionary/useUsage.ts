import type { Filter } from "../contacts/filter";
import { useCount } from "../contacts/useContacts";
import { useWords } from "../i18n";

/** How many contacts use something, in words; counted only where it is asked for. */
export function useUsage(filter: Filter | undefined, wanted: boolean, key: string): string | undefined {
  const { t } = useWords();
  const count = useCount(filter, wanted && filter !== undefined);
  if (!wanted || !filter) return undefined;
  if (count.failed) return t("usage.failed");
  return count.done || count.matched > 0 ? t(key, { count: count.matched }) : t("usage.counting");
}
