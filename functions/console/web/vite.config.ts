import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";

/** `npm run dev:fake`: the page answers its own requests. Of no effect on a build. */
const fake = {
  name: "fake-api",
  apply: (_: unknown, { command, mode }: { command: string; mode: string }) => command === "serve" && mode === "fake",
  transformIndexHtml: () => [{ tag: "script", attrs: { type: "module", src: "/src/testing/fake-api.ts" }, injectTo: "head" as const }],
};

const target = process.env["COLIBRI_ORIGIN"] ?? "http://127.0.0.1:4600";

export default defineConfig({
  plugins: [react(), fake],
  build: { target: "es2022", assetsInlineLimit: 0, sourcemap: false, chunkSizeWarningLimit: 700, modulePreload: { polyfill: false } },
  server: {
    // The settings show the chat widget from its own sources.
    fs: { allow: [".", "../../webchat/widget/src"] },
    proxy: Object.fromEntries(["/console", "/session", "/me", "/app-config.json"].map((path) => [path, { target, changeOrigin: true }])),
  },
  // A busy machine is slow, not wrong.
  test: { environment: "happy-dom", include: ["src/**/*.test.{ts,tsx}"], testTimeout: 30_000 },
});
