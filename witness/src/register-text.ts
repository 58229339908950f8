import { asEpoch } from '@feedmill/core/brand';
import type { Register } from '@feedmill/core/region/register';
import Type from 'typebox';
import Value from 'typebox/value';

const Count = Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER });
const Name = Type.String({ minLength: 1 });

const RegisterSchema = Type.Object({
  format: Type.Literal(1),
  version: Count,
  epoch: Count,
  primary: Name,
  standby: Name,
  inSync: Type.Boolean(),
  baseEpoch: Count,
  forcedEpoch: Count,
});

/** A register as JSON, in one line. */
export const registerText = (register: Register): string =>
  JSON.stringify({ format: 1, ...register });

/** Undefined for what is not a register that this version knows. */
export function parseRegister(text: string): Register | undefined {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (!Value.Check(RegisterSchema, parsed)) return undefined;
  const { version, epoch, primary, standby, inSync, baseEpoch, forcedEpoch } = parsed;
  return {
    version,
    epoch: asEpoch(epoch),
    primary,
    standby,
    inSync,
    baseEpoch: asEpoch(baseEpoch),
    forcedEpoch: asEpoch(forcedEpoch),
  };
}
