import { defineConfig } from 'vite';

export default defineConfig({
  // Relative, so that the page also works behind a path of a proxy.
  base: './',
  build: {
    target: 'es2022',
    // The policy of the page allows files of its own host and nothing inline.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    sourcemap: false,
  },
});
