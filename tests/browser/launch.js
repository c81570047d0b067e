// The browser that all tests share.

import { mkdirSync } from "node:fs";
import { chromium } from "playwright-core";

/** Where screenshots go; never committed. */
export const SHOTS = new URL("screenshots/", import.meta.url);

export function launch() {
  mkdirSync(SHOTS, { recursive: true });
  // The sandbox of Chromium does not start for root, which containers and CI run as.
  const args = process.getuid?.() === 0 ? ["--no-sandbox"] : [];
  return chromium.launch({ executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", args });
}
