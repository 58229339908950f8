import { type DescMessage, fromBinary, type MessageShape, ScalarType } from '@bufbuild/protobuf';
import { FeedmillError } from '@feedmill/core/errors';
import { checkEnum, checkText } from './event-checks.ts';
import type { EventContext } from './event-context.ts';
import { EventFault } from './event-fault.ts';

/**
 * Decodes the body of the event that the context stands on. What its enums and texts hold is the
 * caller's to check.
 *
 * @throws EventFault UNDECODABLE
 */
export function decodeBody<Schema extends DescMessage>(
  context: EventContext,
  schema: Schema,
): MessageShape<Schema> {
  const { event } = context;
  try {
    return fromBinary(schema, event.bytes.subarray(event.bodyStart, event.bodyEnd));
  } catch (error) {
    const why = FeedmillError.from(error).message;
    throw new EventFault('UNDECODABLE', `The ${schema.name} body is not valid protobuf: ${why}.`);
  }
}

/**
 * The same for the less frequent bodies, with every enum and text in it checked.
 *
 * @throws EventFault UNDECODABLE, ENUM_UNKNOWN or TEXT_INVALID
 */
export function decodeChecked<Schema extends DescMessage>(
  context: EventContext,
  schema: Schema,
): MessageShape<Schema> {
  const body = decodeBody(context, schema);
  checkFields(schema, body);
  return body;
}

function checkFields(schema: DescMessage, message: object): void {
  for (const field of schema.fields) {
    const value = (message as Record<string, unknown>)[field.localName];
    if (value === undefined) continue;
    if (field.fieldKind === 'enum') {
      // Our enums count from 0 without holes.
      checkEnum(field.name, value as number, field.enum.values.length - 1);
    } else if (field.fieldKind === 'scalar' && field.scalar === ScalarType.STRING) {
      checkText(field.name, value as string);
    } else if (field.fieldKind === 'list' && field.listKind === 'message') {
      for (const each of value as object[]) checkFields(field.message, each);
    }
  }
}
