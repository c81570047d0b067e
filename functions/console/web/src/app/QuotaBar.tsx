import { TriangleAlert } from "lucide-react";
import { useWords } from "../i18n";
import { ICON } from "../ui/icon";
import { useWorkspace } from "./workspace";

/** From 90 % of the plan's contacts: how many are used, and what happens at the end. */
export function QuotaBar({ hidden }: { hidden: boolean }) {
  const { t, number } = useWords();
  const { used, limit } = useWorkspace().quota;
  if (hidden || limit <= 0 || used < limit * 0.9) return null;
  return (
    <p className="quota" data-full={used >= limit || undefined} role="status">
      <TriangleAlert {...ICON} /><span>{t(used >= limit ? "quota.full" : "quota.bar", { used: number(used), limit: number(limit) })}</span>
    </p>
  );
}
