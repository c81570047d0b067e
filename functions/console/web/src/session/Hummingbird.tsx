/** The mark; the only iridescence of the console. */
export function Hummingbird() {
  return (
    <svg className="session-mark" viewBox="0 0 64 64" width="64" height="64" role="img" aria-label="Colibri">
      <defs>
        <linearGradient id="throat" x1="0" y1="0" x2="1" y2="1">
          <stop offset="0" className="throat-a" /><stop offset=".45" className="throat-b" /><stop offset=".8" className="throat-c" /><stop offset="1" className="throat-d" />
        </linearGradient>
      </defs>
      {/* Wing, tail, body with its long bill, and the eye. */}
      <path fill="url(#throat)" opacity=".72" d="M26 31C20 24 12 12 11 3c10 3 21 12 25 22z" />
      <path fill="url(#throat)" d="M31 27C29 17 33 8 40 2c4 8 4 17-1 25z" opacity=".88" />
      <path fill="url(#throat)" d="M62.5 19.2 47.3 22.4c-1.3-4.6-7.4-6.1-11.3-2.2-3.4 3.4-9.5 6.8-12.4 12.6-2.7 5.4-6.6 10.3-15.6 19.2 7.4-1.5 12.3-3.7 15.7-6.3l-2.4 10.3c4.4-4.2 7.2-8.6 9.3-12.9 8.9-2.5 15.8-9.7 16.9-17.6z" />
      <circle className="session-eye" cx="42" cy="22.5" r="1.3" />
    </svg>
  );
}
