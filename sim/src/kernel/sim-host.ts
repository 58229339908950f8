/** A machine: what its processes share, and lose together. */
export class SimHost {
  readonly name: string;
  /** How far its wall clock is off, ms. */
  wallOffsetMs = 0;
  /** How fast its clocks run, against virtual time. */
  clockRate = 1;

  constructor(name: string) {
    this.name = name;
  }
}
