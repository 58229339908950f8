import type { TrainingOptions } from './train-linear.ts';

/** Chosen by cross-validation within the four fifths that are trained on. */
export const TRAINING_OPTIONS: TrainingOptions = {
  bits: 17,
  passes: 6,
  learningRate: 0.2,
  regularisation: 0.0001,
  seed: 1,
};
