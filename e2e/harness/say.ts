/** One line of a test for whoever reads its output. */
export function say(line: string): void {
  process.stderr.write(`${line}\n`);
}
