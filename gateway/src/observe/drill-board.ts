import { Value } from 'typebox/value';
import { type DrillReport, DrillReportSchema } from './drill-report.ts';

/** The newest JSON files of a folder, by name; a file that cannot be read, or is too long: ''. */
export type ReadNewest = (
  folder: string,
  bounds: { readonly filesMax: number; readonly bytesMax: number },
) => Promise<readonly string[]>;

export interface DrillBoardOptions {
  readonly readNewest: ReadNewest;
  /** Empty: none is kept. */
  readonly folder: string;
  readonly filesMax: number;
  readonly bytesMax: number;
}

export interface DrillReports {
  /** Newest first. */
  readonly reports: readonly DrillReport[];
  /** Files beside them that hold no report. */
  readonly unreadable: number;
}

/** What the drills of this folder found, read anew whenever somebody asks. */
export class DrillBoard {
  readonly #options: DrillBoardOptions;

  constructor(options: DrillBoardOptions) {
    this.#options = options;
  }

  async read(): Promise<DrillReports> {
    const { readNewest, folder, ...bounds } = this.#options;
    if (folder === '') return { reports: [], unreadable: 0 };
    const texts = await readNewest(folder, bounds);
    const reports = texts.map(reportOf).filter((report) => report !== undefined);
    return {
      reports: reports.sort((one, other) => other.startedMs - one.startedMs),
      unreadable: texts.length - reports.length,
    };
  }
}

function reportOf(text: string): DrillReport | undefined {
  try {
    const content: unknown = JSON.parse(text);
    return Value.Check(DrillReportSchema, content) ? content : undefined;
  } catch {
    return undefined;
  }
}
