import Type, { type TObject, type TSchema } from 'typebox';
import type { Column } from '../format/column.ts';

const INTEGER_TEXT = '^-?[0-9]+$';
const DECIMAL_TEXT = '^-?[0-9]+(\\.[0-9]+)?$';

/** What a column's values look like in JSON. */
function valueSchema(column: Column): TSchema {
  const { kind, description } = column;
  switch (kind) {
    case 'time':
      return Type.String({ description: `${description} As \`time\` says: ns, or ISO 8601.` });
    case 'decimal':
    case 'sum':
    case 'notional':
      return Type.String({ description, pattern: DECIMAL_TEXT });
    case 'int64':
    case 'uint64':
      return Type.String({ description, pattern: INTEGER_TEXT });
    case 'int32':
      return Type.Integer({ description });
    case 'float':
      return Type.Number({ description });
    case 'bool':
      return Type.Boolean({ description });
    case 'text':
      return Type.String({ description });
    case 'texts':
      return Type.Array(Type.String(), { description });
    case 'word':
      return Type.Enum(
        (column.words ?? []).filter((word) => word !== ''),
        { description },
      );
    case 'json':
      return Type.Unknown({ description });
  }
}

const mayBeNull = ({ kind, isNullable }: Column): boolean =>
  isNullable === true || kind === 'decimal' || kind === 'word' || kind === 'text';

/** A row as a JSON object. */
export const rowSchema = (columns: readonly Column[]): TObject =>
  Type.Object(
    Object.fromEntries(
      columns.map((column) => {
        const schema = valueSchema(column);
        return [column.name, mayBeNull(column) ? Type.Union([schema, Type.Null()]) : schema];
      }),
    ),
  );
