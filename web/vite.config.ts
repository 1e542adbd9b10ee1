import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig } from 'vite';

// `npm run dev` shows the viewer from source beside a running server: FIREMAP_URL=http://localhost:8080 npm run dev
const server = process.env.FIREMAP_URL ?? 'http://localhost:8080';

export default defineConfig({
  base: './',
  plugins: [svelte()],
  build: { target: 'es2022', chunkSizeWarningLimit: 1200, assetsInlineLimit: 0 },
  server: { proxy: Object.fromEntries(['/api', '/tiles', '/sprite', '/style.json'].map((path) => [path, { target: server }])) },
});
