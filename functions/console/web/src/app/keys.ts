import { useEffect, useRef } from "react";

/** Whether a key belongs to something one writes in. */
export function writes(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName));
}

type Keys = Record<string, (() => void) | undefined>;
const shown = new Set<{ current: Keys }>();

/** What a plain key would do now, on the screens that are shown. */
export function keyAction(key: string): (() => void) | undefined {
  return [...shown].map((one) => one.current[key]).findLast((run) => run !== undefined);
}

/** Single keys without modifiers; silent while one writes or while a dialog or a menu is open. */
export function usePlainKeys(keys: Keys): void {
  const latest = useRef(keys);
  latest.current = keys;
  useEffect(() => {
    const press = (event: KeyboardEvent) => {
      if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || writes(event.target)) return;
      if (document.querySelector('[role="dialog"][data-state="open"], [role="menu"]')) return;
      const run = latest.current[event.key.length === 1 ? event.key.toLowerCase() : event.key];
      if (!run) return;
      event.preventDefault();
      run();
    };
    addEventListener("keydown", press);
    shown.add(latest);
    return () => {
      removeEventListener("keydown", press);
      shown.delete(latest);
    };
  }, []);
}
