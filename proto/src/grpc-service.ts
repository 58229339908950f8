import {
  create,
  type DescMessage,
  type DescService,
  fromBinary,
  type Message,
  type MessageInitShape,
  toBinary,
} from '@bufbuild/protobuf';
import type { MethodDefinition, ServiceDefinition } from '@grpc/grpc-js';

/**
 * The definition that grpc-js wants, made from the descriptor that protobuf-es generates, for a
 * server (`addService`) or a client (`makeGenericClientConstructor`).
 */
export function grpcServiceDefinition(service: DescService): ServiceDefinition {
  const definition: Record<string, MethodDefinition<unknown, unknown>> = {};
  for (const method of service.methods) {
    const isClientStream = method.methodKind === 'client_streaming';
    const isServerStream = method.methodKind === 'server_streaming';
    const isBidirectional = method.methodKind === 'bidi_streaming';
    definition[method.localName] = {
      path: `/${service.typeName}/${method.name}`,
      requestStream: isClientStream || isBidirectional,
      responseStream: isServerStream || isBidirectional,
      requestSerialize: serializer(method.input),
      requestDeserialize: deserializer(method.input),
      responseSerialize: serializer(method.output),
      responseDeserialize: deserializer(method.output),
    };
  }
  return definition;
}

function serializer(schema: DescMessage): (value: unknown) => Buffer {
  return (value) =>
    Buffer.from(toBinary(schema, create(schema, value as MessageInitShape<DescMessage>)));
}

function deserializer(schema: DescMessage): (bytes: Buffer) => Message {
  return (bytes) => fromBinary(schema, bytes);
}
