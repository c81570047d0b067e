import { defineConfig } from "vitest/config";
import { fake } from "./fake/plugin.ts";

export default defineConfig({
  plugins: [fake],
  build: {
    target: "es2022", modulePreload: false, reportCompressedSize: false,
    rollupOptions: { input: "src/main.ts", output: { format: "iife", entryFileNames: "widget.js" } },
  },
  test: { environment: "happy-dom", include: ["{src,test}/**/*.test.ts"] },
});
