import vue from "@vitejs/plugin-vue";
import { defineConfig } from "vitest/config";

const backend = process.env.GRIDMAP_BACKEND ?? "http://127.0.0.1:8000";
const proxied = ["/api", "/tiles", "/healthz", "/readyz"];

export default defineConfig({
  plugins: [vue()],
  worker: { format: "es" },
  build: {
    target: "es2022",
    // MapLibre alone is larger than Vite's default warning size.
    chunkSizeWarningLimit: 1200,
  },
  server: { proxy: Object.fromEntries(proxied.map((path) => [path, backend])) },
  test: { environment: "happy-dom", include: ["src/**/*.test.ts"] },
});
