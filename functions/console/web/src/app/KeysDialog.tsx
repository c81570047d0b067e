import { useWords } from "../i18n";
import { Dialog } from "../ui/Dialog";

const KEYS: [string[], string][] = [
  [[/Mac|iPhone|iPad/.test(navigator.userAgent) ? "⌘ K" : "Ctrl K"], "keys.palette"],
  [["J", "K"], "keys.next"], [["R"], "keys.reply"], [["N"], "keys.comment"], [["A"], "keys.assign"], [["E"], "keys.close"],
  [["U"], "keys.unread"], [["/"], "keys.search"], [["C"], "keys.new"], [["?"], "keys.help"],
];

export function KeysDialog({ open, onClose }: { open: boolean; onClose: () => void }) {
  const { t } = useWords();
  return (
    <Dialog title={t("keys.title")} open={open} onClose={onClose}>
      <dl className="keys">
        {KEYS.map(([keys, words]) => (
          <div key={words}><dt>{t(words)}</dt><dd className="ui-keys">{keys.map((one) => <kbd key={one}>{one}</kbd>)}</dd></div>
        ))}
      </dl>
    </Dialog>
  );
}
