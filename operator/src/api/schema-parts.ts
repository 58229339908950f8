import Type from 'typebox';

const QUANTITY = '^[0-9]+(\\.[0-9]+)?(Ki|Mi|Gi|Ti|Pi|k|M|G|T|P)?$';

/** An amount of bytes as Kubernetes writes it. */
export const bytesQuantity = (options: Readonly<Record<string, unknown>>) =>
  Type.String({ pattern: QUANTITY, maxLength: 32, ...options });

/** A part of a pod as Kubernetes itself describes it; it is passed on as it is. */
export const podPart = <T extends object>(description: string) =>
  Type.Unsafe<T>({
    type: 'object',
    description,
    'x-kubernetes-preserve-unknown-fields': true,
  });

export const podPartList = <T extends object>(description: string) =>
  Type.Unsafe<readonly T[]>({
    type: 'array',
    description,
    maxItems: 64,
    items: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
  });

/** A key of a Secret in the object's namespace. */
export const secretKey = (key: string, description: string) =>
  Type.Object(
    {
      name: Type.String({ minLength: 1, maxLength: 253, description: 'Name of the Secret.' }),
      key: Type.String({
        minLength: 1,
        maxLength: 253,
        default: key,
        description: 'Key in the Secret.',
      }),
    },
    { description },
  );

/** A rule that the API server checks. It speaks when the expression is false. */
export interface Rule {
  readonly rule: string;
  readonly message: string;
  readonly fieldPath?: string;
  readonly reason?: 'FieldValueInvalid' | 'FieldValueForbidden' | 'FieldValueRequired';
}

export const rules = (...validations: readonly Rule[]) => ({
  'x-kubernetes-validations': validations,
});

export const unchangeable = (field: string, why: string): Rule => ({
  rule: 'self == oldSelf',
  message: `${field} cannot be changed: ${why}`,
  reason: 'FieldValueForbidden',
});

/** The same for a field that need not be there: it cannot come or go either. */
export function unchangeableOptional(name: string, field: string, why: string): Rule {
  const isKept = `self.${name} == oldSelf.${name}`;
  const isSameThere = `has(self.${name}) == has(oldSelf.${name})`;
  return {
    rule: `${isSameThere} && (!has(self.${name}) || ${isKept})`,
    message: `${field} cannot be changed: ${why}`,
    reason: 'FieldValueForbidden',
  };
}

/** Names that others are made of: in DNS, a part of one has 63 characters. */
export function nameRule(lengthMax: number, why: string): Rule {
  const pattern = '^[a-z]([-a-z0-9]*[a-z0-9])?$';
  return {
    rule: `self.metadata.name.size() <= ${lengthMax} && self.metadata.name.matches('${pattern}')`,
    message:
      `metadata.name must be at most ${lengthMax} lower-case letters, digits and '-', ` +
      `beginning with a letter: ${why}`,
  };
}
