/** The mark; the only iridescence of the console. */
export function Hummingbird() {
  return (
    <svg className="session-mark" viewBox="0 0 32 32" width="56" height="56" role="img" aria-label="Colibri">
      <defs>
        <linearGradient id="throat" x1="0" y1="0" x2="1" y2="1">
          <stop offset="0" className="throat-a" /><stop offset=".45" className="throat-b" /><stop offset=".8" className="throat-c" /><stop offset="1" className="throat-d" />
        </linearGradient>
      </defs>
      <path fill="url(#throat)" d="M1.5 8.6 12.6 12.8c2.2-2.9 5.1-4.2 8.6-3.8 1.2-1 2.6-1.5 4.2-1.4-.7.6-1 1.3-1 2.1 1.4 4.2-.2 7.9-3.9 10l-1.7 6.3-2.6-4.2-5.4 5.1 1-7.5c-2.7-.9-4.2-2.9-4.5-5.6Z" />
    </svg>
  );
}
