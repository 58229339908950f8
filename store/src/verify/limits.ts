/** Ranges and sequences that a report names; the counts are exact whatever their number. */
export const NAMED_FAULTS_MAX = 100;

/** Memory for the sort of one verification: ten million events take two passes with it. */
export const VERIFY_WORK_MEM = '256MB';
