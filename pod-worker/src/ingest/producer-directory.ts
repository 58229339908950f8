import type { Binding } from '@feedmill/proto/feedmill/v1/control_pb';
import { ProducerSlot } from './producer-slot.ts';
import { type Refusal, refusals } from './refusal.ts';

/** Which producers belong here, and where the others are. */
export class ProducerDirectory {
  readonly #shard: number;
  readonly #slots = new Map<string, ProducerSlot>();
  readonly #slotsById = new Map<bigint, ProducerSlot>();
  #bindings = new Map<string, Binding>();
  generation = 0n;

  constructor(shard: number) {
    this.#shard = shard;
  }

  /** Takes over the bindings of a generation. */
  setBindings(generation: bigint, bindings: readonly Binding[]): void {
    this.generation = generation;
    this.#bindings = new Map(bindings.map((binding) => [binding.producer, binding]));
    for (const slot of this.#slots.values()) {
      const binding = this.#bindings.get(slot.name);
      slot.bound = binding !== undefined && this.#isHere(binding);
      slot.tokenSha256 = binding?.tokenSha256 ?? new Uint8Array(0);
    }
  }

  binding(producer: string): Binding | undefined {
    return this.#bindings.get(producer);
  }

  /** Producers bound to this shard whose history it does not hold yet. */
  unadopted(): string[] {
    return [...this.#bindings.values()]
      .filter((binding) => this.#isHere(binding) && !this.#slots.has(binding.producer))
      .map((binding) => binding.producer);
  }

  /** Slots whose producer was bound elsewhere and that must be released. */
  departing(): ProducerSlot[] {
    return [...this.#slots.values()].filter((slot) => !slot.bound);
  }

  slots(): IterableIterator<ProducerSlot> {
    return this.#slots.values();
  }

  slot(id: bigint): ProducerSlot | undefined {
    return this.#slotsById.get(id);
  }

  addSlot(name: string): ProducerSlot {
    const slot = new ProducerSlot(name);
    const binding = this.#bindings.get(name);
    slot.bound = binding === undefined || this.#isHere(binding);
    slot.tokenSha256 = binding?.tokenSha256 ?? new Uint8Array(0);
    this.#slots.set(name, slot);
    this.#slotsById.set(slot.id, slot);
    return slot;
  }

  removeSlot(slot: ProducerSlot): void {
    this.#slots.delete(slot.name);
    this.#slotsById.delete(slot.id);
  }

  /** The slot of a producer that may publish here, or why it may not. */
  admit(producer: string): ProducerSlot | Refusal {
    const binding = this.#bindings.get(producer);
    const slot = this.#slots.get(producer);
    if (slot?.bound === true && binding !== undefined) return slot;
    return this.refusal(producer);
  }

  /** Why a producer that is not held may not publish here. */
  refusal(producer: string): Refusal {
    const binding = this.#bindings.get(producer);
    if (binding === undefined) return refusals.unknownProducer(producer);
    if (binding.moving || binding.shard === this.#shard) return refusals.moving(producer);
    return refusals.boundElsewhere(producer, binding.shard, binding.address);
  }

  #isHere({ shard, moving }: Binding): boolean {
    return shard === this.#shard && !moving;
  }
}
