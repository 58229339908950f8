#!/usr/bin/env node
// `npx feedmill …` in a checkout, under any Node from 18 on: the same as `npm run feedmill -- …`.
process.argv.splice(2, 0, 'cli/src/main.ts');
await import('../bootstrap.mjs');
