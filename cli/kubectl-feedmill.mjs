#!/usr/bin/env node
// `kubectl feedmill …`, where this file is on the PATH: the same as `feedmill kube …`.
process.argv.splice(2, 0, 'cli/src/main.ts', 'kube');
await import('../bootstrap.mjs');
