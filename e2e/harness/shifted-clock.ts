// Loaded before a program (node --import …/shifted-clock.ts?ms=3600000): its wall clock goes wrong
// by so much. Its monotonic clock does not.
const shiftMs = Number(new URL(import.meta.url).searchParams.get('ms'));
const trueNow = Date.now.bind(Date);
Date.now = () => trueNow() + shiftMs;
