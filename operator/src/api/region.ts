import Type, { type TProperties } from 'typebox';
import { rules } from './schema-parts.ts';

const NAME = '^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$';
const HOST_PORT = '^[^:]+:[0-9]+$';
/** The number of a shard may end the port, as the ports of a node do. */
const SHARD_HOST_PORT = '^[^:]+:([0-9]+|[0-9]*\\{shard\\})$';
const ADDRESS_LENGTH_MAX = 253;

/** Stands for the number of a shard in the address of its other worker. */
export const SHARD_PLACEHOLDER = '{shard}';

const regionName = (description: string) =>
  Type.String({ pattern: NAME, minLength: 1, maxLength: 63, description });

const address = (description: string, pattern = HOST_PORT) =>
  Type.String({ pattern, maxLength: ADDRESS_LENGTH_MAX, description });

/**
 * Where the shards of a cluster live in two regions: the part about the other one.
 *
 * @param settings the workers' own, by their names
 */
export const regionSchema = (settings: TProperties) =>
  Type.Object(
    {
      name: regionName('Name of the region that these workers are in.'),
      peerRegion: regionName('Name of the other region.'),
      peerAddress: address(
        "host:port of a shard's worker in the other region; {shard} stands for its number, as in " +
          'ticks-{shard}.ticks.west.example:7400 or node.west.example:3040{shard}.',
        SHARD_HOST_PORT,
      ),
      witness: address('host:port of the witness, the same for both regions.'),
      ...settings,
    },
    {
      description:
        'The other region, where each shard has a worker in both. Without it, in this one alone.',
      ...rules({
        rule: 'self.name != self.peerRegion',
        message: 'spec.region.peerRegion must be another region than spec.region.name',
      }),
    },
  );
