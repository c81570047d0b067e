/** Passes what the socket brings to whoever shows it. */
export class Signal<A extends unknown[]> {
  private readonly listeners = new Set<(...args: A) => void>();

  readonly on = (listener: (...args: A) => void): (() => void) => {
    this.listeners.add(listener);
    return () => {
      this.listeners.delete(listener);
    };
  };

  emit(...args: A): void {
    [...this.listeners].forEach((listener) => listener(...args));
  }
}

/** Calls once after things have been quiet, and at least every `most` milliseconds. */
export function debounced(run: () => void, quiet: number, most: number): { call: () => void; stop: () => void } {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let since: number | undefined;
  const fire = () => {
    timer = undefined;
    since = undefined;
    run();
  };
  return {
    call: () => {
      since ??= Date.now();
      clearTimeout(timer);
      timer = setTimeout(fire, Math.max(0, Math.min(quiet, since + most - Date.now())));
    },
    stop: () => clearTimeout(timer),
  };
}
