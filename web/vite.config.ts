import { svelte } from '@sveltejs/vite-plugin-svelte'
import { defineConfig } from 'vite'

// What is built goes into the package, so that the wheel carries it. Nothing is inlined: the content policy
// of the server allows no inline script and no data: font.
export default defineConfig({
  plugins: [svelte()],
  build: {
    outDir: '../src/beffroi/console/web',
    emptyOutDir: true,
    target: 'es2022',
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
  worker: { format: 'es' },
  server: { proxy: { '/api': { target: 'http://127.0.0.1:8470', ws: true } } },
})
