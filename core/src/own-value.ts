/**
 * What a record holds under a name that came from outside. Every object also answers to words of
 * JavaScript's own, and producers may be called `constructor`.
 */
export const ownValue = <T>(record: Readonly<Record<string, T>>, name: string): T | undefined =>
  Object.hasOwn(record, name) ? record[name] : undefined;
