import { createHash } from 'node:crypto';
import Type, { type Static } from 'typebox';
import Value from 'typebox/value';
import { FeedmillError } from '../errors.ts';
import { FEATURES_VERSION } from './linear-features.ts';
import { CLASSES, type LinearWeights } from './linear-model.ts';

const FORMAT_VERSION = 1;
const VERSION_HEX_DIGITS = 12;

const ModelFileSchema = Type.Object({
  format: Type.Literal(FORMAT_VERSION),
  id: Type.String({ minLength: 1, maxLength: 64 }),
  version: Type.String({ minLength: 1, maxLength: 64 }),
  /** Which way of taking a headline apart the weights were trained for. */
  features: Type.Integer(),
  bits: Type.Integer({ minimum: 8, maximum: 22 }),
  scale: Type.Number({ exclusiveMinimum: 0 }),
  biases: Type.Array(Type.Number(), { minItems: CLASSES.length, maxItems: CLASSES.length }),
  weightsSha256: Type.String({ pattern: '^[0-9a-f]{64}$' }),
  /** Where the weights come from, for people. */
  provenance: Type.Record(Type.String(), Type.Unknown()),
});

/** What stands in `model.json` beside the weights. */
export type LinearModelFile = Static<typeof ModelFileSchema>;

const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

/** The description of a model. Its version follows from everything that scores depend on. */
export function describeLinearModel(
  id: string,
  model: Omit<LinearWeights, 'id' | 'version'>,
  provenance: Record<string, unknown>,
): LinearModelFile {
  const { bits, scale, biases, weights } = model;
  const weightsSha256 = sha256(asBytes(weights));
  const all = JSON.stringify([FEATURES_VERSION, bits, scale, biases, weightsSha256]);
  const version = sha256(Buffer.from(all)).slice(0, VERSION_HEX_DIGITS);
  return {
    format: FORMAT_VERSION,
    id,
    version,
    features: FEATURES_VERSION,
    bits,
    scale,
    biases: [...biases],
    weightsSha256,
    provenance,
  };
}

/**
 * The model that a description and its weights make.
 *
 * @param where both stand, for messages
 * @throws FeedmillError CONFIG_INVALID
 */
export function readLinearModel(
  description: unknown,
  weights: Uint8Array,
  where: string,
): LinearWeights {
  const invalid = (why: string): FeedmillError =>
    new FeedmillError('CONFIG_INVALID', `The sentiment model in ${where} cannot be used: ${why}.`);
  if (!Value.Check(ModelFileSchema, description)) {
    const [fault] = Value.Errors(ModelFileSchema, description);
    throw invalid(`model.json${fault?.instancePath ?? ''} ${fault?.message ?? 'is broken'}`);
  }
  if (description.features !== FEATURES_VERSION) {
    throw invalid(
      `it was trained for features ${description.features}, this version has ` +
        `${FEATURES_VERSION}; train it again`,
    );
  }
  const expectedBytes = 2 ** description.bits * CLASSES.length;
  if (weights.length !== expectedBytes || sha256(weights) !== description.weightsSha256) {
    throw invalid(
      `weights.bin has ${weights.length} bytes with SHA-256 ${sha256(weights)}; ${expectedBytes} ` +
        `with ${description.weightsSha256} are described`,
    );
  }
  const { id, version, bits, scale, biases } = description;
  const { buffer, byteOffset, byteLength } = weights;
  return {
    id,
    version,
    bits,
    scale,
    biases,
    weights: new Int8Array(buffer, byteOffset, byteLength),
  };
}

const asBytes = ({ buffer, byteOffset, byteLength }: Int8Array): Uint8Array =>
  new Uint8Array(buffer, byteOffset, byteLength);
