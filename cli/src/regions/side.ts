/** The two regions of this machine. */
export type Side = 'east' | 'west';

export const SIDES: readonly [Side, Side] = ['east', 'west'];

export const otherSide = (side: Side): Side => (side === 'east' ? 'west' : 'east');
