import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";

const target = process.env["COLIBRI_ORIGIN"] ?? "http://127.0.0.1:4600";

export default defineConfig({
  plugins: [react()],
  build: { target: "es2022", assetsInlineLimit: 0, sourcemap: false, chunkSizeWarningLimit: 700, modulePreload: { polyfill: false } },
  server: {
    proxy: Object.fromEntries(["/console", "/session", "/me", "/app-config.json"].map((path) => [path, { target, changeOrigin: true }])),
  },
  test: { environment: "happy-dom", include: ["src/**/*.test.{ts,tsx}"] },
});
