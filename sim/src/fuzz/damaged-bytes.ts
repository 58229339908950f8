import fc from 'fast-check';

/** One thing that happens to bytes on their way; places are shares of the length. */
type Damage =
  | { readonly kind: 'set'; readonly at: number; readonly byte: number }
  | { readonly kind: 'insert'; readonly at: number; readonly bytes: Uint8Array }
  | { readonly kind: 'remove'; readonly at: number; readonly share: number }
  | { readonly kind: 'repeat'; readonly at: number; readonly share: number };

const place = fc.double({ min: 0, max: 1, noNaN: true });
const damage: fc.Arbitrary<Damage> = fc.oneof(
  fc.record({
    kind: fc.constant('set' as const),
    at: place,
    byte: fc.oneof(fc.integer({ min: 0, max: 255 }), fc.constantFrom(0, 0x22, 0x7f, 0x80, 0xff)),
  }),
  fc.record({
    kind: fc.constant('insert' as const),
    at: place,
    bytes: fc.uint8Array({ minLength: 1, maxLength: 24 }),
  }),
  fc.record({ kind: fc.constant('remove' as const), at: place, share: place }),
  fc.record({ kind: fc.constant('repeat' as const), at: place, share: place }),
);

/** Bytes as they should be, with a few damages; now and then bytes that never were anything. */
export function damaged(sound: fc.Arbitrary<Uint8Array>): fc.Arbitrary<Buffer> {
  const touched = fc
    .tuple(sound, fc.array(damage, { maxLength: 6 }))
    .map(([bytes, damages]) => damages.reduce(applied, Buffer.from(bytes)));
  const noise = fc.uint8Array({ maxLength: 512 }).map((bytes) => Buffer.from(bytes));
  return fc.oneof({ weight: 7, arbitrary: touched }, { weight: 1, arbitrary: noise });
}

function applied(bytes: Buffer, each: Damage): Buffer {
  const at = Math.floor(each.at * bytes.length);
  const [before, after] = [bytes.subarray(0, at), bytes.subarray(at)];
  switch (each.kind) {
    case 'set': {
      const copy = Buffer.from(bytes);
      if (at < copy.length) copy[at] = each.byte;
      return copy;
    }
    case 'insert':
      return Buffer.concat([before, each.bytes, after]);
    case 'remove':
      return Buffer.concat([before, after.subarray(Math.floor(each.share * after.length))]);
    case 'repeat': {
      const part = after.subarray(0, Math.floor(each.share * Math.min(after.length, 256)));
      return Buffer.concat([before, part, after]);
    }
  }
}
