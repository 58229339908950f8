/**
 * What has been done to volumes that no program can undo: it has to be found out, and a worker may
 * refuse to start because of it.
 */
export class Damage {
  readonly #byVolume = new Map<string, string[]>();
  readonly #syncErrors = new Map<string, number>();
  /** Volumes whose journal was given up, as the runbook says. */
  readonly givenUp = new Set<string>();

  note(volume: string, what: string): void {
    this.#byVolume.set(volume, [...this.of(volume), what]);
  }

  of(volume: string): readonly string[] {
    return this.#byVolume.get(volume) ?? [];
  }

  /** Nothing is left of what was damaged. */
  forget(volume: string): void {
    this.#byVolume.delete(volume);
  }

  noteSyncError(volume: string): void {
    this.#syncErrors.set(volume, this.syncErrors(volume) + 1);
  }

  syncErrors(volume: string): number {
    return this.#syncErrors.get(volume) ?? 0;
  }
}
